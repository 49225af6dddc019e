"""How far it is to a line that runs straight in longitude and latitude, from one point to the next. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from alerts.geometry.places import EARTH_RADIUS_M, Place, distance_m

# A plane around a place tells well which stretch of a line is the nearest, up to this latitude.
_TELLING_LATITUDE = 75.0
# By how much it may be mistaken, squared.
_DOUBT = 2.0
_ROUNDS = 4

# Where a stretch begins, seen from a place, and how far it goes, in degrees of latitude and longitude.
Stretch = tuple[float, float, float, float]


def distance_to_line_m(line: Sequence[Place], place: Place) -> float:
    """Metres from a place to the nearest place of a line."""
    if len(line) == 1:
        return distance_m(line[0], place)
    stretches = list(_stretches(line, place))
    scale = math.cos(math.radians(place[0]))
    if abs(place[0]) <= _TELLING_LATITUDE:
        squares = [_nearest_on_plane(stretch, scale)[1] for stretch in stretches]
        limit = min(squares) * _DOUBT
        stretches = [one for one, square in zip(stretches, squares, strict=True) if square <= limit]
    return min(_distance_m(stretch, place[0], scale) for stretch in stretches)


def _stretches(line: Sequence[Place], place: Place) -> Iterator[Stretch]:
    """The stretches of a line, each in the turn in which its middle is nearest."""
    y, x = place
    before_y, before_x = line[0]
    for next_y, next_x in line[1:]:
        dx = next_x - before_x
        middle = ((before_x + next_x) / 2 - x + 180) % 360 - 180
        yield before_y - y, middle - dx / 2, next_y - before_y, dx
        before_y, before_x = next_y, next_x


def _nearest_on_plane(stretch: Stretch, scale: float) -> tuple[float, float]:
    """What part of the stretch lies before its nearest place, and the square of the distance, in degrees."""
    y, x, dy, dx = stretch
    x, dx = x * scale, dx * scale
    square = dx * dx + dy * dy
    part = min(1.0, max(0.0, -(x * dx + y * dy) / square)) if square else 0.0
    off_x, off_y = x + part * dx, y + part * dy
    return part, off_x * off_x + off_y * off_y


def _distance_m(stretch: Stretch, latitude: float, scale: float) -> float:
    """Metres from a place at this latitude, by the part that the plane finds, mended by Newton on the globe."""
    part, _ = _nearest_on_plane(stretch, scale)
    y, x, dy, dx = map(math.radians, stretch)
    best = math.inf
    for _ in range(_ROUNDS):
        chord, slope, bend = _chord(y + part * dy, x + part * dx, dy, dx, math.radians(latitude))
        best = min(best, chord)
        if bend <= 0:
            break
        part = min(1.0, max(0.0, part - slope / bend))
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, max(0.0, best))))


def _chord(up: float, aside: float, dy: float, dx: float, latitude: float) -> tuple[float, float, float]:
    """A quarter of the squared chord to what is so far up and aside of a place, all in radians, and its first and
    second derivative along (dy, dx)."""
    sine, cosine = math.sin(latitude + up), math.cos(latitude + up)
    near = math.cos(latitude)
    half = math.sin(aside / 2) ** 2
    turn, lean = math.sin(aside) / 2, math.cos(aside) / 2
    chord = math.sin(up / 2) ** 2 + near * cosine * half
    slope = math.sin(up) / 2 * dy + near * (cosine * turn * dx - sine * half * dy)
    bend = math.cos(up) / 2 * dy * dy
    bend += near * (cosine * lean * dx * dx - 2 * sine * turn * dx * dy - cosine * half * dy * dy)
    return chord, slope, bend
