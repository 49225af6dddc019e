"""A street network on a plane, and the quickest way through it. Pure."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    """A place in metres east and north of the middle of the city."""

    east_m: float
    north_m: float

    def distance_m(self, other: Point) -> float:
        """The straight way to the other point."""
        return math.hypot(other.east_m - self.east_m, other.north_m - self.north_m)


@dataclass(frozen=True, slots=True)
class Street:
    """The straight piece of road from one junction to the next, in one direction."""

    start: int
    end: int
    length_m: float
    limit_mps: float


@dataclass(frozen=True, slots=True)
class RoadNetwork:
    """Junctions by number, and the streets that leave each of them. No junction is a dead end."""

    junctions: tuple[Point, ...]
    exits: tuple[tuple[Street, ...], ...]
    lights: frozenset[int]
    """The junctions with traffic lights."""

    @property
    def top_limit_mps(self) -> float:
        """The highest limit anywhere."""
        return max(street.limit_mps for exits in self.exits for street in exits)

    def point_on(self, street: Street, fraction: float) -> Point:
        """The point at that fraction (0 to 1) of the street."""
        start, end = self.junctions[street.start], self.junctions[street.end]
        return Point(
            start.east_m + (end.east_m - start.east_m) * fraction,
            start.north_m + (end.north_m - start.north_m) * fraction,
        )


def find_route(network: RoadNetwork, first: Street, goal: int) -> list[Street]:
    """The quickest streets from `first`, which is the first of them, to the junction `goal`.

    Never turns back at the end of `first`: a vehicle can only go on. Raises ValueError when there is no way.
    """
    arrivals: dict[int, Street] = {first.end: first}
    best_s = {first.end: 0.0}
    ahead = [(0.0, first.end)]
    top_limit_mps = network.top_limit_mps
    target = network.junctions[goal]
    while ahead:
        _, junction = heapq.heappop(ahead)
        if junction == goal:
            return _trace_back(arrivals, first, goal)
        for street in network.exits[junction]:
            duration_s = best_s[junction] + street.length_m / street.limit_mps
            is_u_turn = junction == first.end and street.end == first.start
            if not is_u_turn and duration_s < best_s.get(street.end, math.inf):
                best_s[street.end] = duration_s
                arrivals[street.end] = street
                rest_s = network.junctions[street.end].distance_m(target) / top_limit_mps
                heapq.heappush(ahead, (duration_s + rest_s, street.end))
    raise ValueError(f"no way leads to junction {goal}")


def _trace_back(arrivals: dict[int, Street], first: Street, goal: int) -> list[Street]:
    route = [arrivals[goal]]
    while route[-1] is not first:
        route.append(arrivals[route[-1].start])
    return route[::-1]
