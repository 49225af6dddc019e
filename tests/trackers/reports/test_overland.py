"""The Overland app: what its batches hold, and what a place says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values
from tests.trackers.bodies import overland_batch
from trackers.reports.overland import parse_feature, split_batch
from trackers.reports.report import Fix, Report, ReportError

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
PROPERTIES = {
    "timestamp": "2024-05-02T08:15:00Z", "altitude": 35, "speed": 10, "horizontal_accuracy": 12,
    "vertical_accuracy": -1, "course": 90, "motion": ["driving", "stationary"], "battery_state": "charging",
    "battery_level": 0.89, "device_id": "phone", "wifi": "Garage", "activity": "other_navigation", "pauses": False,
    "locations_in_payload": 1,
}  # fmt: skip


def feature(coordinates: Any = (13.4, 52.5), **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {**PROPERTIES, **properties}}


def parse(coordinates: Any = (13.4, 52.5), **properties: Any) -> Report:
    decoded = json.loads(json.dumps(feature(coordinates, **properties)))
    return parse_feature(decoded, "fallback", now=NOW)


def test_every_property_of_a_place_has_its_place() -> None:
    assert parse() == Report(
        "phone",
        NOW,
        fix=Fix(52.5, 13.4, 36, 90, 35, precision_m=12),
        battery_percent=89,
        attributes={
            "motion": "driving,stationary", "charge": True, "wifi": "Garage", "activity": "other_navigation",
            "pauses": False,
        },
    )  # fmt: skip


def test_an_app_without_a_name_is_named_by_the_address() -> None:
    assert parse(device_id="").device_id == "fallback"


def test_trips_among_the_places_are_none() -> None:
    places, trip = [feature(), feature()], feature(type="trip", mode="car")
    assert len(split_batch(json.dumps({"locations": [*places, trip], "trip": {}, "current": {}}).encode())) == 2


@pytest.mark.parametrize("shape", [lambda one: [one], lambda one: {"location": [one]}, lambda one: {"location": one}])
def test_batches_of_other_apps_are_batches(shape: Any) -> None:
    (place,) = overland_batch("demo-1")["locations"]
    (found,) = split_batch(json.dumps(shape(place)).encode())
    assert parse_feature(found, "", now=NOW).device_id == "demo-1"


@pytest.mark.parametrize("body", [b"", b"7", b"{}", b'{"locations": 7}', b'{"locations": null}'])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError):
        split_batch(body)


@pytest.mark.parametrize("told", ["2024-05-02T01:15:00-0700", "2024-05-02T08:15:00.000Z", 1714637700, None])
def test_times_are_read_whatever_their_form(told: Any) -> None:
    assert parse(timestamp=told).time == NOW


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("speed", -5, "speed_kmh"),
        ("course", 361, "heading_degrees"),
        ("horizontal_accuracy", "good", "precision_m"),
        ("altitude", [], "altitude_m"),
        ("battery_level", 1.5, "battery_percent"),
        ("battery_level", -100, "battery_percent"),
        ("motion", {"driving": True}, None),
    ],
)
def test_what_cannot_be_right_is_unknown_and_named_and_the_rest_stays(name: str, value: Any, part: str | None) -> None:
    report = parse(**{name: value})
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
    assert part is None or getattr(report.fix if hasattr(report.fix, part) else report, part) is None
    assert report.left_out == (name,)


@pytest.mark.parametrize("name", ["speed", "course", "horizontal_accuracy", "battery_level"])
def test_minus_one_says_that_it_is_not_known(name: str) -> None:
    assert parse(**{name: -1}).left_out == ()


@pytest.mark.parametrize("coordinates", [[], None, [None, None]])
def test_without_a_place_it_is_what_else_it_says(coordinates: Any) -> None:
    report = parse(coordinates)
    assert (report.fix, report.battery_percent) == (None, 89)


@pytest.mark.parametrize(
    ("coordinates", "field"),
    [
        ([13.4], "geometry.coordinates"),
        ("13.4,52.5", "geometry.coordinates"),
        ([13.4, 91], "geometry.coordinates.1"),
        ([181, 52.5], "geometry.coordinates.0"),
        ([13.4, None], "geometry.coordinates.1"),
    ],
)
def test_a_place_that_cannot_be_is_refused(coordinates: Any, field: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse(coordinates)
    assert raised.value.field_name == field


@pytest.mark.parametrize("value", [None, 7, [], {}, {"properties": []}])
def test_what_is_no_feature_is_refused(value: Any) -> None:
    with pytest.raises(ReportError):
        parse_feature(value, "phone", now=NOW)


@given(st.dictionaries(st.sampled_from(sorted({*PROPERTIES} - {"device_id", "timestamp"})), json_values()))
def test_nothing_beside_device_place_and_time_costs_a_place(properties: dict[str, Any]) -> None:
    report = parse_feature(feature([13.4, 52.5], **properties), "phone", now=NOW)
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
