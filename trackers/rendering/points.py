"""The last satellite fix of a source, from its state and its last reports (api §3.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from accounts.wire.dates import format_date
from trackers.engine.last_reports import CELL_BASED, NO_FIX, RecentReport
from trackers.engine.past import Point
from trackers.engine.state import Gps, State
from trackers.reports.values import is_number, rounded


@dataclass(frozen=True, slots=True)
class GpsPoint:
    """A satellite fix."""

    time: datetime
    latitude: float
    longitude: float
    heading_degrees: int | None
    speed_kmh: int | None
    satellites: int | None
    precision_m: int | None


def last_gps_point(state: State, newest_first: Sequence[RecentReport]) -> GpsPoint | None:
    """The newest position that is not from cell towers; None where neither the state nor a last report has one."""
    fixes = (_read(report) for report in newest_first)
    points = [point for point in fixes if point is not None]
    gps = state.gps
    if gps is None or gps.is_cell_based:
        return points[0] if points else None
    satellites = next((p.satellites for p in points if _is_at(p, gps)), None)
    return GpsPoint(
        gps.updated, gps.latitude, gps.longitude, gps.heading_degrees, gps.speed_kmh, satellites, gps.precision_m
    )


def past_gps_point(point: Point) -> GpsPoint:
    """A satellite fix that history has."""
    return GpsPoint(
        point.time,
        point.latitude,
        point.longitude,
        point.heading_degrees,
        rounded(point.speed_kmh),
        point.satellites,
        point.precision_m,
    )


def _read(report: RecentReport) -> GpsPoint | None:
    values = msgspec.json.decode(report.values)
    # A device may send attributes of these names with anything in them.
    latitude, longitude = _number(values, "latitude", -90, 90), _number(values, "longitude", -180, 180)
    satellites = rounded(_number(values, "satellites", 0, 255))
    if latitude is None or longitude is None:
        return None
    if values.get("source_type") == CELL_BASED or values.get("fix_type") == NO_FIX:
        return None
    return GpsPoint(
        report.time,
        latitude,
        longitude,
        rounded(_number(values, "heading", 0, 360)),
        rounded(_number(values, "speed", 0, 10_000)),
        satellites,
        rounded(_number(values, "precision", 0, 10_000_000)),
    )


def _number(values: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    value = values.get(name)
    return value if is_number(value, low=low, high=high) else None


def _is_at(point: GpsPoint, gps: Gps) -> bool:
    return (point.latitude, point.longitude) == (gps.latitude, gps.longitude)


def render_point(point: GpsPoint, zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """A point's wire form, its date in `zone`."""
    fields: dict[str, Any] = {
        "get_time": format_date(point.time, zone, iso=iso),
        "heading": point.heading_degrees,
        "lat": point.latitude,
        "lng": point.longitude,
        "satellites": point.satellites,
        "speed": point.speed_kmh,
    }
    return fields | ({"precision": point.precision_m} if point.precision_m else {})
