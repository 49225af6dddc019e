"""What is kept for good of a report: where a source was, and what the engine made of it then (history §2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from trackers.engine.last_reports import encode_values
from trackers.engine.trips import Trace
from trackers.reports.report import Fix

# A fix that much older than its report says where the source was, but not whether it moves.
FRESH_FIX = timedelta(minutes=1)
# A report that comes so much later than it was made was kept in the device meanwhile.
BUFFERED_AFTER = timedelta(minutes=5)
# What has a field of its own here, by the names of the generic protocol.
POSITION = frozenset(
    ["latitude", "longitude", "speed", "heading", "altitude", "satellites", "precision", "source_type"]
)


class Point(msgspec.Struct, frozen=True, gc=False):
    """A usable position of a source at a time."""

    time: datetime
    latitude: float
    longitude: float
    speed_kmh: float | None = None
    heading_degrees: int | None = None
    altitude_m: int | None = None
    satellites: int | None = None
    precision_m: int | None = None
    is_cell_based: bool = False
    is_buffered: bool = False
    """Whether it came long after it was made."""


class PastReport(msgspec.Struct, frozen=True, gc=False):
    """A report as history keeps it. Source, time and digest tell it from all others."""

    source_id: int
    time: datetime
    digest: int
    point: Point | None
    is_fast: bool | None = None
    """What the engine made of it under the rules of its arrival, as in its trace."""
    ignition: bool | None = None
    in_motion: bool | None = None
    is_buffered: bool = False
    said: bytes = b""
    """A JSON object of everything else, by name; empty for nothing."""


def past_report(
    source_id: int, trace: Trace, fix: Fix | None, values: Mapping[str, Any], received_at: datetime
) -> PastReport:
    """What is kept of a report: `fix` is what was believed of its position, `values` is all that it said."""
    is_buffered = received_at - trace.time > BUFFERED_AFTER
    point = None if fix is None or is_stale(fix, trace.time) else _point(trace.time, fix, is_buffered)
    rest = values if point is None else {name: value for name, value in values.items() if name not in POSITION}
    said = encode_values(dict(rest)) if rest else b""
    return PastReport(
        source_id, trace.time, trace.digest, point, trace.is_fast, trace.ignition, trace.in_motion, is_buffered, said
    )


def is_stale(fix: Fix, time: datetime) -> bool:
    """Whether a fix was taken so long before its report of `time` that it says nothing of then."""
    return fix.time is not None and time - fix.time > FRESH_FIX


def _point(time: datetime, fix: Fix, is_buffered: bool) -> Point:
    return Point(
        time,
        fix.latitude,
        fix.longitude,
        fix.speed_kmh,
        fix.heading_degrees,
        fix.altitude_m,
        fix.satellites,
        fix.precision_m,
        fix.is_cell_based,
        is_buffered,
    )
