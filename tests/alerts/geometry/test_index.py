"""Which zones may be near a place."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.geometry.index import ZoneIndex
from alerts.geometry.places import Place
from alerts.geometry.shapes import Circle, Polygon, Shape

PLACES = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))
CIRCLES = st.builds(Circle, PLACES, st.floats(1, 300_000))
BORDERS = st.builds(Polygon, st.lists(PLACES, min_size=3, max_size=5))
SHAPES = st.lists(CIRCLES | BORDERS, max_size=12)


@given(SHAPES, PLACES)
def test_every_zone_around_a_place_is_found(shapes: list[Shape], place: Place) -> None:
    index = ZoneIndex.of(dict(enumerate(shapes)))
    near = index.near(place)
    assert [number for number, shape in enumerate(shapes) if shape.contains(place) and number not in near] == []
    assert near == sorted(number for number, shape in enumerate(shapes) if number in set(near))


@given(SHAPES, PLACES, st.floats(0, 50_000))
def test_every_zone_within_the_margin_is_found(shapes: list[Shape], place: Place, margin_m: float) -> None:
    near = ZoneIndex.of(dict(enumerate(shapes))).near(place, margin_m)
    assert [n for n, shape in enumerate(shapes) if n not in near and shape.distance_m(place) <= margin_m * 0.99] == []


def test_far_zones_are_left_alone() -> None:
    circles = {number: Circle(Place(number / 100, 10), 100) for number in range(5000)}
    assert ZoneIndex.of(circles).near(Place(25, 10), 20) == [2500]


def spread(count: int) -> dict[int, Circle]:
    """So many circles of all sizes over a country, the same each time."""
    dice = Random(count)
    places = [Place(dice.uniform(46, 48.5), dice.uniform(16, 22)) for _ in range(count)]
    return {number: Circle(place, 10 ** dice.uniform(1.7, 3.3)) for number, place in enumerate(places)}


def cost_of(shapes: dict[int, Circle], places: list[Place]) -> float:
    """CPU seconds of judging each place, the least of several rounds."""
    index = ZoneIndex.of(shapes)
    rounds = []
    for _ in range(9):
        start = time.process_time()
        for place in places:
            for zone_id in index.near(place, 20):
                shapes[zone_id].contains(place)
        rounds.append(time.process_time() - start)
    return min(rounds)


@pytest.mark.alone
def test_ten_thousand_zones_cost_no_more_than_twice_ten() -> None:
    dice = Random(1)
    places = [Place(dice.uniform(46, 48.5), dice.uniform(16, 22)) for _ in range(400)]
    assert cost_of(spread(10_000), places) <= 2 * cost_of(spread(10), places)
