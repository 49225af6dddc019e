"""What an OSRM answers about a way, as the API tells it (records §12). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, chain
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
    ends: Sequence[tuple[float, float]]
    """Of the legs: metres and seconds from the start."""


def read_way(answer: Any) -> Way | None:
    """The first way, or None when there is none or the answer cannot be understood."""
    try:
        found = answer["routes"][0]
        legs = [[one for step in leg["steps"] for one in _line(step["geometry"])] for leg in found["legs"]]
        lengths, times = ([float(leg[name]) for leg in found["legs"]] for name in ("distance", "duration"))
        ends = list(zip(accumulate(lengths), accumulate(times), strict=True))
        way = Way(float(found["distance"]), float(found["duration"]), legs, ends)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    numbers = (way.distance_m, way.duration_s, *chain(*ends))
    return way if legs and all(legs) and all(map(math.isfinite, numbers)) else None


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
        "key_points": [
            {"id": number, **_location(places[number]), "distance": round(metres), "time": round(seconds)}
            for number, (metres, seconds) in zip(key_ids, [(0.0, 0.0), *way.ends], strict=True)
        ],
    }


def _location(place: Position) -> dict[str, float]:
    return {"lat": place[0], "lng": place[1]}


def _fewer(legs: Sequence[Sequence[Position]], most: int) -> list[list[Position]]:
    lines = [[Point(_EPOCH, *one) for one in leg] for leg in legs]
    # The end of a leg and the begin of the next are one point.
    kept = simplify_lines(lines, most + len(legs) - 1)
    return [[(one.latitude, one.longitude) for one in line] for line in kept]
