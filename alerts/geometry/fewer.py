"""Fewer points for the same line. Pure."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from alerts.geometry.places import Place, unrolled

Plane = list[tuple[float, float]]


def fewer(places: Sequence[Place], count: int) -> list[int]:
    """Which `count` points, by their place in the line, show the line best; its ends are among them.

    By Douglas and Peucker: again and again the point is taken that strays most from what is left.
    """
    if len(places) <= count:
        return list(range(len(places)))
    plane = _plane(places)
    kept = {0, len(plane) - 1}
    open_parts = [_strayed(plane, 0, len(plane) - 1)]
    while len(kept) < count:
        _, index, first, last = heapq.heappop(open_parts)
        kept.add(index)
        for start, end in ((first, index), (index, last)):
            if end - start > 1:
                heapq.heappush(open_parts, _strayed(plane, start, end))
    return sorted(kept)


def _plane(places: Sequence[Place]) -> Plane:
    scale = math.cos(math.radians(places[0].latitude))
    return [(place.longitude * scale, place.latitude) for place in unrolled(list(places))]


def _strayed(plane: Plane, first: int, last: int) -> tuple[float, int, int, int]:
    """How far the worst point between two strays, negative, so that the worst of all comes first; and which it is."""
    (x, y), (end_x, end_y) = plane[first], plane[last]
    dx, dy = end_x - x, end_y - y
    square = dx * dx + dy * dy
    worst, found = -1.0, first + 1
    for index in range(first + 1, last):
        px, py = plane[index][0] - x, plane[index][1] - y
        along = min(1.0, max(0.0, (px * dx + py * dy) / square)) if square else 0.0
        off = (px - along * dx) ** 2 + (py - along * dy) ** 2
        if off > worst:
            worst, found = off, index
    return -worst, found, first, last
