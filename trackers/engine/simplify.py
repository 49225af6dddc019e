"""Fewer points for the same line (history §3.2). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackers.engine.past import Point

TOLERANCE_M = 10.0
_METRES_PER_DEGREE = math.radians(1) * 6_371_000
# Beyond this tolerance the earth has no more lines to tell apart.
_MAX_TOLERANCE_M = 1e8

Plane = list[tuple[float, float]]


def simplify(lines: Sequence[Sequence[Point]], most: int) -> list[Point]:
    """The points of some lines that `simplify_lines` leaves."""
    return [point for line in simplify_lines(lines, most) for point in line]


def simplify_lines(lines: Sequence[Sequence[Point]], most: int) -> list[list[Point]]:
    """Each line without the points that stray no more than TOLERANCE_M from what is left.

    The ends of each line stay. Where more than `most` would be left of all the tolerance grows until it suffices; ends
    alone may be more.
    """
    planes = [_project(line) for line in lines]
    tolerance = TOLERANCE_M
    while True:
        kept = [_kept(plane, tolerance) for plane in planes]
        if sum(map(len, kept)) <= most or tolerance > _MAX_TOLERANCE_M:
            return [[line[index] for index in indexes] for line, indexes in zip(lines, kept, strict=True)]
        tolerance *= 2


def _project(line: Sequence[Point]) -> Plane:
    """Metres east and north on a plane, good enough for what is near."""
    if not line:
        return []
    scale = math.cos(math.radians(line[0].latitude)) * _METRES_PER_DEGREE
    return [(point.longitude * scale, point.latitude * _METRES_PER_DEGREE) for point in line]


def _kept(plane: Plane, tolerance: float) -> list[int]:
    """By Douglas and Peucker, without recursion: a line of a day is deeper than Python's stack."""
    kept = {0, len(plane) - 1} if plane else set()
    open_parts = [(0, len(plane) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        farthest, distance = _farthest(plane, first, last)
        if distance > tolerance:
            kept.add(farthest)
            open_parts += [(first, farthest), (farthest, last)]
    return sorted(kept)


def _farthest(plane: Plane, first: int, last: int) -> tuple[int, float]:
    """Which point between two strays most from the straight way, and how far."""
    if last - first < 2:
        return first, 0.0
    (x, y), (end_x, end_y) = plane[first], plane[last]
    dx, dy = end_x - x, end_y - y
    square = dx * dx + dy * dy
    worst, found = -1.0, first
    for index in range(first + 1, last):
        px, py = plane[index][0] - x, plane[index][1] - y
        along = min(1.0, max(0.0, (px * dx + py * dy) / square)) if square else 0.0
        off_x, off_y = px - along * dx, py - along * dy
        off = off_x * off_x + off_y * off_y
        if off > worst:
            worst, found = off, index
    return found, math.sqrt(worst)
