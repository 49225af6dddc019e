"""Cells of the earth: squares of degrees, in grids of which each has cells half as wide as the one before. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from alerts.geometry.places import Box

# A cell of the finest grid is 360 / 2**15 degrees wide, some 1200 metres.
FINEST_LEVEL = 15

Cell = tuple[int, int]


def level_of(box: Box) -> int:
    """The finest grid in which a cell is no smaller than the box, which therefore is in four of its cells at most."""
    size = max(box.east - box.west, box.north - box.south, 360 / 2**FINEST_LEVEL)
    return math.floor(math.log2(360 / size))


def cells_of(box: Box, level: int) -> Iterator[Cell]:
    """The cells that the box touches, each once."""
    count = 2**level
    rows = range(_row(box.south, count), _row(box.north, count) + 1)
    columns = range(_column(box.west, count), _column(box.east, count) + 1)
    # Around the earth and back is the same cell.
    for row in rows:
        yield from ((row, column) for column in dict.fromkeys(column % count for column in columns))


def cell_at(place: tuple[float, float], level: int) -> Cell:
    """The cell in which a place is."""
    count = 2**level
    return _row(place[0], count), _column(place[1], count) % count


def _row(latitude: float, count: int) -> int:
    return math.floor((latitude + 90) / 360 * count)


def _column(longitude: float, count: int) -> int:
    return math.floor((longitude + 180) / 360 * count)
