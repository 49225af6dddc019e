"""What becomes of records when the server's clock is set back: nothing was heard later than now (docs/states.md). Pure.

Whatever came while the clock was ahead would else lock out all that comes until the clock is there again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import astuple, replace

from trackers.engine.dating import FUTURE_TOLERANCE
from trackers.engine.record import Record

Value = TypeVar("Value")


def is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether it can only have been noted by a clock that was ahead of the one that says `now`."""
    return moment is not None and moment - now > FUTURE_TOLERANCE


def without_future(record: Record, now: datetime) -> Record:
    """The record in which nothing is later than `now`; the same object unless something is, by more than is tolerated.

    The order of what is known stays. The revisions of state and readings grow by one if a viewer can see a difference.
    """
    # By one comparison each: this is looked at with every report.
    latest = now + FUTURE_TOLERANCE
    if not any(moment is not None and moment > latest for moment in _latest_moments(record)):
        return record
    after = not_later(record, now)
    state, readings = after.state, after.readings
    if state != record.state:
        state = replace(state, revision=state.revision + 1)
    if readings is not None and readings != record.readings:
        readings = replace(readings, revision=readings.revision + 1)
    return replace(after, state=state, readings=readings)


def without_future_contact(record: Record, now: datetime) -> Record:
    """The record of a source that was not heard later than `now`; nothing that a viewer can see is changed."""
    state = record.state
    if not is_ahead(record.contact_at or state.registered_at, now):
        return record
    state = replace(state, registered_at=min(state.registered_at, now))
    return replace(record, state=state, contact_at=not_later(record.contact_at, now))


def _latest_moments(record: Record) -> list[datetime | None]:
    """Moments than which no other in the record is later."""
    state, readings = record.state, record.readings
    counters = readings.counters.values() if readings is not None else ()
    return [
        record.contact_at,
        state.last_update,
        state.registered_at,
        # Both may follow from the passing of time.
        state.movement_status_update,
        record.trip.since,
        # Set by hand.
        *(counter.updated for counter in counters),
    ]


def not_later(value: Value, now: datetime) -> Value:
    """The value, with `now` for each moment in it that is later."""
    return cast(Value, _not_later(value, now))


def _not_later(value: object, now: datetime) -> object:
    if isinstance(value, datetime):
        return min(value, now)
    if isinstance(value, Struct):
        return type(value)(*(_not_later(part, now) for part in astuple(value)))
    if isinstance(value, tuple):
        return tuple(_not_later(part, now) for part in value)
    if isinstance(value, Mapping):
        return {name: _not_later(part, now) for name, part in value.items()}
    return value
