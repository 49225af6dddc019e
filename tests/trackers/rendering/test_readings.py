"""The wire form of readings and of the last reports."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report
from trackers.engine.counters import CounterType
from trackers.engine.labelled_readings import CounterReading, InputReading, ShownReadings, VirtualReading
from trackers.engine.last_reports import RecentReport
from trackers.engine.state import Attribute
from trackers.rendering.readings import EVERYTHING, ReadingsFilter, changed_fields, render_queues, render_readings
from trackers.reports.report import Report

LEFT = InputReading(
    1, "Left tank", "lls_level_1", "fuel", 64.5, "litre", "litre", EPOCH, 0.0, 80.0, composite_sensor_ids=(2,)
)
ALL_FUEL = InputReading(2, "Fuel", "", "fuel", 100.25, "litre", "litre", EPOCH)
BOARD = InputReading(3, "Board", "board_voltage", "power", 13.8, "V", "custom", EPOCH)
DOOR = VirtualReading(4, "Door", "state", "Open", EPOCH)
ODOMETER = CounterReading(CounterType.ODOMETER, 1234.5678, EPOCH)
SHOWN = ShownReadings(7, 3, (LEFT, ALL_FUEL, BOARD), (DOOR,), (ODOMETER,))
FIELDS = {"code": Attribute(42, EPOCH), "note": Attribute(None, EPOCH)}
DATE = "2024-05-02 08:00:00"


def render(wanted: ReadingsFilter = EVERYTHING, zone: str = "UTC", *, iso: bool = False) -> Any:
    return json.loads(json.dumps(render_readings(SHOWN, FIELDS, wanted, ZoneInfo(zone), iso=iso)))


@pytest.mark.api(66)
def test_readings_have_exactly_their_keys() -> None:
    rendered = render()
    assert list(rendered) == ["inputs", "virtual_sensors", "states", "counters"]
    assert rendered["inputs"][0] == {
        "sensor_id": 1,
        "label": "Left tank",
        "name": "lls_level_1",
        "type": "fuel",
        "value": 64.5,
        "units": "litre",
        "units_type": "litre",
        "converted_units_type": None,
        "converted_value": None,
        "update_time": DATE,
        "min_value": 0.0,
        "max_value": 80.0,
        "composite_sensor_ids": [2],
    }
    assert not {"min_value", "max_value", "composite_sensor_ids"} & set(rendered["inputs"][1])
    assert rendered["virtual_sensors"] == [
        {"sensor_id": 4, "label": "Door", "type": "state", "value": "Open", "update_time": DATE}
    ]
    assert rendered["states"] == [
        {"field": "code", "value": 42, "update_time": DATE},
        {"field": "note", "value": None, "update_time": DATE},
    ]
    assert rendered["counters"] == [{"type": "odometer", "value": 1234.57, "update_time": DATE}]


def test_dates_are_the_viewers() -> None:
    rendered = render(zone="Asia/Kathmandu", iso=True)
    dates = {one["update_time"] for kind in rendered.values() for one in kind}
    assert dates == {"2024-05-02T13:45:00+05:45"}


@pytest.mark.api(28, 67)
@pytest.mark.parametrize(
    ("sensor_type", "labels"), [("fuel", ["Left tank", "Fuel"]), ("state", ["Door"]), ("rpm", []), ("power", ["Board"])]
)
def test_a_sensor_type_leaves_only_its_sensors(sensor_type: str, labels: list[str]) -> None:
    rendered = render(ReadingsFilter(sensor_type))
    assert list(rendered) == ["inputs", "virtual_sensors"]
    assert [one["label"] for kind in rendered.values() for one in kind] == labels


@pytest.mark.api(28)
def test_parts_of_a_sum_can_be_left_out() -> None:
    rendered = render(ReadingsFilter(include_components=False))
    assert [one["label"] for one in rendered["inputs"]] == ["Fuel", "Board"]
    assert len(rendered["states"]) == 2


@pytest.mark.api(66)
def test_of_attributes_those_that_changed_are_shown() -> None:
    first = apply_report(FRESH, Report("d", EPOCH, attributes={"a": 1, "b": 2}), received_at=EPOCH, rules=RULES).record
    later = EPOCH + timedelta(minutes=1)
    second = apply_report(first, Report("d", later, attributes={"b": 3, "c": 4}), received_at=later, rules=RULES).record
    assert list(changed_fields(None, first.state)) == ["a", "b"]
    assert changed_fields(first.state, second.state) == {"b": Attribute(3, later), "c": Attribute(4, later)}


def queued(minute: int, **values: Any) -> RecentReport:
    time: datetime = EPOCH + timedelta(minutes=minute)
    return RecentReport(7, minute, time, time + timedelta(seconds=2), msgspec.Raw(json.dumps(values).encode()))


@pytest.mark.api(68)
def test_queues_are_by_attribute_and_newest_first() -> None:
    newest_first = [
        queued(2, satellites=9, latitude=52.5, speed=36.5),
        queued(1, satellites=8, fuel=64.5),
        queued(0, satellites=7, fuel=None),
    ]
    times = [
        {"msg_time": f"2024-05-02T08:0{minute}:00Z", "srv_time": f"2024-05-02T08:0{minute}:02Z"} for minute in (2, 1, 0)
    ]
    assert json.loads(json.dumps(render_queues(1007, newest_first))) == {
        "tracker_id": 1007,
        "nonnull_fields": {
            "satellites": [{"value": value, **time} for value, time in zip((9, 8, 7), times, strict=True)],
            "latitude": [{"value": "52.5", **times[0]}],
            "speed": [{"value": 37, **times[0]}],
            "fuel": [{"value": "64.5", **times[1]}],
        },
        "all_fields": {
            "satellites": [{"value": value, **time} for value, time in zip((9, 8, 7), times, strict=True)],
            "latitude": [{"value": value, **time} for value, time in zip(("52.5", None, None), times, strict=True)],
            "speed": [{"value": value, **time} for value, time in zip((37, None, None), times, strict=True)],
            "fuel": [{"value": value, **time} for value, time in zip((None, "64.5", None), times, strict=True)],
        },
    }


@pytest.mark.api(68)
@pytest.mark.parametrize(
    ("value", "shown"), [(5, 5), (True, True), ("x", "x"), (0.5, "0.5"), ([1, 2], "[1,2]"), ({"a": 1}, '{"a":1}')]
)
def test_queue_values_are_integers_words_or_text(value: Any, shown: Any) -> None:
    assert render_queues(1, [queued(0, name=value)])["all_fields"]["name"][0]["value"] == shown


def test_a_source_that_never_reported_has_empty_queues() -> None:
    assert render_queues(1, []) == {"tracker_id": 1, "nonnull_fields": {}, "all_fields": {}}
