"""Reports that are made by themselves: each day that is due once, whoever is killed meanwhile (records §9.7)."""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from accounts.selectors import Principal, user_of
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from records.models import ReportLetter, ReportSchedule
from records.rendering.reports.schedules import Rhythm, Span, period_before
from records.services.keeping import hold_account
from records.services.reports.making import Order, note_order
from trackers.models import Tracker
from trackers.services.past_trips import Period

logger = logging.getLogger(__name__)

MAX_SCHEDULES = 100
"""Of an account."""
MAX_LATE = timedelta(days=7)
"""What was due longer ago, as nobody kept house, is not made any more."""
FIRED_AT_ONCE = 20
_NEVER = date(1970, 1, 1)


def schedules_of(caller: Principal) -> QuerySet[ReportSchedule]:
    """The schedules that a caller may read and change: a master all of the account, a sub-user its own."""
    rows = ReportSchedule.objects.filter(account=caller.account_id).select_related("user")
    return rows if caller.is_master else rows.filter(user=caller.user_id)


@transaction.atomic
def add_schedule(caller: Principal, parameters: dict[str, Any], now: datetime, *, is_enabled: bool) -> int:
    """Stores a new schedule; its id. Raises ApiError: OVER_QUOTA, and as `user_of` and `change_schedule`."""
    hold_account(caller.account_id)
    if ReportSchedule.objects.filter(account=caller.account_id).count() >= MAX_SCHEDULES:
        raise ApiError(ErrorCode.OVER_QUOTA)
    user = user_of(caller)
    row = ReportSchedule(account_id=caller.account_id, user=user, parameters=parameters, is_enabled=is_enabled)
    _look_ahead(row, now)
    row.save()
    return row.pk


@transaction.atomic
def change_schedule(row: ReportSchedule, parameters: dict[str, Any], now: datetime, *, is_enabled: bool) -> None:
    """Puts other parameters in the place of a schedule's; days that were made stay made.

    Raises ApiError NOT_FOUND when it is gone.
    """
    hold_account(row.account_id)
    stored = ReportSchedule.objects.select_for_update().filter(pk=row.pk).first()
    if stored is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    stored.parameters, stored.is_enabled = parameters, is_enabled
    _look_ahead(stored, now)
    stored.save()


@transaction.atomic
def remove_schedule(row: ReportSchedule) -> None:
    """Removes a schedule; reports that it had made, and their letters, stay."""
    row.delete()


def rhythm_of(parameters: dict[str, Any]) -> Rhythm:
    """When a schedule is due."""
    days = parameters["schedule"]
    is_by_week = days["type"] == "weekdays"
    at = time.fromisoformat(parameters["sending_time"])
    return Rhythm(is_by_week, days["weekdays" if is_by_week else "month_days"], at)


def _look_ahead(row: ReportSchedule, now: datetime) -> None:
    """Notes when it is due next, if at all."""
    row.due_on = row.due_at = None
    if row.is_enabled:
        rhythm, zone = rhythm_of(row.parameters), ZoneInfo(row.user.time_zone)
        row.due_on = rhythm.next_day(row.fired_on or _NEVER, now, zone)
        row.due_at = rhythm.moment_on(row.due_on, zone)


def fire_due(now: datetime) -> int:
    """Has the reports be made that are due; how many."""
    due = ReportSchedule.objects.filter(due_at__lte=now).order_by("due_at", "pk").values_list("pk", "account_id")
    return sum(_fire(schedule_id, account_id, now) for schedule_id, account_id in due[:FIRED_AT_ONCE])


@transaction.atomic
def _fire(schedule_id: int, account_id: int, now: datetime) -> bool:
    """One day of a schedule; the report, its letters and the next day are there together, or none of them."""
    hold_account(account_id)
    rows = ReportSchedule.objects.select_for_update(of=("self",)).select_related("user")
    row = rows.filter(pk=schedule_id, due_at__lte=now).first()
    if row is None or row.due_on is None or row.due_at is None:
        return False
    day, due_at = row.due_on, row.due_at
    if now - due_at > MAX_LATE:
        logger.warning("schedule %s was due at %s: too long ago, it is not made", row.pk, due_at)
        _go_on(row, day, due_at)
        return False
    trackers = _trackers_of(row)
    if not trackers:
        logger.warning("schedule %s is switched off: its user may read no tracker of it any more", row.pk)
        row.is_enabled, row.due_on, row.due_at = False, None, None
        row.save()
        return False
    try:
        report = note_order(row.user, _order(row, day, trackers), now)
    except ApiError:
        logger.info("schedule %s waits: too many reports of the account are being made", row.pk)
        return False
    _address(report.pk, row.parameters, now)
    row.fired_at, row.last_report_id = now, report.pk
    _go_on(row, day, due_at)
    return True


def _go_on(row: ReportSchedule, day: date, due_at: datetime) -> None:
    row.fired_on = day
    _look_ahead(row, due_at)
    row.save()


def _trackers_of(row: ReportSchedule) -> list[int]:
    """Those of the trackers that its user may have reports of still."""
    user = row.user
    if not user.may_log_in or (user.master_id is not None and Right.REPORTS not in user.granted_rights):
        return []
    wanted = row.parameters["report"]["trackers"]
    seen = Tracker.objects.filter(account=row.account_id, pk__in=wanted)
    known = set((seen if user.master_id is None else seen.filter(sub_users=user)).values_list("pk", flat=True))
    return [tracker_id for tracker_id in wanted if tracker_id in known]


def _order(row: ReportSchedule, day: date, trackers: list[int]) -> Order:
    asked = row.parameters["report"]
    begin, end = period_before(day, Span.of(row.parameters["period"]), ZoneInfo(row.user.time_zone))
    return Order(asked["title"], Period(begin, end), trackers, asked["time_filter"], asked["plugin"])


def _address(report_id: int, parameters: dict[str, Any], now: datetime) -> None:
    """A letter for each address, which goes when the report is made."""
    ReportLetter.objects.bulk_create(
        ReportLetter(
            report_id=report_id,
            address=address,
            format=parameters["email_format"],
            is_zipped=parameters["email_zip"],
            next_attempt_at=now,
        )
        for address in parameters["emails"]
    )
