"""Which of many zones may be near a place, by their boxes. Pure.

Each box lies in the cells of one grid, of which a cell is at least as large as the box: so a box is in four cells at
most, and a place is looked for in a few cells of each grid, however many boxes there are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.geometry.cells import Cell, cells_of, level_of
from alerts.geometry.places import METRES_PER_DEGREE, Box, Place, wrapped
from alerts.geometry.shapes import Shape

# Two sides of a cell's edge are one place, however it was rounded: degrees, a millimetre.
_ROUNDING = 0.001 / METRES_PER_DEGREE
# So many are tried sooner than looked for.
_FEW = 4

Cells = Mapping[Cell, list[int]]


@dataclass(frozen=True, slots=True)
class ZoneIndex:
    """The boxes of zones by where they lie."""

    boxes: Mapping[int, Box]
    grids: Mapping[int, Cells]

    @classmethod
    def of(cls, shapes: Mapping[int, Shape]) -> ZoneIndex:
        """The index of these shapes, by the ids of their zones."""
        grids: dict[int, dict[Cell, list[int]]] = defaultdict(lambda: defaultdict(list))
        boxes = {zone_id: shape.box for zone_id, shape in shapes.items()}
        for zone_id, box in boxes.items():
            level = level_of(box)
            for cell in cells_of(box, level):
                grids[level][cell].append(zone_id)
        return cls(boxes, {level: dict(cells) for level, cells in grids.items()})

    def near(self, place: Place, margin_m: float = 0.0) -> list[int]:
        """The zones in whose boxes the place is, or at most so many metres away, by id."""
        reach = _about(place).grown(margin_m)
        return sorted({zone_id for zone_id in self._candidates(reach) if _overlap(self.boxes[zone_id], reach)})

    def _candidates(self, reach: Box) -> Iterable[int]:
        if len(self.boxes) <= _FEW:
            return self.boxes
        return (zone_id for level, grid in self.grids.items() for zone_id in _zones_in(grid, reach, level))


def _about(place: Place) -> Box:
    """A millimetre to each side; at a pole that is all around."""
    latitude, longitude = place
    if abs(latitude) + _ROUNDING >= 90:
        return Box(max(-90.0, latitude - _ROUNDING), -180.0, min(90.0, latitude + _ROUNDING), 180.0)
    aside = _ROUNDING / math.cos(math.radians(latitude))
    west = wrapped(longitude - aside)
    return Box(latitude - _ROUNDING, west, latitude + _ROUNDING, west + 2 * aside)


def _zones_in(grid: Cells, reach: Box, level: int) -> Iterable[int]:
    """The zones of the cells that the reach touches; all of them, when these are fewer than such cells."""
    width = (reach.east - reach.west) / 360 * 2**level + 2
    height = (reach.north - reach.south) / 360 * 2**level + 2
    if width * height > max(len(grid), 16):
        return (zone_id for zones in grid.values() for zone_id in zones)
    return (zone_id for cell in cells_of(reach, level) for zone_id in grid.get(cell, ()))


def _overlap(a: Box, b: Box) -> bool:
    if a.south > b.north or b.south > a.north:
        return False
    return (b.west - a.west) % 360 <= a.east - a.west or (a.west - b.west) % 360 <= b.east - b.west
