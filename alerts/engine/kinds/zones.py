"""Crossings: in and out of zones, off and on a route (alerts §5.2). Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Signal
from alerts.geometry.places import METRES_PER_DEGREE, Place, distance_m
from alerts.geometry.shapes import Sausage, Shape
from trackers.engine.past import Point

# That it has been seen at all: then it is outside of each zone that is not remembered.
LOCATED = "located"
OUT = "out"
# Of a circle's or sausage's radius; a small zone would never be left otherwise.
MOST_OF_RADIUS = 0.25
_COMPASS = [(math.cos(math.radians(angle)), math.sin(math.radians(angle))) for angle in range(0, 360, 45)]
# What of a difference is rounding, metres.
_SAME_M = 0.5


def look_at_zones(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """In and out of each zone; who is inside leaves only beyond a margin."""
    point = sight.point
    if point is None or not sight.is_news:
        return
    is_located = LOCATED in memory.phases
    was = False if is_located else None
    place = Place(point.latitude, point.longitude)
    for zone_id in _concerned(rule, memory, around):
        shape = around.known[zone_id].shape
        is_inside = tell_inside(shape, point, place, rule.exit_margin_m, is_in=_is_in(memory, zone_id))
        if is_inside is not None:
            yield Signal(str(zone_id), is_inside, sight.time, was=was, zone_id=zone_id)
    if not is_located:
        yield Signal(LOCATED, True, sight.time, is_silent=True)


def _concerned(rule: Rule, memory: Memory, around: Surroundings) -> Sequence[int]:
    """The zones of the rule in which the tracker is, or was."""
    left = [int(key) for key in memory.phases if key != LOCATED]
    if not around.inside and not left:
        return ()
    return sorted(((around.inside or frozenset()) | set(left)) & rule.zone_ids & around.known.keys())


def _is_in(memory: Memory, zone_id: int) -> bool:
    phase = memory.phases.get(str(zone_id))
    return phase is not None and phase.is_on


def tell_inside(shape: Shape, point: Point, place: Place, exit_margin_m: float, *, is_in: bool) -> bool | None:
    """Whether a tracker is inside that was so before or not; None: that cannot be told."""
    if point.is_cell_based and reaches_over_border(shape, place, point.precision_m):
        return None
    outside_m = shape.distance_m(place)
    return outside_m == 0 or (is_in and outside_m <= margin_m(shape, point, exit_margin_m))


def margin_m(shape: Shape, point: Point, exit_margin_m: float) -> float:
    """How far outside the border a tracker must be to have left a zone."""
    margin = max(exit_margin_m, point.precision_m or 0.0)
    return margin if shape.radius_m is None else min(margin, shape.radius_m * MOST_OF_RADIUS)


def reaches_over_border(shape: Shape, place: Place, precision_m: float | None) -> bool:
    """Whether a tracker that is somewhere about a place may be on either side of the border."""
    if precision_m is None:
        return True
    if (outside_m := shape.distance_m(place)) > 0:
        return outside_m < precision_m
    return not all(shape.contains(one) for one in _around(place, precision_m))


def _around(place: Place, radius_m: float) -> Iterable[Place]:
    north = radius_m / METRES_PER_DEGREE
    east = north / max(math.cos(math.radians(place.latitude)), 1e-6)
    return (Place(place.latitude + north * y, place.longitude + east * x) for y, x in _COMPASS)


def look_at_route(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """Off the route and back on it."""
    point, place = sight.point, sight.place
    zone = next((around.known[one] for one in rule.zone_ids if one in around.known), None)
    if point is None or place is None or zone is None or not sight.is_news:
        return
    phase = memory.phases.get(OUT)
    was_inside = phase is not None and not phase.is_on
    is_inside = tell_inside(zone.shape, point, place, rule.exit_margin_m, is_in=was_inside)
    if is_inside is not None:
        may_leave = rule.details.allow_exit_at_endpoints and _is_beyond_an_end(zone.shape, place)
        zone_id = next(iter(rule.zone_ids))
        yield Signal(OUT, not is_inside, sight.time, zone_id=zone_id, is_silent=may_leave and not is_inside)


def _is_beyond_an_end(shape: Shape, place: Place) -> bool:
    """Whether no part of the route is nearer than one of its ends."""
    if not isinstance(shape, Sausage):
        return False
    nearest = shape.distance_m(place) + shape.radius_m
    return min(distance_m(place, shape.line[0]), distance_m(place, shape.line[-1])) <= nearest + _SAME_M


INOUTZONE = Kind(
    "inoutzone",
    look_at_zones,
    Event.INZONE,
    Event.OUTZONE,
    reset=timedelta(seconds=60),
    limits_itself=True,
    facets=Facet.PLACE.value,
)
ROUTE = Kind("route", look_at_route, Event.OUTROUTE, Event.INROUTE, limits_itself=True, facets=Facet.PLACE.value)
