"""Trips and stops: begun, ended, too long, with the engine running (alerts §5.5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Pulse, Signal
from trackers.engine.record import Record
from trackers.engine.trips import MovementStatus, end_of_clock

LONG = "long"


def look_at_trips(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Pulse]:
    """Trips that begin, which is the second event, and end."""
    for transition in sight.transitions:
        yield Pulse(not transition.is_begin, transition.time)


def look_at_parking(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """Parked for longer than is allowed."""
    before = _parked_since(sight.before, sight)
    yield from _stays(sight, _after(before, _allowance(rule)), _parked_now(sight))


def due_of_parking(rule: Rule, sight: Sight) -> datetime | None:
    """When the allowance is over."""
    return _after(_parked_now(sight), _allowance(rule))


def look_at_idling(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """Parked with the ignition on for so many minutes."""
    before = _with_ignition(sight.before, _parked_since(sight.before, sight))
    yield from _stays(sight, _after(before, _patience(rule)), _idle_now(sight))


def due_of_idling(rule: Rule, sight: Sight) -> datetime | None:
    """When the minutes are over."""
    return _after(_idle_now(sight), _patience(rule))


def _allowance(rule: Rule) -> timedelta:
    return timedelta(minutes=rule.details.max_parking_duration)


def _patience(rule: Rule) -> timedelta:
    return timedelta(minutes=rule.param or 0)


def _stays(sight: Sight, due: datetime | None, since: datetime | None) -> Iterator[Signal]:
    """What was so until now is told as of when it became too long, though it be over by now."""
    if not sight.is_news:
        return
    if due is not None and due <= sight.time:
        yield Signal(LONG, True, due, was=False)
    if since is None:
        yield Signal(LONG, False, sight.time, was=False)


def _after(since: datetime | None, wait: timedelta) -> datetime | None:
    return None if since is None else since + wait


def _parked_since(record: Record, sight: Sight) -> datetime | None:
    """Since when it was parked just before what is seen now; None: it was not."""
    status, since, _ = end_of_clock(record.trip, sight.time, sight.rules.trips)
    if status is MovementStatus.PARKED:
        return since
    state = record.state
    return state.movement_status_update if state.movement_status is MovementStatus.PARKED else None


def _parked_now(sight: Sight) -> datetime | None:
    trip, state = sight.after.trip, sight.after.state
    if trip.status is MovementStatus.PARKED:
        return trip.since
    return state.movement_status_update if state.movement_status is MovementStatus.PARKED else None


def _idle_now(sight: Sight) -> datetime | None:
    return _with_ignition(sight.after, _parked_now(sight))


def _with_ignition(record: Record, parked_since: datetime | None) -> datetime | None:
    trip = record.trip
    if parked_since is None or not trip.ignition:
        return None
    return parked_since if trip.ignition_since is None else max(parked_since, trip.ignition_since)


TRACK_CHANGE = Kind("track_change", look_at_trips, Event.TRACK_END, Event.TRACK_START, facets=Facet.STOP.value)
EXCESSIVE_PARKING = Kind(
    "excessive_parking",
    look_at_parking,
    Event.EXCESSIVE_PARKING,
    Event.EXCESSIVE_PARKING_FINISHED,
    due=due_of_parking,
    facets=Facet.STOP.value,
)
IDLING_SOFT = Kind(
    "idling_soft",
    look_at_idling,
    Event.IDLE_START,
    Event.IDLE_END,
    reset=timedelta(),
    due=due_of_idling,
    facets=Facet.STOP.value,
)
