"""Areas: what they hold, how they are asked for, and by which word a tracker counts (decision 109)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.errors import ApiError
from alerts.geometry.cells import cell_at, cells_of, level_of
from events.protocol.area import Area, read_area, status_of
from trackers.engine.state import ConnectionStatus
from trackers.engine.trips import MovementStatus

TOWN, FIJI, WORLD = Area(48.0, 11.0, 47.0, 12.0), Area(-15.0, 176.0, -20.0, -178.0), Area(90.0, -180.0, -90.0, 180.0)


@pytest.mark.parametrize(
    ("area", "place", "is_held"),
    [
        (TOWN, (47.5, 11.5), True),
        (TOWN, (48.0, 12.0), True),
        (TOWN, (47.0, 11.0), True),
        (TOWN, (48.000001, 11.5), False),
        (TOWN, (46.9, 11.5), False),
        (TOWN, (47.5, 12.1), False),
        (TOWN, (47.5, 10.9), False),
        (TOWN, None, False),
        (FIJI, (-17.0, 179.0), True),
        (FIJI, (-17.0, -179.0), True),
        (FIJI, (-17.0, 180.0), True),
        (FIJI, (-17.0, -180.0), True),
        (FIJI, (-17.0, 0.0), False),
        (FIJI, (-17.0, 175.9), False),
        (FIJI, (-17.0, -177.9), False),
        (Area(1.0, 170.0, 0.0, 180.0), (0.5, -180.0), True),
        (Area(1.0, -180.0, 0.0, -170.0), (0.5, 180.0), True),
        (WORLD, (0.0, 0.0), True),
        (WORLD, (-90.0, -180.0), True),
        (WORLD, None, False),
        (Area(47.5, 11.5, 47.5, 11.5), (47.5, 11.5), True),
        (Area(47.5, 11.5, 47.5, 11.5), (47.5, -11.5), False),
    ],
)
def test_area_holds_what_is_between_its_borders(area: Area, place: tuple[float, float] | None, is_held: bool) -> None:
    assert area.holds(place) is is_held


def bounds(north: Any, west: Any, south: Any, east: Any) -> dict[str, Any]:
    return {"type": "area", "bounds": {"nw": {"lat": north, "lng": west}, "se": {"lat": south, "lng": east}}}


def test_bounds_are_read_as_two_corners() -> None:
    assert read_area("target", bounds(48, 11.0, "47", 12)) == TOWN
    assert read_area("target", bounds(-15, 176, -20, -178)) == FIJI


@pytest.mark.parametrize(
    ("target", "parameter"),
    [
        ({"type": "area"}, "bounds"),
        ({"type": "area", "bounds": None}, "bounds"),
        ({"type": "area", "bounds": [48, 11, 47, 12]}, "bounds"),
        ({"type": "area", "bounds": {}}, "bounds.nw"),
        ({"type": "area", "bounds": {"nw": {"lat": 1, "lng": 1}}}, "bounds.se"),
        ({"type": "area", "bounds": {"nw": "1,1", "se": "0,2"}}, "bounds.nw"),
        (bounds(None, 11, 47, 12), "bounds.nw.lat"),
        (bounds(48, "east", 47, 12), "bounds.nw.lng"),
        (bounds(48, True, 47, 12), "bounds.nw.lng"),
        (bounds(90.1, 11, 47, 12), "bounds.nw.lat"),
        (bounds(48, 11, -90.1, 12), "bounds.se.lat"),
        (bounds(48, -180.5, 47, 12), "bounds.nw.lng"),
        (bounds(48, 11, 47, 372), "bounds.se.lng"),
        (bounds(47, 11, 48, 12), "bounds"),
    ],
)
def test_bounds_that_are_none_are_refused_by_name(target: dict[str, Any], parameter: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_area("target", target)
    assert [error.parameter for error in caught.value.errors] == [f"target.{parameter}"]


degrees = st.floats(-180.0, 180.0)
latitudes = st.floats(-90.0, 90.0)


@given(st.tuples(latitudes, latitudes), degrees, degrees, st.tuples(latitudes, degrees))
def test_what_an_area_holds_is_in_its_cells(
    borders: tuple[float, float], west: float, east: float, place: tuple[float, float]
) -> None:
    area = Area(max(borders), west, min(borders), east)
    level = level_of(area.box)
    cells = list(cells_of(area.box, level))
    assert len(cells) <= 4
    assert not area.holds(place) or cell_at(place, level) in cells


@pytest.mark.parametrize(
    ("connection", "movement", "is_blocked", "word"),
    [
        (ConnectionStatus.ACTIVE, MovementStatus.MOVING, False, "moving"),
        (ConnectionStatus.ACTIVE, MovementStatus.PARKED, False, "parked"),
        (ConnectionStatus.OFFLINE, MovementStatus.MOVING, False, "offline"),
        (ConnectionStatus.JUST_REGISTERED, MovementStatus.PARKED, False, "just_registered"),
        (ConnectionStatus.ACTIVE, MovementStatus.MOVING, True, "blocked"),
    ],
)
def test_tracker_counts_by_one_word(connection: str, movement: str, is_blocked: bool, word: str) -> None:
    assert status_of(connection, movement, is_blocked=is_blocked) == word
