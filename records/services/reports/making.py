"""Reports of the past: asked for by a call, made sheet by sheet in the background (records §9)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.selectors import Principal, user_of
from accounts.wire.errors import ApiError, ErrorCode
from records.models import Report, ReportSheet
from records.rendering.reports.addresses import places_in, tell_addresses
from records.rendering.reports.measures import TimeFilter
from records.rendering.reports.sheets import Look, make_overview, make_sheet
from records.services.keeping import hold_account
from records.services.reports.kinds import KINDS, Asked
from trackers.models import Tracker
from trackers.services.addresses import addresses_of
from trackers.services.past_trips import Period
from trackers.services.retention import shown_since

logger = logging.getLogger(__name__)

MAX_UNFINISHED = 10
"""Reports of an account that are being made."""
MAX_KEPT = 200
"""Of an account; for one more the oldest goes."""
MAX_ATTEMPTS = 3
HOLD = timedelta(minutes=5)
"""So long nobody else makes a sheet that is being made."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    title: str
    period: Period
    tracker_ids: Sequence[int]
    time_filter: Mapping[str, Any]
    plugin: Mapping[str, Any]


def order_report(caller: Principal, order: Order, now: datetime) -> Report:
    """Notes that a report is to be made. Raises ApiError as `note_order` and `user_of` do."""
    return note_order(user_of(caller), order, now)


@transaction.atomic
def note_order(user: User, order: Order, now: datetime) -> Report:
    """Notes that a report is to be made for a user. Raises ApiError TOO_MANY_REQUESTS while many others are."""
    hold_account(user.account_id)
    rows = Report.objects.filter(account=user.account_id)
    if rows.filter(finished_at=None).count() >= MAX_UNFINISHED:
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS)
    too_many = rows.exclude(finished_at=None).order_by("-pk").values_list("pk", flat=True)[MAX_KEPT - 1 :]
    rows.filter(pk__in=list(too_many)).delete()
    return Report.objects.create(
        account_id=user.account_id,
        user=user,
        title=order.title,
        since=order.period.since,
        until=order.period.until,
        time_zone=user.time_zone,
        tracker_ids=list(order.tracker_ids),
        time_filter=order.time_filter,
        plugin=order.plugin,
        created_at=now,
    )


def reports_of(caller: Principal) -> QuerySet[Report]:
    """The reports that a caller may read: a master all of the account, a sub-user its own."""
    rows = Report.objects.filter(account=caller.account_id)
    return rows if caller.is_master else rows.filter(user=caller.user_id)


def percent_of(report: Report) -> int:
    """How much of a report is made."""
    return 100 if report.is_finished else min(report.sheets.count() * 100 // len(report.tracker_ids), 99)


def sheets_of(report: Report) -> list[dict[str, Any]]:
    """The sheets of a report, those of them that are shown; of engine hours one of all trackers before them."""
    sheets = [json.loads(one) for one in report.sheets.values_list("document", flat=True) if one]
    tell_addresses(sheets, addresses_of(places_in(sheets), report.user_id), has_coordinates=_has_coordinates(report))
    has_overview = KINDS[report.plugin["plugin_id"]].has_overview and report.plugin["include_summary_sheet"]
    return [make_overview(sheets), *sheets] if has_overview and sheets else sheets


def _has_coordinates(report: Report) -> bool:
    return bool(report.plugin.get("show_coordinates"))


@transaction.atomic
def remove_report(report: Report) -> None:
    """Removes a report; who is making it notices."""
    report.delete()


def make_next(now: datetime) -> bool:
    """Makes one sheet of the report that waits longest; whether there was one. Several may do it at once."""
    report = _take(now)
    if report is None:
        return False
    try:
        _make_sheet(report, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("report %s failed at a sheet", report.pk)
        if report.attempts >= MAX_ATTEMPTS:
            _give_up(report)
    return True


def _take(now: datetime) -> Report | None:
    free = Q(held_until=None) | Q(held_until__lt=now) | Q(held_until__gt=now + HOLD)
    waiting = Report.objects.filter(free, finished_at=None).order_by("created_at", "pk")
    for report_id in waiting.values_list("pk", flat=True)[:MAX_UNFINISHED]:
        mine = Report.objects.filter(free, pk=report_id, finished_at=None)
        if mine.update(held_until=now + HOLD, attempts=F("attempts") + 1):
            return Report.objects.filter(pk=report_id).first()
    return None


def _give_up(report: Report) -> None:
    logger.error("report %s is given up after %s attempts", report.pk, report.attempts)
    Report.objects.filter(pk=report.pk).delete()


def _make_sheet(report: Report, now: datetime) -> None:
    position = report.sheets.count()
    sheet = _sheet_of(report, report.tracker_ids[position], now)
    if sheet is not None:
        # They are asked for from now on, and told to who reads the report.
        addresses_of(places_in([sheet]), report.user_id)
    with transaction.atomic():
        if not list(Report.objects.select_for_update().filter(pk=report.pk)):
            return  # removed meanwhile
        document = "" if sheet is None else json.dumps(sheet)
        ReportSheet.objects.get_or_create(report=report, position=position, defaults={"document": document})
        is_last = position + 1 >= len(report.tracker_ids)
        finished = {"finished_at": now} if is_last else {}
        Report.objects.filter(pk=report.pk).update(held_until=None, attempts=0, **finished)


def _sheet_of(report: Report, tracker_id: int, now: datetime) -> dict[str, Any] | None:
    tracker = Tracker.objects.select_related("source").filter(account=report.account_id, pk=tracker_id).first()
    if tracker is None or tracker.source.is_blocked:
        return None
    look = Look(ZoneInfo(report.time_zone), TimeFilter.of(report.time_filter), report.plugin)
    period = Period(report.since, report.until, shown_since(report.account_id, now))
    content = KINDS[report.plugin["plugin_id"]].make(Asked(report.user, tracker, period, look, now))
    return make_sheet(tracker.pk, tracker.label, content, look)


@transaction.atomic
def forget_old(now: datetime) -> int:
    """Removes reports that are older than they are kept; how many."""
    if not settings.REPORT_DAYS:
        return 0
    old = Report.objects.filter(created_at__lt=now - timedelta(days=settings.REPORT_DAYS)).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:MAX_KEPT])
    Report.objects.filter(pk__in=ids).delete()
    return len(ids)
