"""Lines and areas as tiles in the format of Mapbox, version 2. Pure.

Only what a map of streets takes: texts and whole numbers as properties, no holes, no points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

EXTENT = 4096
# What lies so far outside belongs to a tile as well, so that wide lines have no seams.
_MARGIN = 128
_VARINT, _BYTES = 0, 2
_LINE, _AREA = 2, 3
_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7

# In the units of a tile, from its north-west corner.
Pixel = tuple[float, float]
Tile = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """Something on the map; an area is closed, its last position is its first."""

    layer: str
    positions: Sequence[tuple[float, float]]
    """Longitude and latitude in degrees."""
    properties: Mapping[str, str | int]
    is_area: bool = False
    from_zoom: int = 0


@dataclass(slots=True)
class _Layer:
    features: list[bytes] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    values: dict[str | int, int] = field(default_factory=dict)


def tiles_of(shapes: Iterable[Shape], zooms: Iterable[int]) -> dict[Tile, bytes]:
    """The tiles, by zoom, column and line, that hold anything."""
    shapes = list(shapes)
    return {tile: _encode(layers) for zoom in zooms for tile, layers in _layers_at(shapes, zoom).items()}


def _layers_at(shapes: list[Shape], zoom: int) -> dict[Tile, dict[str, _Layer]]:
    tiles: dict[Tile, dict[str, _Layer]] = {}
    for shape in shapes:
        if zoom < shape.from_zoom:
            continue
        line = [_project(position, zoom) for position in shape.positions]
        for column, row in _touched(line):
            pixels = [((x - column) * EXTENT, (y - row) * EXTENT) for x, y in line]
            parts = [pixels] if shape.is_area else _clipped(pixels)
            if parts:
                layers = tiles.setdefault((zoom, column, row), {})
                _add(layers.setdefault(shape.layer, _Layer()), shape, parts)
    return tiles


def _project(position: tuple[float, float], zoom: int) -> Pixel:
    longitude, latitude = position
    north = math.asinh(math.tan(math.radians(latitude)))
    return (longitude + 180) / 360 * 2**zoom, (1 - north / math.pi) / 2 * 2**zoom


def _touched(line: list[Pixel]) -> set[tuple[int, int]]:
    """The tiles that a line's box touches, counted with their margins."""
    margin = _MARGIN / EXTENT
    columns, rows = ([point[axis] for point in line] for axis in (0, 1))
    return {
        (column, row)
        for column in range(math.floor(min(columns) - margin), math.floor(max(columns) + margin) + 1)
        for row in range(math.floor(min(rows) - margin), math.floor(max(rows) + margin) + 1)
    }


def _clipped(line: list[Pixel]) -> list[list[Pixel]]:
    """What of a line is inside of the tile and its margin, in parts."""
    parts: list[list[Pixel]] = []
    for start, end in zip(line, line[1:], strict=False):
        inside = _clip(start, end)
        if inside is None:
            continue
        if parts and parts[-1][-1] == inside[0]:
            parts[-1].append(inside[1])
        else:
            parts.append(list(inside))
    return parts


def _clip(start: Pixel, end: Pixel) -> tuple[Pixel, Pixel] | None:
    """The piece of a straight line that is inside (after Liang and Barsky)."""
    first, last = 0.0, 1.0
    for axis in (0, 1):
        step = end[axis] - start[axis]
        for ahead, room in ((-step, start[axis] + _MARGIN), (step, EXTENT + _MARGIN - start[axis])):
            if ahead == 0 and room < 0:
                return None
            if ahead < 0:
                first = max(first, room / ahead)
            elif ahead > 0:
                last = min(last, room / ahead)
    if first >= last:
        return None
    return _between(start, end, first), _between(start, end, last)


def _between(start: Pixel, end: Pixel, part: float) -> Pixel:
    if part in (0.0, 1.0):
        return end if part else start
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _add(layer: _Layer, shape: Shape, parts: list[list[Pixel]]) -> None:
    tags: list[int] = []
    for key, value in shape.properties.items():
        tags += [layer.keys.setdefault(key, len(layer.keys)), layer.values.setdefault(value, len(layer.values))]
    kind = _AREA if shape.is_area else _LINE
    feature = _packed(2, tags) + _number(3, kind) + _packed(4, _geometry(parts, shape.is_area))
    layer.features.append(feature)


def _geometry(parts: list[list[Pixel]], is_area: bool) -> list[int]:
    commands: list[int] = []
    at = (0, 0)
    for part in parts:
        points = [(round(x), round(y)) for x, y in (part[:-1] if is_area else part)]
        for index, point in enumerate(points):
            if index == 0:
                commands.append(_MOVE_TO | 1 << 3)
            elif index == 1:
                commands.append(_LINE_TO | len(points) - 1 << 3)
            commands += [_zigzag(point[0] - at[0]), _zigzag(point[1] - at[1])]
            at = point
        if is_area:
            commands.append(_CLOSE | 1 << 3)
    return commands


def _encode(layers: Mapping[str, _Layer]) -> bytes:
    return b"".join(_field(3, _encode_layer(name, layer)) for name, layer in sorted(layers.items()))


def _encode_layer(name: str, layer: _Layer) -> bytes:
    features = b"".join(_field(2, feature) for feature in layer.features)
    keys = b"".join(_field(3, key.encode()) for key in layer.keys)
    values = b"".join(_field(4, _value(value)) for value in layer.values)
    return _number(15, 2) + _field(1, name.encode()) + features + keys + values + _number(5, EXTENT)


def _value(value: str | int) -> bytes:
    return _field(1, value.encode()) if isinstance(value, str) else _number(5, value)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def varint(number: int) -> bytes:
    """The number in groups of seven bits, the lowest first."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _number(key: int, value: int) -> bytes:
    return varint(key << 3 | _VARINT) + varint(value)


def _field(key: int, value: bytes) -> bytes:
    return varint(key << 3 | _BYTES) + varint(len(value)) + value


def _packed(key: int, values: Iterable[int]) -> bytes:
    return _field(key, b"".join(map(varint, values)))
