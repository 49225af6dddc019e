"""The imagined city: a bent grid of streets with avenues, two ring roads and two diagonal boulevards. Pure.

It lies on the plain of Pest, wholly east of the Danube, so that no vehicle drives on water whatever map is
shown. Its streets are not the real ones: road data would have to be fetched, licensed and shipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from trackers.simulation.roads import Point, RoadNetwork, Street

CENTRE_LATITUDE = 47.4990
CENTRE_LONGITUDE = 19.1250

_METRES_PER_DEGREE = 111_320.0
_BLOCK_M = 250.0
_BLOCKS = 20
# Straight parallels look drawn with a ruler: lines swing this far over some twenty blocks, and all is turned.
_SWING_M = 140.0
_TURN_RAD = math.radians(17)
_AVENUE_EVERY = 4
# Octagons: blocks from the middle to a side, and half the blocks of that side. Their corners are junctions.
_INNER_RING = (7, 3)
_OUTER_RING = (17, 7)
_RESIDENTIAL_KMH, _AVENUE_KMH, _BOULEVARD_KMH, _OUTER_RING_KMH = 30, 50, 60, 70
# Blocks of different sizes and T-junctions instead of a chessboard.
_MISSING_SHARE = 0.2
_MISSING_SEED = 7

# A junction of the grid: blocks to the east and to the north of the middle.
Cell = tuple[int, int]
# Two neighbouring junctions and the limit of the road between them in km/h.
Road = tuple[Cell, Cell, int]


def build_city() -> RoadNetwork:
    """The network, the same on every call."""
    return _network(sorted(_cells()), roads_of_city())


def roads_of_city() -> list[Road]:
    """All roads from junction to junction, each once, the same on every call."""
    cells = _cells()
    roads = [road for road in _roads(sorted(cells)) if cells.issuperset(road[:2])]
    return _thin_out(roads)


def geographic(point: Point) -> tuple[float, float]:
    """Latitude and longitude of a point, in degrees."""
    metres_per_longitude = _METRES_PER_DEGREE * math.cos(math.radians(CENTRE_LATITUDE))
    return (
        CENTRE_LATITUDE + point.north_m / _METRES_PER_DEGREE,
        CENTRE_LONGITUDE + point.east_m / metres_per_longitude,
    )


def altitude_m(point: Point) -> float:
    """The height of the ground: gentle waves, rising to the east, as on the real plain."""
    waves = 4 * math.sin(point.east_m / 900) + 3 * math.sin(point.north_m / 700)
    return 115 + point.east_m / 500 + waves


def _cells() -> set[Cell]:
    return _without_dead_ends({cell for cell in _square() if math.hypot(*cell) <= _BLOCKS})


def _square() -> Iterator[Cell]:
    for column in range(-_BLOCKS, _BLOCKS + 1):
        for row in range(-_BLOCKS, _BLOCKS + 1):
            yield column, row


def _without_dead_ends(cells: set[Cell]) -> set[Cell]:
    """Takes away the tips at the edge of the city, from where a vehicle could only turn back."""
    return {
        (column, row)
        for column, row in cells
        if len(cells & {(column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)}) > 1
    }


def _roads(cells: list[Cell]) -> Iterator[Road]:
    for column, row in cells:
        cell = column, row
        for neighbour in ((column + 1, row), (column, row + 1)):
            yield cell, neighbour, _straight_limit(cell, neighbour)
        for neighbour in ((column + 1, row + 1), (column + 1, row - 1)):
            limit = _diagonal_limit(cell, neighbour)
            if limit is not None:
                yield cell, neighbour, limit


def _straight_limit(cell: Cell, neighbour: Cell) -> int:
    if _on_ring(cell, _OUTER_RING) and _on_ring(neighbour, _OUTER_RING):
        return _OUTER_RING_KMH
    if _on_ring(cell, _INNER_RING) and _on_ring(neighbour, _INNER_RING):
        return _AVENUE_KMH
    line = cell[0] if cell[0] == neighbour[0] else cell[1]
    return _RESIDENTIAL_KMH if line % _AVENUE_EVERY else _AVENUE_KMH


def _diagonal_limit(cell: Cell, neighbour: Cell) -> int | None:
    if abs(cell[0]) == abs(cell[1]) and abs(neighbour[0]) == abs(neighbour[1]):
        return _BOULEVARD_KMH
    if _on_ring(cell, _OUTER_RING) and _on_ring(neighbour, _OUTER_RING):
        return _OUTER_RING_KMH
    if _on_ring(cell, _INNER_RING) and _on_ring(neighbour, _INNER_RING):
        return _AVENUE_KMH
    return None


def _on_ring(cell: Cell, ring: tuple[int, int]) -> bool:
    side, half = ring
    far, near = max(abs(cell[0]), abs(cell[1])), min(abs(cell[0]), abs(cell[1]))
    return (far == side and near <= half) or (far + near == side + half and near >= half)


def _thin_out(roads: list[Road]) -> list[Road]:
    """Takes away some residential streets, but leaves three ways at every junction that had them."""
    rng = Random(_MISSING_SEED)
    ways: dict[Cell, int] = {}
    for start, end, _ in roads:
        ways[start] = ways.get(start, 0) + 1
        ways[end] = ways.get(end, 0) + 1
    kept = []
    for start, end, limit in roads:
        can_miss = limit == _RESIDENTIAL_KMH and min(ways[start], ways[end]) > 3
        if can_miss and rng.random() < _MISSING_SHARE:
            ways[start] -= 1
            ways[end] -= 1
        else:
            kept.append((start, end, limit))
    return kept


def _network(cells: list[Cell], roads: list[Road]) -> RoadNetwork:
    numbers = {cell: number for number, cell in enumerate(cells)}
    junctions = tuple(place_of(cell) for cell in numbers)
    exits: list[list[Street]] = [[] for _ in numbers]
    for start, end, limit in roads:
        for one, other in ((numbers[start], numbers[end]), (numbers[end], numbers[start])):
            length_m = junctions[one].distance_m(junctions[other])
            exits[one].append(Street(one, other, length_m, limit / 3.6))
    lights = frozenset(number for number, streets in enumerate(exits) if _needs_lights(streets))
    return RoadNetwork(junctions, tuple(map(tuple, exits)), lights)


def _needs_lights(streets: list[Street]) -> bool:
    return sum(street.limit_mps * 3.6 > _RESIDENTIAL_KMH + 1 for street in streets) >= 3


def place_of(cell: Cell) -> Point:
    """Where a junction is."""
    column, row = cell
    east = _BLOCK_M * column + _SWING_M * math.sin(math.tau * row / 23 + 0.6)
    north = _BLOCK_M * row + _SWING_M * math.sin(math.tau * column / 19 + 2.1)
    cosine, sine = math.cos(_TURN_RAD), math.sin(_TURN_RAD)
    return Point(east * cosine - north * sine, east * sine + north * cosine)
