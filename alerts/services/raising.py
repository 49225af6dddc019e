"""Alerts that were found: stored, once each, and told to whoever waits for them (alerts §5.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.metrics.registry import counter
from accounts.notices import publish
from alerts.engine.judge import Finding
from alerts.engine.notices import AlertPlace, AlertsRaised, RaisedAlert
from alerts.engine.rules import Rule
from alerts.models import Alert, AlertRule
from alerts.services.outbox import enqueue
from alerts.storage.raised import raised_alert
from trackers.models import Tracker

Key = tuple[int | None, int, str, datetime]
_raised = counter("alerts_raised", "Alerts that were stored.", "event")


@dataclass(frozen=True, slots=True)
class Cause:
    """What is to be told, of which tracker and where."""

    account_id: int
    tracker_id: int
    finding: Finding
    place: AlertPlace | None
    is_last_known: bool
    """Whether the place is from before."""
    zone_labels: Sequence[str] = ()
    rule: Rule | None = None
    """None: nobody asked to be told."""

    @property
    def key(self) -> Key:
        """What an alert is known by."""
        rule_id = None if self.rule is None else self.rule.rule_id
        return rule_id, self.tracker_id, self.finding.event.value, self.finding.time


def raise_alerts(causes: Iterable[Cause], now: datetime) -> list[Alert]:
    """Stores the alerts that are not stored yet, with what is to be sent of them, and tells the accounts on commit.

    The sources must have been locked, so that nobody else stores the same meanwhile.
    """
    fresh = _without_known({cause.key: cause for cause in causes})
    return store_alerts([_row(cause, now) for cause in fresh])


def store_alerts(rows: Sequence[Alert]) -> list[Alert]:
    """Stores alerts with what is to be sent of them, and tells the accounts on commit."""
    alerts = Alert.objects.bulk_create(rows)
    trackers = Tracker.objects.in_bulk({alert.tracker_id for alert in alerts})
    for alert in alerts:
        alert.tracker = trackers[alert.tracker_id]
        _raised.labels(alert.event).inc()
    enqueue(alerts, AlertRule.objects.in_bulk({alert.rule_id for alert in alerts if alert.rule_id is not None}))
    _tell(alerts)
    return alerts


def _without_known(causes: dict[Key, Cause]) -> list[Cause]:
    """Those that are not stored; what no rule asks for is known where a rule has told it to all."""
    trackers = {cause.tracker_id for cause in causes.values()}
    times = {cause.finding.time for cause in causes.values()}
    stored = Alert.objects.filter(tracker__in=trackers, time__in=times)
    known = set[Key]()
    columns = stored.values_list("rule_id", "private_to", "tracker_id", "event", "time")
    for rule_id, private_to, tracker_id, event, time in columns:
        known.add((rule_id, tracker_id, event, time))
        if private_to is None:
            known.add((None, tracker_id, event, time))
    return [cause for key, cause in causes.items() if key not in known]


def _row(cause: Cause, now: datetime) -> Alert:
    rule, finding, place = cause.rule, cause.finding, cause.place
    return Alert(
        account_id=cause.account_id,
        tracker_id=cause.tracker_id,
        rule_id=None if rule is None else rule.rule_id,
        private_to_id=None if rule is None else rule.private_to,
        event=finding.event.value,
        time=finding.time,
        received_at=now,
        message=finding.message,
        latitude=None if place is None else place.latitude,
        longitude=None if place is None else place.longitude,
        precision_m=None if place is None else place.precision_m,
        is_emergency=rule is not None and rule.is_emergency,
        is_pushed=rule is not None and rule.is_pushed,
        extra=_extra(cause),
    )


def _extra(cause: Cause) -> dict[str, Any]:
    extra = dict(cause.finding.extra)
    if cause.finding.zone_ids:
        extra |= {"zone_ids": list(cause.finding.zone_ids), "zone_labels": list(cause.zone_labels)}
    if cause.is_last_known:
        extra["last_known_location"] = True
    return extra


def _tell(alerts: Sequence[Alert]) -> None:
    by_account: defaultdict[int, list[RaisedAlert]] = defaultdict(list)
    for alert in alerts:
        by_account[alert.account_id].append(raised_alert(alert))
    for account_id, raised in by_account.items():
        publish(account_id, AlertsRaised(tuple(raised)))
