"""A map file: tiles in one PMTiles archive, version 3. Pure.

One directory, which is written into the first 16 kilobytes: enough for a city.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping

from trackers.simulation.streets import named_streets, parks
from trackers.simulation.vector_tiles import Shape, Tile, tiles_of, varint

_HEADER_BYTES = 127
_DIRECTORY_END = 16_384
_PLAIN, _GZIP = 1, 2
_VECTOR = 1
_ZOOMS = range(8, 15)
# Small streets are seen from here on.
_MINOR_ZOOM = 12


def city_map() -> bytes:
    """The demo's city as a map file, the same on every call."""
    return write_archive(tiles_of(_shapes(), _ZOOMS), {"name": "The demo's city", "attribution": "An imagined city"})


def write_archive(tiles: Mapping[Tile, bytes], metadata: Mapping[str, str]) -> bytes:
    """The archive of these vector tiles, by zoom, column and line. Raises ValueError for more than fit."""
    packed = {tile_number(tile): _gzip(content) for tile, content in tiles.items()}
    numbers = sorted(packed)
    directory = _directory(numbers, [len(packed[number]) for number in numbers])
    if _HEADER_BYTES + len(directory) > _DIRECTORY_END:
        raise ValueError(f"{len(numbers)} tiles are too many for one directory")
    about = json.dumps(dict(metadata)).encode()
    data = b"".join(packed[number] for number in numbers)
    return _header(sorted(tiles), directory, about, data) + directory + about + data


def tile_number(tile: Tile) -> int:
    """Where a tile is in the order of archives: zoom by zoom, each along a Hilbert curve."""
    zoom, column, row = tile
    number = ((1 << 2 * zoom) - 1) // 3
    for level in reversed(range(zoom)):
        side = 1 << level
        right, below = column & side, row & side
        number += side * side * ((3 if right else 0) ^ (1 if below else 0))
        if not below:
            if right:
                column, row = side - 1 - column, side - 1 - row
            column, row = row, column
    return number


def _shapes() -> Iterator[Shape]:
    for outline in parks():
        yield Shape("landuse", outline, {"kind": "park"}, is_area=True, from_zoom=_MINOR_ZOOM - 1)
    for street in named_streets():
        from_zoom = _MINOR_ZOOM if street.kind == "minor_road" else _ZOOMS[0]
        properties: dict[str, str | int] = {"kind": street.kind, "name": street.name, "min_zoom": from_zoom}
        yield Shape("roads", street.line, properties, from_zoom=from_zoom)


def _directory(numbers: list[int], lengths: list[int]) -> bytes:
    steps = [number - before for before, number in zip([0, *numbers], numbers, strict=False)]
    # A run of one each; each content follows the one before, which is written as 0.
    columns = [steps, [1] * len(numbers), lengths, [1, *[0] * (len(numbers) - 1)]]
    return b"".join(map(varint, [len(numbers), *(number for column in columns for number in column)]))


def _gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def _header(tiles: list[Tile], directory: bytes, about: bytes, data: bytes) -> bytes:
    about_at = _HEADER_BYTES + len(directory)
    data_at = about_at + len(about)
    sections = [(_HEADER_BYTES, len(directory)), (about_at, len(about)), (0, 0), (data_at, len(data))]
    west, south, east, north = _bounds(tiles)
    zooms = [zoom for zoom, _, _ in tiles]
    return b"".join(
        [
            b"PMTiles\x03",
            *(struct.pack("<QQ", *section) for section in sections),
            struct.pack("<QQQ", len(tiles), len(tiles), len(tiles)),
            bytes([1, _PLAIN, _GZIP, _VECTOR, min(zooms), max(zooms)]),
            struct.pack("<iiii", *(round(degrees * 1e7) for degrees in (west, south, east, north))),
            bytes([min(zooms)]),
            struct.pack("<ii", round((west + east) * 5e6), round((south + north) * 5e6)),
        ]
    )


def _bounds(tiles: list[Tile]) -> tuple[float, float, float, float]:
    """Degrees west, south, east and north of what the deepest tiles cover."""
    deepest = max(zoom for zoom, _, _ in tiles)
    columns = [column for zoom, column, _ in tiles if zoom == deepest]
    rows = [row for zoom, _, row in tiles if zoom == deepest]
    north, south = (_latitude(row, deepest) for row in (min(rows), max(rows) + 1))
    west, east = (column / 2**deepest * 360 - 180 for column in (min(columns), max(columns) + 1))
    return west, south, east, north


def _latitude(row: int, zoom: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
