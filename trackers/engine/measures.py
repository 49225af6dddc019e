"""How far it is along some points, and what else is measured of them (history §2.4). Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from trackers.engine.counters import Place, distance_km, is_plausible
from trackers.engine.past import Point


def step_origin(last: Place, suspect: Place | None, here: Place) -> Place | None:
    """From where the way to a fix counts; None: it seems to have jumped, and is suspect itself."""
    if _can_follow(last, here):
        return last
    return suspect if suspect is not None and _can_follow(suspect, here) else None


def _can_follow(before: Place, after: Place) -> bool:
    return is_plausible(before, after, distance_km(before, after))


class Measure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was measured of the points of a trip, and what the next one is compared with."""

    north: float
    west: float
    south: float
    east: float
    points: int = 0
    cells: int = 0
    """Of the points those that come from cell towers."""
    length_km: float = 0.0
    max_speed_kmh: float = 0.0
    speed_kmh: float | None = None
    """Of the first point, as its precision."""
    precision_m: int | None = None
    last: Place | None = None
    suspect: Place | None = None


def measure(points: Iterable[Point]) -> Measure:
    """What some points, in order, come to; there must be one."""
    measured = None
    for point in points:
        measured = grow(measured, point)
    assert measured is not None
    return measured


def grow(known: Measure | None, point: Point) -> Measure:
    """The measure of one more point; None: it is the first."""
    latitude, longitude = point.latitude, point.longitude
    if known is None:
        known = Measure(
            latitude, longitude, latitude, longitude, speed_kmh=point.speed_kmh, precision_m=point.precision_m
        )
    length, top, last, suspect = known.length_km, known.max_speed_kmh, known.last, known.suspect
    if not point.is_cell_based:
        top = max(top, point.speed_kmh or 0.0)
        here = Place(point.time, latitude, longitude)
        origin = here if last is None else step_origin(last, suspect, here)
        if origin is None:
            suspect = here
        else:
            length, last, suspect = length + distance_km(origin, here), here, None
    return Measure(
        max(known.north, latitude),
        min(known.west, longitude),
        min(known.south, latitude),
        max(known.east, longitude),
        known.points + 1,
        known.cells + point.is_cell_based,
        length,
        top,
        known.speed_kmh,
        known.precision_m,
        last,
        suspect,
    )
