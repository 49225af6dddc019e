"""Who drives what (records §2.3)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.wire.errors import ApiError, ErrorCode
from records.models import DriverChange, Employee
from records.services import keeping
from records.services.keeping import Values
from trackers.models import Tracker
from trackers.services.selectors import tracked_sources


@transaction.atomic
def save_employee(employee: Employee, values: Values, tag_ids: Collection[int]) -> Employee:
    """Stores an employee, new or known.

    Raises ApiError: ENTITY_EXISTS when somebody else drives the tracker, and as `keeping.add` and `change`.
    """
    keeping.hold_account(employee.account_id)
    before, tracker_id = employee.tracker_id, values["tracker_id"]
    if tracker_id is not None and Employee.objects.filter(tracker=tracker_id).exclude(pk=employee.pk).exists():
        raise ApiError(ErrorCode.ENTITY_EXISTS)
    keep = keeping.change if employee.pk else keeping.add
    keep(employee, values, tag_ids)
    _note_change(employee, before, tracker_id)
    return employee


@transaction.atomic
def assign_driver(tracker: Tracker, employee: Employee | None) -> None:
    """Lets somebody drive a tracker, or nobody; who drove it, and what the driver drove, are let go.

    Raises ApiError SAME_VALUES when it is so already.
    """
    keeping.hold_account(tracker.account_id)
    before = Employee.objects.filter(tracker=tracker).first()
    if before == employee:
        raise ApiError(ErrorCode.SAME_VALUES)
    if before is not None:
        keeping.change(before, {"tracker_id": None})
    if employee is None:
        _note(tracker.pk, None)
        return
    employee.refresh_from_db()
    left = employee.tracker_id
    keeping.change(employee, {"tracker_id": tracker.pk})
    _note_change(employee, left, tracker.pk)


def _note_change(employee: Employee, before: int | None, now: int | None) -> None:
    if before == now:
        return
    if before is not None:
        _note(before, None)
    if now is not None:
        _note(now, employee)


def _note(tracker_id: int, employee: Employee | None) -> None:
    account_id = Tracker.objects.values_list("account_id", flat=True).get(pk=tracker_id)
    gps = tracked_sources(account_id, [tracker_id])[0].state.gps
    place = (gps.latitude, gps.longitude) if gps is not None else (None, None)
    DriverChange.objects.create(tracker_id=tracker_id, employee=employee, latitude=place[0], longitude=place[1])
