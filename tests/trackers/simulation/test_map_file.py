"""The map of the imagined city is an archive that others read, of the streets that its vehicles drive on."""

from __future__ import annotations

import struct
import zlib

import pytest

from trackers.simulation.city import build_city, geographic
from trackers.simulation.map_file import city_map, tile_number, write_archive
from trackers.simulation.streets import named_streets
from trackers.simulation.vector_tiles import Shape, tiles_of


@pytest.mark.parametrize(
    ("tile", "number"),
    # As the format's own description has them.
    [
        ((0, 0, 0), 0),
        ((1, 0, 0), 1),
        ((1, 0, 1), 2),
        ((1, 1, 1), 3),
        ((1, 1, 0), 4),
        ((2, 0, 0), 5),
        ((12, 3423, 1763), 19078479),
    ],
)
def test_tiles_are_numbered_along_the_curve(tile: tuple[int, int, int], number: int) -> None:
    assert tile_number(tile) == number


def test_every_street_of_the_network_has_a_name() -> None:
    network = build_city()
    roads = sum(map(len, network.exits)) // 2
    streets = named_streets()
    assert sum(len(street.line) - 1 for street in streets) == roads
    corners = {(round(lng, 9), round(lat, 9)) for lat, lng in map(geographic, network.junctions)}
    assert {(round(lng, 9), round(lat, 9)) for street in streets for lng, lat in street.line} == corners
    assert {"Main Street", "Central Avenue", "Outer Ring", "North 3rd Street", "West 11th Avenue"} <= {
        street.name for street in streets
    }


def test_archive_says_where_its_tiles_are() -> None:
    tiles = {(1, 1, 0): b"north-east", (0, 0, 0): b"world"}
    archive = write_archive(tiles, {"name": "Town"})
    (data_at,) = struct.unpack_from("<Q", archive, 56)
    assert archive[:8] == b"PMTiles\x03"
    directory = archive[127 : 127 + struct.unpack_from("<Q", archive, 16)[0]]
    count, first, step, _, _, length = directory[:6]
    assert (count, first, step) == (2, 0, 4)
    assert zlib.decompress(archive[data_at : data_at + length], 31) == b"world"
    assert city_map() == city_map()


def test_too_many_tiles_for_one_directory_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        write_archive({(8, column, row): b"" for column in range(100) for row in range(100)}, {})


def test_line_is_cut_at_the_tile_that_it_leaves() -> None:
    tiles = tiles_of([Shape("roads", [(-90, 40), (90, 40)], {"name": "Long Way"})], [1])
    assert set(tiles) == {(1, 0, 0), (1, 1, 0)}
    assert all(b"Long Way" in tile for tile in tiles.values())
