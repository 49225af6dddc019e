"""What an OSRM answers about a way, as the API tells it (records §12). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trackers.engine.past import Point
from trackers.engine.simplify import simplify_lines

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Position = tuple[float, float]
"""Latitude, longitude."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way from place to place."""

    distance_m: float
    duration_s: float
    legs: Sequence[Sequence[Position]]
    """From each place to the next; where one ends the next begins."""


def read_way(answer: Any) -> Way | None:
    """The first way, or None when there is none or the answer cannot be understood."""
    try:
        found = answer["routes"][0]
        legs = [[one for step in leg["steps"] for one in _line(step["geometry"])] for leg in found["legs"]]
        way = Way(float(found["distance"]), float(found["duration"]), legs)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    is_whole = bool(legs) and all(legs) and math.isfinite(way.distance_m) and math.isfinite(way.duration_s)
    return way if is_whole else None


def _line(geometry: Any) -> list[Position]:
    return [(float(latitude), float(longitude)) for longitude, latitude, *_ in geometry["coordinates"]]


def render_way(way: Way, most: int | None) -> dict[str, Any]:
    """The way as clients read it, of no more points than asked for where the ends of legs leave room."""
    legs = list(way.legs) if most is None else _fewer(way.legs, most)
    places: list[Position] = [legs[0][0]]
    key_ids = [0]
    for leg in legs:
        places += [one for before, one in zip(leg, leg[1:], strict=False) if one != before]
        key_ids.append(len(places) - 1)
    return {
        "distance": round(way.distance_m),
        "time": round(way.duration_s),
        "list": [_location(one) for one in places],
        "key_points": [{"id": number, **_location(places[number])} for number in key_ids],
    }


def _location(place: Position) -> dict[str, float]:
    return {"lat": place[0], "lng": place[1]}


def _fewer(legs: Sequence[Sequence[Position]], most: int) -> list[list[Position]]:
    lines = [[Point(_EPOCH, *one) for one in leg] for leg in legs]
    # The end of a leg and the begin of the next are one point.
    kept = simplify_lines(lines, most + len(legs) - 1)
    return [[(one.latitude, one.longitude) for one in line] for line in kept]
