"""Visits of zones in the past: found as rules find crossings, with the margin of rules (alerts §5.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.engine.kinds.zones import tell_inside
from alerts.engine.rules import EXIT_MARGIN_M
from alerts.engine.sight import Zones
from alerts.geometry.places import Place
from trackers.engine.past import Point
from trackers.engine.tracks import Way

# Zones are looked for once for all points of a cell, a twentieth of a degree wide; so far it reaches from its middle.
_PER_DEGREE = 20
_REACH_M = 2_790.0
_MAX_CELLS = 20_000


@dataclass(slots=True)
class Visit:
    """How long a tracker was in a zone, and how far it drove there: as far as there were points."""

    zone_id: int
    begin: Point
    end: Point
    length_km: float = 0.0

    @property
    def duration(self) -> timedelta:
        return self.end.time - self.begin.time


def visits_in(points: Iterable[Point], zones: Zones) -> list[Visit]:
    """All visits by their begin; the first may have begun before the points, the last may go on after them."""
    nearby, way = _Nearby(zones), Way()
    is_measured = False
    found: list[Visit] = []
    going_on: dict[int, Visit] = {}
    for point in points:
        place = Place(point.latitude, point.longitude)
        near = nearby.at(place)
        if not near and not going_on:
            is_measured = False
            continue
        if not is_measured:
            way, is_measured = Way(), True
        step_km = way.go_on(point) or 0.0
        for zone_id in {*near, *going_on}:
            visit = going_on.get(zone_id)
            is_inside = _is_inside(zones, zone_id, point, place, visit)
            if visit is not None:
                visit.end = point
                visit.length_km += step_km if is_inside else 0.0
                if not is_inside:
                    del going_on[zone_id]
            elif is_inside:
                going_on[zone_id] = Visit(zone_id, point, point)
                found.append(going_on[zone_id])
    return found


def _is_inside(zones: Zones, zone_id: int, point: Point, place: Place, visit: Visit | None) -> bool:
    is_in, shape = visit is not None, zones.zones[zone_id].shape
    if not is_in and not shape.box.contains(place):
        return False
    told = tell_inside(shape, point, place, EXIT_MARGIN_M, is_in=is_in)
    return is_in if told is None else told


@dataclass(slots=True)
class _Nearby:
    """Which zones may be at a place."""

    zones: Zones
    cells: dict[tuple[int, int], Sequence[int]] = field(default_factory=dict)

    def at(self, place: Place) -> Sequence[int]:
        cell = int(place.latitude * _PER_DEGREE // 1), int(place.longitude * _PER_DEGREE // 1)
        known = self.cells.get(cell)
        if known is None:
            if len(self.cells) >= _MAX_CELLS:
                self.cells.clear()
            middle = Place((cell[0] + 0.5) / _PER_DEGREE, (cell[1] + 0.5) / _PER_DEGREE)
            known = self.cells[cell] = list(self.zones.index.near(middle, _REACH_M))
        return known


def worth_counting(visits: Iterable[Visit], least: timedelta) -> list[Visit]:
    """Visits that lasted so long, by their begin."""
    return sorted((one for one in visits if one.duration >= least), key=_by_begin)


def _by_begin(visit: Visit) -> tuple[datetime, int]:
    return visit.begin.time, visit.zone_id
