"""Work on vehicles that is due by date, kilometres or engine hours (records §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from django.db import transaction

from accounts.wire.dates import moment_of
from accounts.wire.errors import ApiError, ErrorCode
from records.models import ServiceTask, Vehicle
from records.rendering.service import COUNTED, Conditions, Notifications, Position, ServiceDocument, next_conditions
from records.services import keeping
from trackers.engine.counters import CounterType
from trackers.models import Counter
from trackers.services.selectors import readings_of

_COUNTERS = {"mileage": CounterType.ODOMETER, "engine_hours": CounterType.ENGINE_HOURS}
_MISSING = {"mileage": ErrorCode.NOT_FOUND, "engine_hours": ErrorCode.NOT_SUPPORTED}


def positions_of(vehicles: Iterable[Vehicle], now: datetime) -> dict[int, Position]:
    """What the counters of vehicles show now, by vehicle id; their trackers are to be selected with them."""
    sources = {one.pk: one.tracker.source_id for one in vehicles if one.tracker is not None}
    found = readings_of(set(sources.values()))
    positions = {}
    for vehicle_id, source_id in sources.items():
        values = {one.counter_type: round(one.value, 2) for one in found[source_id].shown.counters}
        positions[vehicle_id] = Position(now, *(values.get(_COUNTERS[name]) for name in COUNTED))
    return positions


def position_of(vehicle: Vehicle, now: datetime) -> Position:
    """What the counters of a vehicle show now."""
    return positions_of([vehicle], now).get(vehicle.pk, Position(now, None, None))


@transaction.atomic
def write_down(row: ServiceTask, sent: ServiceDocument, vehicle: Vehicle, zone: tzinfo, now: datetime) -> ServiceTask:
    """Stores work on a vehicle, new or known; dates without a zone are in `zone`.

    Raises ApiError: NOT_FOUND or NOT_SUPPORTED when nobody counts what it is due by, and as `keeping.add`, `change`.
    """
    conditions = _stored(sent.conditions, zone)
    _check_counters(vehicle, conditions)
    values = {
        "vehicle": vehicle,
        "description": sent.description,
        "comment": sent.comment,
        "cost": sent.cost,
        "repeat": sent.repeat,
        "unplanned": sent.unplanned,
        "conditions": conditions,
        "notifications": asdict(sent.notifications or Notifications()),
    }
    if row.pk is None:
        return keeping.add(row, {**values, "start": position_of(vehicle, now).stored(), "created_at": now})
    if row.vehicle_id != vehicle.pk:
        values["start"] = position_of(vehicle, now).stored()
    return keeping.change(row, values)


def _stored(conditions: Conditions, zone: tzinfo) -> dict[str, Any]:
    stored = {name: one for name, one in asdict(conditions).items() if one is not None}
    if "date" in stored:
        stored["date"]["end"] = moment_of("task.conditions.date.end", stored["date"]["end"], zone).isoformat()
    return stored


def _check_counters(vehicle: Vehicle, conditions: Mapping[str, Any]) -> None:
    for name in COUNTED:
        if name not in conditions:
            continue
        source_id = None if vehicle.tracker is None else vehicle.tracker.source_id
        if not Counter.objects.filter(source=source_id, counter_type=_COUNTERS[name]).exists():
            raise ApiError(_MISSING[name])


@transaction.atomic
def set_done(row: ServiceTask, now: datetime) -> None:
    """Notes that work is done, and writes down the next one where it is to be repeated.

    Raises ApiError: NOT_FOUND when it is gone, OVER_QUOTA when there is no room for the next one.
    """
    keeping.hold_account(row.account_id)
    row.refresh_from_db()
    if row.done_at is not None:
        return
    position = position_of(row.vehicle, now)
    keeping.change(row, {"done_at": now, "completion": position.stored()})
    if row.repeat:
        _write_down_next(row, position, now)


def _write_down_next(row: ServiceTask, position: Position, now: datetime) -> None:
    conditions = next_conditions(row.conditions, Position.of(row.start), now)
    following = ServiceTask(account_id=row.account_id, vehicle=row.vehicle, description=row.description, repeat=True)
    copied = {name: getattr(row, name) for name in ("comment", "cost", "unplanned", "notifications")}
    keeping.add(following, {**copied, "conditions": conditions, "start": position.stored(), "created_at": now})
