"""Alerts as they are told, made of the rows in which they are stored."""

from __future__ import annotations

from alerts.engine.notices import AlertPlace, RaisedAlert
from alerts.models import Alert


def raised_alert(alert: Alert) -> RaisedAlert:
    """What processes tell each other of an alert, which has its tracker with it."""
    place = None
    if alert.latitude is not None and alert.longitude is not None:
        place = AlertPlace(alert.latitude, alert.longitude, alert.precision_m)
    return RaisedAlert(
        id=alert.pk,
        tracker_id=alert.tracker_id,
        source_id=alert.tracker.source_id,
        event=alert.event,
        time=alert.time,
        received_at=alert.received_at,
        message=alert.message,
        tracker_label=alert.tracker.label,
        rule_id=alert.rule_id,
        private_to=alert.private_to_id,
        place=place,
        is_emergency=alert.is_emergency,
        is_pushed=alert.is_pushed,
        extra=alert.extra,
    )


def last_alert_id() -> int:
    """The id of the newest alert of all accounts; 0 when there is none."""
    return Alert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def alerts_after(account_id: int, alert_id: int, *, most: int) -> list[RaisedAlert]:
    """The alerts of an account with higher ids, in their order; of more than `most` the newest."""
    newest_first = Alert.objects.filter(account_id=account_id, pk__gt=alert_id).order_by("-pk")
    found = newest_first.select_related("tracker")[:most]
    return [raised_alert(alert) for alert in reversed(found)]
