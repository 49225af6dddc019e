"""The history of events: what of it a login sees, and what it has read (alerts §4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Alert, AlertReading
from trackers.services.event_log import Stretch

READ_PER_LOT = 5_000
FORGOTTEN_PER_LOT = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for."""

    since: datetime
    until: datetime
    """Both ends belong to the period."""
    tracker_ids: Collection[int] | None = None
    """None: all that are seen."""
    events: tuple[str, ...] = ()
    only_emergency: bool = False
    only_unread: bool = False
    ascending: bool = True
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """Alerts that were asked for, with the trackers and whether the login has read them."""

    alerts: Sequence[Alert]
    read_ids: frozenset[int]
    total: int
    total_unread: int
    is_cut: bool
    """Whether there were more, or are no longer."""


def visible_alerts(principal: Principal) -> QuerySet[Alert]:
    """The alerts of trackers that the principal sees now, without those of others' private rules."""
    alerts = Alert.objects.filter(account=principal.account_id, tracker__account=principal.account_id)
    alerts = alerts.filter(Q(private_to=None) | Q(private_to=principal.user_id))
    return alerts if principal.is_master else alerts.filter(tracker__sub_users=principal.user_id)


def unread_of(alerts: QuerySet[Alert], principal: Principal) -> QuerySet[Alert]:
    """Those of the alerts that the login has not read; what no rule made is no news to anybody."""
    readings = AlertReading.objects.filter(alert=OuterRef("pk"), user=principal.user_id)
    return alerts.filter(~Exists(readings), rule_id__isnull=False)


def kept_since(now: datetime) -> datetime | None:
    """Older alerts are not kept; None: all are."""
    return now - timedelta(days=settings.ALERT_DAYS) if settings.ALERT_DAYS else None


def find_alerts(principal: Principal, wanted: Wanted, now: datetime) -> Page:
    """The alerts that are asked for."""
    oldest = kept_since(now)
    is_behind = oldest is not None and wanted.since < oldest
    found = _chosen(visible_alerts(principal), wanted, max(wanted.since, oldest) if oldest else wanted.since)
    unread = unread_of(found, principal)
    total, total_unread = found.count(), unread.count()
    if wanted.only_unread:
        found, total = unread, total_unread
    order = ("time", "pk") if wanted.ascending else ("-time", "-pk")
    alerts = _with_all(found.order_by(*order))[: wanted.limit]
    return Page(list(alerts), read_ids(alerts, principal), total, total_unread, is_behind or total > wanted.limit)


def _chosen(alerts: QuerySet[Alert], wanted: Wanted, since: datetime) -> QuerySet[Alert]:
    alerts = alerts.filter(time__gte=since, time__lte=wanted.until)
    if wanted.tracker_ids is not None:
        alerts = alerts.filter(tracker__in=wanted.tracker_ids)
    if wanted.events:
        alerts = alerts.filter(event__in=wanted.events)
    return alerts.filter(is_emergency=True) if wanted.only_emergency else alerts


def _with_all(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.select_related("tracker", "acknowledged_by")


def read_ids(alerts: Collection[Alert], principal: Principal) -> frozenset[int]:
    """Which of these the login has read."""
    readings = AlertReading.objects.filter(user=principal.user_id, alert__in=[alert.pk for alert in alerts])
    read = set(readings.values_list("alert_id", flat=True))
    return frozenset(read | {alert.pk for alert in alerts if alert.rule_id is None})


def newest_unread(principal: Principal, since: datetime, limit: int) -> list[Alert]:
    """What the login has not read of later than `since`, the newest first."""
    unread = unread_of(visible_alerts(principal).filter(time__gte=since), principal)
    return list(_with_all(unread.order_by("-time", "-pk"))[:limit])


def count_unread(principal: Principal, since: datetime) -> int:
    """How much the login has not read of later than `since`."""
    return unread_of(visible_alerts(principal).filter(time__gte=since), principal).count()


def count_alerts(principal: Principal, tracker_id: int, stretches: Sequence[Stretch]) -> list[int]:
    """How many alerts of a tracker the principal sees in each stretch; these are by time and apart."""
    if not stretches:
        return []
    oldest, (since, _), (_, until) = kept_since(timezone.now()), stretches[0], stretches[-1]
    seen = visible_alerts(principal).filter(tracker=tracker_id, time__lte=until)
    seen = seen.filter(time__gte=max(since, oldest) if oldest else since).order_by("time")
    counts, ends = [0] * len(stretches), [end for _, end in stretches]
    for time in seen.values_list("time", flat=True).iterator():
        number = bisect_left(ends, time)
        counts[number] += stretches[number][0] <= time
    return counts


def find_alert(principal: Principal, alert_id: int) -> Alert:
    """An alert that the principal may see. Raises ApiError NOT_FOUND."""
    alert = _with_all(visible_alerts(principal).filter(pk=alert_id)).first()
    if alert is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return alert


@transaction.atomic
def mark_read(principal: Principal, alert: Alert, now: datetime) -> None:
    """Notes that the login has read an alert. Raises ApiError NOT_FOUND when it had already."""
    if alert.rule_id is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    _, is_new = AlertReading.objects.get_or_create(alert=alert, user_id=principal.user_id, defaults={"read_at": now})
    if not is_new:
        raise ApiError(ErrorCode.NOT_FOUND)


def mark_all_read(principal: Principal, now: datetime) -> None:
    """Notes that the login has read all that it sees."""
    while lot := list(unread_of(visible_alerts(principal), principal).values_list("pk", flat=True)[:READ_PER_LOT]):
        readings = [AlertReading(alert_id=pk, user_id=principal.user_id, read_at=now) for pk in lot]
        AlertReading.objects.bulk_create(readings, batch_size=500, ignore_conflicts=True)


@transaction.atomic
def acknowledge(principal: Principal, alert: Alert, note: str, now: datetime) -> None:
    """Notes who has seen to an alert; who comes later takes it over. It counts as read by that login."""
    alert.acknowledged_by_id, alert.acknowledged_at, alert.note = principal.user_id, now, note
    alert.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
    AlertReading.objects.get_or_create(alert=alert, user_id=principal.user_id, defaults={"read_at": now})


def forget_alerts(now: datetime) -> int:
    """Drops a lot of the alerts that are kept no longer; how many."""
    oldest = kept_since(now)
    if oldest is None:
        return 0
    lot = list(Alert.objects.filter(time__lt=oldest).order_by("time").values_list("pk", flat=True)[:FORGOTTEN_PER_LOT])
    Alert.objects.filter(pk__in=lot).delete()
    return len(lot)
