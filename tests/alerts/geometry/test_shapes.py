"""What lies in a shape, and how far outside."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts.geometry.fewer import fewer
from alerts.geometry.lines import distance_to_line_m
from alerts.geometry.places import EARTH_RADIUS_M, Box, Place, box_around, distance_m, unrolled, wrapped
from alerts.geometry.shapes import Circle, Polygon, Sausage, Shape

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
PLACES = st.builds(Place, LATITUDES, LONGITUDES)
# Where people live; nearer to a pole degrees mean little.
NEAR = st.builds(Place, st.floats(-75, 75), LONGITUDES)
OFFSETS = st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))


def at(place: Place, bearing: float, distance: float) -> Place:
    """Where one comes after so many metres in a direction, in degrees."""
    angle, turn = distance / EARTH_RADIUS_M, math.radians(bearing)
    y, x = math.radians(place.latitude), math.radians(place.longitude)
    sine = math.sin(y) * math.cos(angle) + math.cos(y) * math.sin(angle) * math.cos(turn)
    latitude = math.asin(max(-1.0, min(1.0, sine)))
    aside = math.atan2(math.sin(turn) * math.sin(angle) * math.cos(y), math.cos(angle) - math.sin(y) * sine)
    return Place(math.degrees(latitude), wrapped(math.degrees(x + aside)))


def around(place: Place, offsets: list[tuple[float, float]]) -> list[Place]:
    return [Place(place.latitude + up, wrapped(place.longitude + aside)) for up, aside in offsets]


@given(NEAR, st.floats(0, 360), st.floats(1, 300_000))
def test_a_circle_ends_at_its_radius(center: Place, bearing: float, radius_m: float) -> None:
    circle = Circle(center, radius_m)
    assert circle.contains(at(center, bearing, radius_m * 0.999))
    outside = at(center, bearing, radius_m * 1.001)
    assert not circle.contains(outside)
    assert circle.distance_m(outside) == pytest.approx(radius_m * 0.001, rel=0.01, abs=0.01)


@given(PLACES, st.floats(1, 300_000), st.floats(0, 360), st.floats(0, 1))
def test_a_box_holds_the_whole_circle(center: Place, radius_m: float, bearing: float, part: float) -> None:
    place = at(center, bearing, radius_m * part)
    assert Circle(center, radius_m).box.contains(place)


@given(NEAR, st.lists(OFFSETS, min_size=2, max_size=6), OFFSETS)
def test_the_distance_to_a_line_is_that_of_its_nearest_place(
    start: Place, offsets: list[tuple[float, float]], aside: tuple[float, float]
) -> None:
    line, (place,) = unrolled(around(start, offsets)), around(start, [aside])
    sampled = min(
        distance_m(Place(a[0] + (b[0] - a[0]) * part / 400, a[1] + (b[1] - a[1]) * part / 400), place)
        for a, b in zip(line, line[1:], strict=False)
        for part in range(401)
    )
    found = distance_to_line_m(line, place)
    assert found <= sampled + 0.01
    # Between two samples lie 300 metres at most.
    assert found >= sampled - 300


@given(NEAR, st.lists(OFFSETS, min_size=2, max_size=6), st.floats(10, 50_000), st.floats(0, 1), st.floats(0, 360))
def test_a_sausage_holds_what_is_near_its_line(
    start: Place, offsets: list[tuple[float, float]], radius_m: float, part: float, bearing: float
) -> None:
    points = around(start, offsets)
    a, b = unrolled(points)[:2]
    on_line = Place(a[0] + (b[0] - a[0]) * part, wrapped(a[1] + (b[1] - a[1]) * part))
    sausage = Sausage(points, radius_m)
    assert sausage.contains(at(on_line, bearing, radius_m * 0.999))
    assert sausage.box.contains(at(on_line, bearing, radius_m * 0.999))


@given(NEAR, st.lists(OFFSETS, min_size=3, max_size=8), OFFSETS)
def test_a_polygon_lies_the_same_wherever_it_lies(
    start: Place, offsets: list[tuple[float, float]], aside: tuple[float, float]
) -> None:
    here, there = Place(start.latitude, 10.0), Place(start.latitude, 180.0)
    (place,), (moved,) = around(here, [aside]), around(there, [aside])
    polygon, across = Polygon(around(here, offsets)), Polygon(around(there, offsets))
    assume(polygon.contains(place) or polygon.distance_m(place) > 0.01)
    assume(distance_to_line_m(polygon.border, place) > 0.01)
    assert across.contains(moved) is polygon.contains(place)
    assert across.distance_m(moved) == pytest.approx(polygon.distance_m(place), abs=0.01)


@given(NEAR, st.lists(OFFSETS, min_size=3, max_size=8), st.integers(0, 7), st.floats(0, 1))
def test_the_border_belongs_to_a_polygon(
    start: Place, offsets: list[tuple[float, float]], index: int, part: float
) -> None:
    polygon = Polygon(around(start, offsets))
    a, b = polygon.border[index % len(offsets)], polygon.border[index % len(offsets) + 1]
    place = Place(a[0] + (b[0] - a[0]) * part, wrapped(a[1] + (b[1] - a[1]) * part))
    assert polygon.distance_m(place) < 0.001
    assert polygon.box.contains(place)


@given(NEAR, st.lists(OFFSETS, min_size=3, max_size=8), OFFSETS)
def test_a_repeated_first_point_changes_nothing(
    start: Place, offsets: list[tuple[float, float]], aside: tuple[float, float]
) -> None:
    points, (place,) = around(start, offsets), around(start, [aside])
    assert Polygon(points).contains(place) is Polygon([*points, points[0]]).contains(place)


@pytest.mark.parametrize(
    ("latitude", "longitude", "is_inside"),
    [(0, 0, True), (0, 10, True), (10, 10, True), (5, 10, True), (5, 5, True), (10.001, 5, False), (5, -0.001, False)],
)
def test_corners_and_edges_of_a_square_are_inside(latitude: float, longitude: float, is_inside: bool) -> None:
    square = Polygon([Place(0, 0), Place(0, 10), Place(10, 10), Place(10, 0)])
    assert square.contains(Place(latitude, longitude)) is is_inside


@pytest.mark.parametrize("side", [1, -1])
def test_a_border_around_a_pole_has_it_inside(side: int) -> None:
    cap = Polygon([Place(side * 80, longitude) for longitude in (-180, -90, 0, 90)])
    for place in (Place(side * 90, 0), Place(side * 89, 135), Place(side * 81, -179.9), Place(side * 80, 45)):
        assert cap.contains(place), place
        assert cap.box.contains(place)
    assert not cap.contains(Place(side * 79, 45))
    assert cap.distance_m(Place(side * 79, 45)) == pytest.approx(111_195, rel=0.001)


@pytest.mark.parametrize(
    "shape",
    [
        Circle(Place(0, 179.9), 50_000),
        Sausage([Place(0, 179), Place(0, -179)], 1000),
        Polygon([Place(-1, 179), Place(-1, -179), Place(1, -179), Place(1, 179)]),
    ],
    ids=lambda shape: type(shape).__name__,
)
@pytest.mark.alerts(9)
def test_a_shape_across_the_meridian_is_one(shape: Shape) -> None:
    for longitude in (179.95, 180.0, -180.0, -179.9):
        assert shape.contains(Place(0, longitude))
        assert shape.distance_m(Place(0, longitude)) == 0
    assert not shape.contains(Place(0, 178))
    assert not shape.contains(Place(0, -178))
    assert not shape.contains(Place(0, 0))
    assert shape.distance_m(Place(0, -178)) < 200_000


@given(st.lists(PLACES, min_size=2, max_size=40), st.integers(2, 40))
def test_fewer_points_are_as_many_as_asked_with_both_ends(places: list[Place], count: int) -> None:
    kept = fewer(places, count)
    assert len(kept) == min(count, len(places))
    assert (kept[0], kept[-1]) == (0, len(places) - 1)
    assert kept == sorted(set(kept))


def test_fewer_points_leave_out_what_lies_between_others() -> None:
    line = [Place(0, 0), Place(0, 1), Place(0, 2), Place(1, 2), Place(2, 2.001), Place(3, 2)]
    assert fewer(line, 3) == [0, 2, 5]


@given(PLACES, st.floats(0, 400_000), st.floats(0, 360), st.floats(0, 1))
def test_a_grown_box_holds_what_is_near(place: Place, margin_m: float, bearing: float, part: float) -> None:
    assert box_around([place]).grown(margin_m).contains(at(place, bearing, margin_m * part))


def test_a_box_around_the_earth_has_all_longitudes() -> None:
    assert Box.of(-10, -200, 10, 300) == Box(-10, -180, 10, 180)
