"""The points of a period as they are read, in stretches: those of each trip, and those between (history §3.2). Pure.

No more than one piece of a stretch is in memory, so a period may have any length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from trackers.engine.past import Point
from trackers.engine.simplify import simplify, simplify_lines
from trackers.engine.tracks import Span

# So many points of a line are made fewer at once; its ends and those of each piece stay.
PIECE = 5_000
# So many points are kept at most while it is sought which few are to be shown.
MAX_HELD = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """Points in order that belong together. They can be gone through once, before the next line is asked for."""

    trip: Span | None
    """None: it was parked there, as far as is known."""
    points: Iterator[Point]


class _Places:
    """To which trip each point belongs, or between which; asked in the order of time."""

    def __init__(self, trips: Sequence[Span]) -> None:
        self._trips = trips
        self._next = 0

    def find(self, point: Point) -> tuple[int, bool]:
        """The number of the trip, or of the next one, and whether it is in it."""
        while self._next < len(self._trips) and self._trips[self._next].end < point.time:
            self._next += 1
        return self._next, self._next < len(self._trips) and self._trips[self._next].begin <= point.time


def split_lines(points: Iterable[Point], trips: Sequence[Span], *, with_parked: bool) -> Iterator[Line]:
    """The points in lines, with those that belong to no trip if they are wanted."""
    for (number, is_in_trip), group in groupby(points, _Places(trips).find):
        if is_in_trip:
            yield Line(trips[number], group)
        elif with_parked:
            yield Line(None, group)


def thinned(line: Line) -> Line:
    """The line without points that stray little from what is left."""
    return Line(line.trip, _thin(line.points))


def _thin(points: Iterator[Point]) -> Iterator[Point]:
    last: list[Point] = []
    while piece := list(islice(points, PIECE)):
        kept = simplify([last + piece], PIECE + 1)
        # Where a piece ends the next begins, so that no way is lost between them.
        yield from kept[len(last) :]
        last = piece[-1:]


def limited(lines: Iterable[Line], most: int) -> Iterator[Line]:
    """About so many points of all lines, the ends of each with them."""
    trips: list[Span | None] = []
    held: list[list[Point]] = []
    for line in lines:
        trips.append(line.trip)
        held.append([])
        for point in thinned(line).points:
            held[-1].append(point)
            if len(held[-1]) > MAX_HELD:
                held = simplify_lines(held, most)
        if sum(map(len, held)) > MAX_HELD:
            held = simplify_lines(held, most)
    for trip, points in zip(trips, simplify_lines(held, most), strict=True):
        yield Line(trip, iter(points))
