"""The streets of the imagined city with their names, as a map shows them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trackers.simulation.city import Cell, Road, geographic, place_of, roads_of_city

# Degrees: longitude, latitude.
Position = tuple[float, float]
_KIND_OF_KMH = {30: "minor_road", 50: "major_road", 60: "major_road", 70: "highway"}
_RINGS = {50: "Inner Ring", 70: "Outer Ring"}
# Blocks that are parks: one in so many, where both numbers of the block are right.
_PARK_EVERY = 5


@dataclass(frozen=True, slots=True)
class NamedStreet:
    """A street from one end to the other, or a piece of it between gaps."""

    name: str
    kind: str
    """As the tile schema of Protomaps calls it."""
    line: tuple[Position, ...]


def named_streets() -> list[NamedStreet]:
    """All streets, the same on every call."""
    groups: dict[tuple[str, str], list[tuple[Cell, Cell]]] = defaultdict(list)
    for start, end, limit in roads_of_city():
        groups[_name_of((start, end, limit)), _KIND_OF_KMH[limit]].append((start, end))
    return [
        NamedStreet(name, kind, tuple(map(_position, chain)))
        for (name, kind), pieces in groups.items()
        for chain in _chains(pieces)
    ]


def parks() -> Iterator[tuple[Position, ...]]:
    """The outlines of blocks without houses, closed."""
    cells = {cell for start, end, _ in roads_of_city() for cell in (start, end)}
    for column, row in sorted(cells):
        corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
        if (column * 3 + row * 7) % (_PARK_EVERY**2) == 0 and cells.issuperset(corners):
            yield tuple(map(_position, [*corners, corners[0]]))


def _name_of(road: Road) -> str:
    (column, row), (next_column, next_row), limit = road
    if column != next_column and row != next_row:
        is_boulevard = abs(column) == abs(row) and abs(next_column) == abs(next_row)
        if not is_boulevard:
            return _RINGS[limit]
        return "Kestrel Boulevard" if column * row > 0 or next_column * next_row > 0 else "Heron Boulevard"
    if limit == max(_RINGS):
        return _RINGS[limit]
    if column == next_column:
        return _numbered(column, "Central Avenue", ("East", "West"), "Avenue")
    return _numbered(row, "Main Street", ("North", "South"), "Street")


def _numbered(number: int, middle: str, sides: tuple[str, str], kind: str) -> str:
    if number == 0:
        return middle
    return f"{sides[0] if number > 0 else sides[1]} {_ordinal(abs(number))} {kind}"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 != 1 else "th"
    return f"{number}{ending}"


def _position(cell: Cell) -> Position:
    latitude, longitude = geographic(place_of(cell))
    return longitude, latitude


def _chains(pieces: Iterable[tuple[Cell, Cell]]) -> Iterator[Sequence[Cell]]:
    """The pieces put together to lines that are as long as may be."""
    ways: dict[Cell, list[Cell]] = defaultdict(list)
    for start, end in pieces:
        ways[start].append(end)
        ways[end].append(start)
    ends = [cell for cell, nexts in ways.items() if len(nexts) != 2]
    for start in [*ends, *ways]:
        while ways[start]:
            yield _walk(ways, start)


def _walk(ways: dict[Cell, list[Cell]], start: Cell) -> list[Cell]:
    chain = [start]
    while ways[chain[-1]]:
        here = chain[-1]
        there = ways[here].pop()
        ways[there].remove(here)
        chain.append(there)
    return chain
