"""Which zones are visited, however many there are (records §9.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.engine.visits import visits_in
from alerts.geometry.index import ZoneIndex
from alerts.geometry.places import Place
from alerts.geometry.shapes import Circle
from alerts.storage.zones import AccountZones, KnownZone
from trackers.engine.past import Point

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)
near = st.tuples(st.floats(69.9, 70.1), st.floats(179.9, 180.1).map(lambda one: one if one < 180 else one - 360))


@pytest.mark.records(53)
@given(st.lists(st.tuples(near, st.floats(10, 5000)), max_size=8), st.lists(near, max_size=8))
def test_no_zone_is_overlooked(
    circles: list[tuple[tuple[float, float], float]], places: list[tuple[float, float]]
) -> None:
    shapes = {number: Circle(Place(*place), radius) for number, (place, radius) in enumerate(circles, 1)}
    known = {number: KnownZone("", shape, 1, 1) for number, shape in shapes.items()}
    points = [Point(NOON + timedelta(hours=number), *place) for number, place in enumerate(places)]
    for point in points:
        inside = {number for number, shape in shapes.items() if shape.contains(Place(point.latitude, point.longitude))}
        found = visits_in([point], AccountZones(1, known, ZoneIndex.of(shapes)))
        assert {visit.zone_id for visit in found} == inside
