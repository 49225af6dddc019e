"""How each part of a state takes the newest that was said of it, whatever the order of the reports. Pure.

Of two values of one moment the one that arrived later is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from trackers.engine.state import Attribute, Gps, Gsm, Scalar
from trackers.reports.report import Fix, Report

FULL_SIGNAL_SATELLITES = 10
# Of the attributes without a field the newest so many are kept: names that change would grow the state for ever.
MAX_ATTRIBUTES = 200
MAX_ATTRIBUTE_CHARS = 500
# Larger whole numbers are not exact in JavaScript, and beyond 64 bits not to be stored.
MAX_EXACT_INTEGER = 2**53

Value = TypeVar("Value")

_encode = msgspec.json.Encoder().encode


class Said(NamedTuple):
    """When something was said."""

    time: datetime
    is_new: bool = True
    """Whether it is known not to be a repetition: only then does it take the place of what has the same time."""

    def is_after(self, updated: datetime | None) -> bool:
        """Whether it takes the place of what was said at `updated`."""
        return updated is None or self.time > updated or (self.is_new and self.time == updated)


def newest(known: Value, updated: datetime | None, value: Value | None, said: Said) -> tuple[Value, datetime | None]:
    """The newer of two values, and its time; None says nothing."""
    if value is None or not said.is_after(updated):
        return known, updated
    return value, said.time


def fix_time(fix: Fix, time: datetime) -> datetime:
    """When the fix of a report of `time` was taken."""
    return time if fix.time is None or fix.time > time else fix.time


def place(gps: Gps | None, placed_at: datetime | None, fix: Fix, said: Said) -> tuple[Gps, datetime | None]:
    """The newest position, which is one fix as a whole, and the time of its report if it is another.

    Of several reports of one fix the newest brought it.
    """
    time = fix_time(fix, said.time)
    if gps is not None:
        is_newer = time > gps.updated or (time == gps.updated and said.is_after(placed_at or gps.updated))
        if not is_newer:
            return gps, placed_at
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
    return fresh, None if said.time == time else said.time


def hear_network(gsm: Gsm | None, report: Report, said: Said) -> Gsm | None:
    """The newest word on the mobile network, taken as a whole."""
    if report.gsm_percent is None and report.network_name is None and report.roaming is None:
        return gsm
    if gsm is not None and not said.is_after(gsm.updated):
        return gsm
    return Gsm(said.time, report.gsm_percent, report.network_name, report.roaming)


def gather(known: Mapping[str, Attribute], report: Report, said: Said) -> Mapping[str, Attribute]:
    """Everything without a field of its own, by name, each the newest; MAX_ATTRIBUTES of them at most."""
    fresh = report.attributes
    if report.hardware_key is not None or report.event_code is not None or report.is_moving is not None:
        fresh = {**fresh, **_named(report)}
    if not fresh:
        return known
    gathered = dict(known)
    for name, value in fresh.items():
        before = gathered.get(name)
        if before is None or said.is_after(before.updated):
            is_short = type(value) is str and len(value) <= MAX_ATTRIBUTE_CHARS
            gathered[name] = Attribute(value if is_short else _scalar(value), said.time)
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
