"""Trips and ignition: what the reports of a source, in order, say of its movement (api §5.4).

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class MovementStatus(StrEnum):
    MOVING = "moving"
    STOPPED = "stopped"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class TripRules:
    """How trips of a source begin and end (api §5.4)."""

    parking_time: timedelta = timedelta(minutes=5)
    idle_speed_kmh: float = 3.0
    """A source slower than this stands; 0: it never does."""
    ignition_aware: bool = False
    """A trip begins with the ignition on only, and ends as soon as it stands with the ignition off."""
    motion_sensor_aware: bool = False
    """A trip begins with motion only, and standing still is standing, whatever the speed. Ignition goes before it."""


class Trace(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is remembered of one of the last reports; the digest parts those of one time."""

    time: datetime
    digest: int
    slot: int
    """Its place among the stored reports (trackers.recent)."""
    is_fast: bool | None = None
    """Whether a satellite fix was at least as fast as a source that stands; None: it said nothing."""
    ignition: bool | None = None
    in_motion: bool | None = None
    """By the motion sensor."""


class Trip(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The movement after some reports, by the devices' clock alone."""

    status: MovementStatus = MovementStatus.PARKED
    since: datetime | None = None
    standing_since: datetime | None = None
    """Time of the first of the reports that all found it standing; None: it does not stand, or is parked."""
    grew_at: datetime | None = None
    """Time of the newest report of a trip that found it moving."""
    is_fast: bool | None = None
    ignition: bool | None = None
    ignition_since: datetime | None = None
    """Time of the report that last changed it."""
    in_motion: bool | None = None


NO_TRIP = Trip()


def follow(trip: Trip, trace: Trace, rules: TripRules) -> Trip:
    """The movement after one more report, which must not be older than what went into `trip`."""
    time, ignition, in_motion, is_fast = trace.time, trace.ignition, trace.in_motion, trace.is_fast
    ignition_since = trip.ignition_since
    if ignition is None:
        ignition = trip.ignition
    elif ignition is not trip.ignition:
        ignition_since = time
    if in_motion is None:
        in_motion = trip.in_motion
    grew_at = trip.grew_at
    minds_ignition = rules.ignition_aware and ignition is not None
    minds_motion = rules.motion_sensor_aware and not minds_ignition and in_motion is not None
    status, since, standing_since = end_of_clock(trip, time, rules)
    was_fast = trip.is_fast if is_fast is None else is_fast
    if status is MovementStatus.PARKED:
        may_start = ignition if minds_ignition else in_motion if minds_motion else True
        if is_fast and may_start:
            status, since, grew_at = MovementStatus.MOVING, time, time
    elif was_fast is False or (minds_motion and not in_motion):
        if minds_ignition and not ignition:
            status, since, standing_since = MovementStatus.PARKED, time, None
        elif standing_since is None:
            status, since, standing_since = MovementStatus.STOPPED, time, time
    else:
        if status is MovementStatus.STOPPED:
            status, since, standing_since = MovementStatus.MOVING, time, None
        if is_fast:
            grew_at = time
    return Trip(status, since, standing_since, grew_at, was_fast, ignition, ignition_since, in_motion)


def follow_all(trip: Trip, traces: Iterable[Trace], rules: TripRules) -> Trip:
    """The movement after more reports, given in order."""
    for trace in traces:
        trip = follow(trip, trace, rules)
    return trip


def end_of_clock(
    trip: Trip, now: datetime, rules: TripRules
) -> tuple[MovementStatus, datetime | None, datetime | None]:
    """Status, its time and since when it stands, at `now`: who has stood for the parking time is parked."""
    standing_since = trip.standing_since
    if standing_since is not None and now - standing_since >= rules.parking_time:
        return MovementStatus.PARKED, standing_since + rules.parking_time, None
    return trip.status, trip.since, standing_since
