"""Counters of a source: how far it went and how long its engine ran (api §3.6). Pure.

Only what is newer than what was counted last counts: a late or repeated report adds nothing, and takes nothing away.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

EARTH_RADIUS_KM = 6371.0
# Nothing on wheels is as fast: a fix that would need more speed than this is one that jumped.
MAX_SPEED_KMH = 300.0
# Within so little both fixes may be right whatever speed that makes.
MIN_JUMP_KM = 0.5
MIN_MULTIPLIER, MAX_MULTIPLIER = 0.001, 1000.0
"""What is counted is multiplied by at least and at most so much (api §3.6)."""
# Nobody knows whether the engine ran through a silence that long.
MAX_SILENCE = timedelta(minutes=30)


class CounterType(StrEnum):
    ODOMETER = "odometer"
    ENGINE_HOURS = "engine_hours"


class CounterRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a source's counter counts."""

    counter_type: CounterType
    multiplier: float = 1.0
    """What is counted is multiplied by it."""
    sensor_id: int | None = None
    """The sensor that reads the device's own odometer; None: the distance between positions counts."""


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A satellite fix that distance is counted from."""

    time: datetime
    latitude: float
    longitude: float


class Counter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A counter's value, and what the next report is compared with."""

    value: float = 0.0
    """Kilometres, or hours."""
    updated: datetime | None = None
    counted_at: datetime | None = None
    """Device time up to which it has counted."""
    place: Place | None = None
    suspect: Place | None = None
    """A fix that seemed to have jumped; when the next one agrees with it, it was right."""
    device_value: float | None = None
    """The device's own count then."""
    is_running: bool = False
    """Whether the ignition was on then."""


NOT_COUNTED = Counter()


def count_distance(counter: Counter, fix: Place, *, is_driving: bool, multiplier: float) -> Counter:
    """The odometer after a fix. Standing collects nothing, however the positions wander."""
    last = counter.place
    if last is None:
        return _moved_to(counter, fix, 0.0)
    if fix.time <= last.time:
        return counter
    distance = distance_km(last, fix)
    if is_plausible(last, fix, distance):
        return _moved_to(counter, fix, distance * multiplier if is_driving else 0.0)
    suspect = counter.suspect
    if suspect is not None and fix.time > suspect.time:
        step = distance_km(suspect, fix)
        if is_plausible(suspect, fix, step):
            return _moved_to(counter, fix, step * multiplier if is_driving else 0.0)
    return msgspec.structs.replace(counter, suspect=fix)


def _moved_to(counter: Counter, fix: Place, kilometres: float) -> Counter:
    updated = fix.time if kilometres or counter.updated is None else counter.updated
    return Counter(counter.value + kilometres, updated, fix.time, fix)


def count_device_value(counter: Counter, device_value: float, time: datetime, *, multiplier: float) -> Counter:
    """A counter after the device told its own count; one that went back began anew, and adds nothing."""
    if counter.counted_at is not None and time <= counter.counted_at:
        return counter
    last = counter.device_value
    added = 0.0 if last is None else max(0.0, device_value - last) * multiplier
    updated = time if added or counter.updated is None else counter.updated
    return Counter(counter.value + added, updated, time, device_value=device_value)


def count_running(counter: Counter, time: datetime, *, ignition: bool | None, multiplier: float) -> Counter:
    """The engine hours after a report: the time since the one before, if the ignition was on then."""
    last = counter.counted_at
    if last is not None and time <= last:
        return counter
    hours = 0.0
    if last is not None and counter.is_running and time - last <= MAX_SILENCE:
        hours = (time - last) / timedelta(hours=1) * multiplier
    updated = time if hours or counter.updated is None else counter.updated
    return Counter(counter.value + hours, updated, time, is_running=bool(ignition))


def is_plausible(a: Place, b: Place, distance: float, *, max_speed_kmh: float = MAX_SPEED_KMH) -> bool:
    """Whether a vehicle may have gone from one fix to the other."""
    return distance <= MIN_JUMP_KM or distance <= max_speed_kmh * ((b.time - a.time) / timedelta(hours=1))


def distance_km(a: Place, b: Place) -> float:
    """Over the surface of a round earth; half a percent wrong at most."""
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    half_latitude = (latitude_b - latitude_a) / 2
    half_longitude = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_latitude) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
