"""How each part of a state takes the newest that was said of it, whatever the order of the reports. Pure.

Of two different values of one moment the one whose JSON sorts last is taken: an arbitrary choice, but the same in every
order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from trackers.engine.state import Attribute, FixTimes, Gps, Gsm, Scalar
from trackers.reports.report import Fix, Report

FULL_SIGNAL_SATELLITES = 10
# Of the attributes without a field the newest so many are kept: names that change would grow the state for ever.
MAX_ATTRIBUTES = 200
MAX_ATTRIBUTE_CHARS = 500
# Larger whole numbers are not exact in JavaScript, and beyond 64 bits not to be stored.
MAX_EXACT_INTEGER = 2**53

Value = TypeVar("Value")

_encode = msgspec.json.Encoder().encode


def is_newer(value: Any, time: datetime, known: Any, updated: datetime | None) -> bool:
    """Whether a value of `time` takes the place of the known one."""
    if updated is None or time > updated:
        return True
    return time == updated and value != known and _encode(value) > _encode(known)


def newest(
    known: Value, updated: datetime | None, value: Value | None, time: datetime
) -> tuple[Value, datetime | None]:
    """The newer of two values, and its time; None says nothing."""
    if value is None or not is_newer(value, time, known, updated):
        return known, updated
    return value, time


def fix_time(fix: Fix, time: datetime) -> datetime:
    """When the fix of a report of `time` was taken."""
    return time if fix.time is None or fix.time > time else fix.time


def place(gps: Gps | None, times: FixTimes | None, fix: Fix, time: datetime) -> tuple[Gps, FixTimes | None]:
    """The newest position. Speed, heading and altitude have times of their own, as a fix may leave them out."""
    fresh = Gps(
        time,
        fix.latitude,
        fix.longitude,
        fix.heading_degrees,
        _rounded(fix.speed_kmh),
        fix.altitude_m,
        _signal_percent(fix.satellites),
        fix.precision_m,
        fix.is_cell_based,
    )
    if gps is None:
        return fresh, None
    if time > gps.updated and _leaves_nothing_out(fresh, gps):
        return fresh, None
    if times is None:
        times = FixTimes(gps.updated, gps.updated, gps.updated)
    return _merge(gps, times, fresh)


def _leaves_nothing_out(fresh: Gps, gps: Gps) -> bool:
    return (
        (fresh.speed_kmh is not None or gps.speed_kmh is None)
        and (fresh.heading_degrees is not None or gps.heading_degrees is None)
        and (fresh.altitude_m is not None or gps.altitude_m is None)
    )


def _merge(gps: Gps, times: FixTimes, fresh: Gps) -> tuple[Gps, FixTimes | None]:
    time = fresh.updated
    at = fresh if is_newer(_position(fresh), time, _position(gps), gps.updated) else gps
    heading, heading_at = _newest_of_fix(gps.heading_degrees, times.heading, fresh.heading_degrees, time)
    speed, speed_at = _newest_of_fix(gps.speed_kmh, times.speed, fresh.speed_kmh, time)
    altitude, altitude_at = _newest_of_fix(gps.altitude_m, times.altitude, fresh.altitude_m, time)
    merged = Gps(
        at.updated,
        at.latitude,
        at.longitude,
        heading,
        speed,
        altitude,
        at.signal_percent,
        at.precision_m,
        at.is_cell_based,
    )
    # What is unknown is of no age.
    times = FixTimes(speed_at or at.updated, heading_at or at.updated, altitude_at or at.updated)
    is_whole = times.speed == times.heading == times.altitude == at.updated
    return merged, None if is_whole else times


def _newest_of_fix(
    known: int | None, updated: datetime, value: int | None, time: datetime
) -> tuple[int | None, datetime | None]:
    return newest(known, None if known is None else updated, value, time)


def _position(gps: Gps) -> tuple[Any, ...]:
    return gps.latitude, gps.longitude, gps.signal_percent, gps.precision_m, gps.is_cell_based


def hear_network(gsm: Gsm | None, report: Report, time: datetime) -> Gsm | None:
    """The newest word on the mobile network, taken as a whole."""
    if report.gsm_percent is None and report.network_name is None and report.roaming is None:
        return gsm
    fresh = Gsm(time, report.gsm_percent, report.network_name, report.roaming)
    return fresh if gsm is None or is_newer(fresh, time, gsm, gsm.updated) else gsm


def gather(known: Mapping[str, Attribute], report: Report, time: datetime) -> Mapping[str, Attribute]:
    """Everything without a field of its own, by name, each the newest; MAX_ATTRIBUTES of them at most."""
    fresh = report.attributes
    if report.hardware_key is not None or report.event_code is not None or report.is_moving is not None:
        fresh = {**fresh, **_named(report)}
    if not fresh:
        return known
    gathered = dict(known)
    for name, said in fresh.items():
        value = said if type(said) is str and len(said) <= MAX_ATTRIBUTE_CHARS else _scalar(said)
        before = gathered.get(name)
        if before is None or is_newer(value, time, before.value, before.updated):
            gathered[name] = Attribute(value, time)
    return gathered if len(gathered) <= MAX_ATTRIBUTES else _newest_attributes(gathered)


def _named(report: Report) -> dict[str, Scalar]:
    """What has a field in a report and none in a state, by the names of the API (api §5.1)."""
    said = {"hardware_key": report.hardware_key, "event_code": report.event_code, "moving": report.is_moving}
    return {name: value for name, value in said.items() if value is not None}


def _newest_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    by_age = sorted(attributes.items(), key=lambda item: (item[1].updated, item[0]))
    return dict(by_age[-MAX_ATTRIBUTES:])


def _scalar(value: Any) -> Scalar:
    """A JSON value that is none of JSON's lists and objects, and no longer than is kept."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_EXACT_INTEGER else str(value)[:MAX_ATTRIBUTE_CHARS]
    text = value if isinstance(value, str) else _encode(value).decode()
    return text[:MAX_ATTRIBUTE_CHARS]


def _rounded(number: float | None) -> int | None:
    return None if number is None else math.floor(number + 0.5)


def _signal_percent(satellites: int | None) -> int | None:
    return None if satellites is None else min(100, satellites * 100 // FULL_SIGNAL_SATELLITES)
