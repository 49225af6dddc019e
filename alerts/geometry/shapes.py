"""What zones are: circles, polygons, and what is near a line (alerts §1.3). Pure.

Lines run straight in longitude and latitude, as those of GeoJSON do, and the shorter way around the earth. The border
belongs to a shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from alerts.geometry.lines import distance_to_line_m
from alerts.geometry.places import ON_BORDER, Box, Place, box_around, distance_m, unrolled

# So many stretches of a long line have a box of their own.
_PIECE = 16


class Shape(Protocol):
    """A part of the earth's surface."""

    @property
    def box(self) -> Box:
        """A box that it lies in, as small as may be."""

    @property
    def radius_m(self) -> float | None:
        """How far its border is from its centre or line; None: it has none."""

    def contains(self, place: Place) -> bool:
        """Whether the place lies in it, or on its border."""

    def distance_m(self, place: Place) -> float:
        """How far outside the border the place is; 0 inside."""


class Circle:
    """All that is at most `radius_m` away from a place."""

    __slots__ = ("box", "center", "radius_m")

    def __init__(self, center: Place, radius_m: float) -> None:
        self.center = center
        self.radius_m = radius_m
        self.box = box_around([center]).grown(radius_m)

    def contains(self, place: Place) -> bool:
        return self.distance_m(place) == 0

    def distance_m(self, place: Place) -> float:
        return _beyond(distance_m(self.center, place), self.radius_m)


class Sausage:
    """All that is at most `radius_m` away from a line; the line has one place at least."""

    __slots__ = ("box", "line", "pieces", "radius_m")

    def __init__(self, points: Iterable[Place], radius_m: float) -> None:
        self.line = unrolled(list(points))
        self.radius_m = radius_m
        self.box = box_around(self.line).grown(radius_m)
        parts = [self.line[first : first + _PIECE + 1] for first in range(0, max(1, len(self.line) - 1), _PIECE)]
        self.pieces = [(box_around(part).grown(radius_m), part) for part in parts]

    def contains(self, place: Place) -> bool:
        if not self.box.contains(place):
            return False
        near = [part for box, part in self.pieces if box.contains(place)]
        return any(_beyond(distance_to_line_m(part, place), self.radius_m) == 0 for part in near)

    def distance_m(self, place: Place) -> float:
        return _beyond(distance_to_line_m(self.line, place), self.radius_m)


def _beyond(distance: float, radius_m: float) -> float:
    """How much farther; a thousandth of a millimetre is nothing."""
    return 0.0 if distance <= radius_m + 1e-6 else distance - radius_m


class Polygon:
    """What lies inside of a closed line, by the even-odd rule. A line around a pole has the pole in it."""

    __slots__ = ("border", "box", "ring")
    radius_m = None

    def __init__(self, points: Iterable[Place]) -> None:
        line = list(points)
        self.border = unrolled([*line, line[0]])
        self.ring = _with_pole(self.border)
        self.box = box_around(self.ring)

    def contains(self, place: Place) -> bool:
        if not self.box.contains(place):
            return False
        return any(_is_in_ring(self.ring, place[0], longitude) for longitude in self._turns_of(place))

    def distance_m(self, place: Place) -> float:
        return 0.0 if self.contains(place) else distance_to_line_m(self.border, place)

    def _turns_of(self, place: Place) -> list[float]:
        """The place's longitude in each turn that the ring is in; the rounding of a turn counts for both."""
        west, east = min(one[1] for one in self.ring), max(one[1] for one in self.ring)
        first = place[1] + 360 * ((west - place[1]) // 360)
        return [turn for turn in (first, first + 360, first + 720) if west - ON_BORDER <= turn <= east + ON_BORDER]


def _with_pole(border: list[Place]) -> list[Place]:
    """A ring that ends where it began: one that has gone around the earth is closed by way of the nearer pole."""
    first, last = border[0], border[-1]
    if abs(last[1] - first[1]) < 180:
        return border
    pole = 90.0 if sum(place[0] for place in border) >= 0 else -90.0
    return [*border, Place(pole, last[1]), Place(pole, first[1]), first]


def _is_in_ring(ring: list[Place], y: float, x: float) -> bool:
    """By the even-odd rule, on a plane of degrees; the border is in it."""
    is_inside = False
    before_y, before_x = ring[0]
    for next_y, next_x in ring:
        if (before_y > y) != (next_y > y):
            crossing = before_x + (y - before_y) * (next_x - before_x) / (next_y - before_y)
            if abs(crossing - x) <= ON_BORDER:
                return True
            is_inside ^= crossing > x
        elif abs(next_y - y) <= ON_BORDER and _is_touched(before_y, before_x, next_y, next_x, y, x):
            return True
        before_y, before_x = next_y, next_x
    return is_inside


def _is_touched(before_y: float, before_x: float, next_y: float, next_x: float, y: float, x: float) -> bool:
    """Whether a place at the height of an edge's end is that end, or on the level edge."""
    if abs(before_y - y) <= ON_BORDER:
        return min(before_x, next_x) - ON_BORDER <= x <= max(before_x, next_x) + ON_BORDER
    return abs(next_x - x) <= ON_BORDER
