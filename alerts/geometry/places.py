"""Places on a round earth, the way from one to another, and boxes around them. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_000.0
METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M
# Degrees, a tenth of a millimetre: what is nearer to a border than this lies on it, however it was rounded.
ON_BORDER = 1e-9


class Place(NamedTuple):
    """Degrees; the longitude may be of any turn."""

    latitude: float
    longitude: float


def distance_m(a: Place, b: Place) -> float:
    """Metres on the great circle between two places."""
    latitude_a, latitude_b = math.radians(a[0]), math.radians(b[0])
    half_latitude = (latitude_b - latitude_a) / 2
    half_longitude = math.radians(b[1] - a[1]) / 2
    chord = math.sin(half_latitude) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def wrapped(longitude: float) -> float:
    """The longitude from -180 up to 180, which itself is left out."""
    # What is there already stays as exact as it is.
    return longitude if -180 <= longitude < 180 else (longitude + 180) % 360 - 180


class Box(NamedTuple):
    """Between two latitudes and two longitudes, all of which belong to it.

    `west` is from -180 up to 180; `east` is never less, and beyond 180 in a box across that meridian.
    """

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def of(cls, south: float, west: float, north: float, east: float) -> Box:
        """The box between these degrees; longitudes may be of any turn, a whole one is all of them."""
        south, north = max(-90.0, south), min(90.0, north)
        if east - west >= 360:
            return cls(south, -180.0, north, 180.0)
        turned = wrapped(west)
        return cls(south, turned, north, east + (turned - west))

    def contains(self, place: Place) -> bool:
        """Whether the place is in it."""
        if not self.south - ON_BORDER <= place[0] <= self.north + ON_BORDER:
            return False
        aside = (place[1] - self.west) % 360
        return aside <= self.east - self.west + ON_BORDER or aside >= 360 - ON_BORDER

    def grown(self, margin_m: float) -> Box:
        """A box with all that is at most so many metres away from this one."""
        if margin_m <= 0:
            return self
        south, north = self.south - margin_m / METRES_PER_DEGREE, self.north + margin_m / METRES_PER_DEGREE
        if south <= -90 or north >= 90:
            return Box(max(-90.0, south), -180.0, min(90.0, north), 180.0)
        # A circle reaches farthest to the side at the tangent that runs through the pole.
        farthest = math.cos(math.radians(max(abs(self.south), abs(self.north))))
        ratio = math.sin(margin_m / EARTH_RADIUS_M) / farthest
        aside = math.degrees(math.asin(min(1.0, ratio)))
        return Box.of(south, self.west - aside, north, self.east + aside)


def box_around(places: list[Place]) -> Box:
    """The smallest box with all places of a line whose longitudes run on beyond 180 degrees."""
    latitudes, longitudes = [place[0] for place in places], [place[1] for place in places]
    return Box.of(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def unrolled(places: list[Place]) -> list[Place]:
    """The same line, with longitudes that run on across the 180th meridian: none is more than half a turn from the one
    before."""
    line: list[Place] = []
    longitude = None
    for place in places:
        longitude = place[1] if longitude is None else longitude + wrapped(place[1] - longitude)
        line.append(Place(place[0], longitude))
    return line
