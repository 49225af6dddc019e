"""What sensors read in a report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strategies import EPOCH
from trackers.engine.sensors import (
    CalcMethod,
    DiscreteSensor,
    MeteringSensor,
    Sensor,
    ValueTitle,
    VirtualSensor,
    read_flag,
    read_ignition,
    read_number,
    read_title,
)
from trackers.reports.report import Report

IN_RANGE, IDENTITY, BIT_INDEX = CalcMethod.IN_RANGE, CalcMethod.IDENTITY, CalcMethod.BIT_INDEX


def report(**parts: Any) -> Report:
    return Report("device", EPOCH, **parts)


def metering(**fields: Any) -> MeteringSensor:
    return MeteringSensor(1, "fuel", "Tank", "lls_level_1", **fields)


def virtual(method: CalcMethod, sensor_type: str = "state", **fields: Any) -> VirtualSensor:
    return VirtualSensor(2, sensor_type, "Door", "door", method, **fields)


def wired(number: int, sensor_type: str = "ignition") -> DiscreteSensor:
    return DiscreteSensor(3, sensor_type, "Ignition", number)


@pytest.mark.parametrize(
    ("sensor", "parts", "value"),
    [
        (metering(), {"measurements": {"lls_level_1": 640.0}}, 640.0),
        (metering(divider=10.0), {"measurements": {"lls_level_1": 640.0}}, 64.0),
        (metering(), {"attributes": {"lls_level_1": "64.5"}}, 64.5),
        (metering(), {"attributes": {"lls_level_1": True}}, 1.0),
        (metering(), {"attributes": {"lls_level_1": "full"}}, None),
        (metering(), {"attributes": {"lls_level_1": "nan"}}, None),
        (metering(), {"attributes": {"lls_level_1": [1]}}, None),
        (metering(), {"measurements": {"lls_level_2": 1.0}}, None),
        (metering(min_value=0.0), {"measurements": {"lls_level_1": -1.0}}, None),
        (metering(max_value=100.0), {"measurements": {"lls_level_1": 100.0}}, 100.0),
        (metering(max_value=100.0), {"measurements": {"lls_level_1": 100.1}}, None),
        (MeteringSensor(1, "custom", "Odometer", "hw_mileage"), {"mileage_km": 1200.5}, 1200.5),
        (MeteringSensor(1, "custom", "Battery", "battery_level"), {"battery_percent": 80}, 80.0),
    ],
)
def test_a_metering_sensor_reads_its_input(sensor: MeteringSensor, parts: dict[str, Any], value: float | None) -> None:
    assert read_number(sensor, report(**parts)) == value


@pytest.mark.parametrize(
    ("sensor", "raw", "title"),
    [
        (virtual(IN_RANGE, range_from=13.2), 13.2, "On"),
        (virtual(IN_RANGE, range_from=13.2), 13.1, "Off"),
        (virtual(IN_RANGE, range_to=5.0), 5.1, "Off"),
        (virtual(IN_RANGE, range_from=1.0, range_to=2.0), "1.5", "On"),
        (virtual(IN_RANGE, range_from=1.0), "open", None),
        (virtual(IN_RANGE, range_from=1.0, value_titles=(ValueTitle("1", "Open"), ValueTitle("0", "Shut"))), 3, "Open"),
        (virtual(IN_RANGE, range_from=1.0, value_titles=(ValueTitle("0", "Shut"),)), 3, "On"),
        (virtual(IDENTITY), "ajar", "ajar"),
        (virtual(IDENTITY), 3.0, "3"),
        (virtual(IDENTITY), True, "true"),
        (virtual(IDENTITY, value_titles=(ValueTitle("3", "Third"),)), 3.0, "Third"),
        (virtual(BIT_INDEX, bit_index=1), 1, "On"),
        (virtual(BIT_INDEX, bit_index=3), 4, "On"),
        (virtual(BIT_INDEX, bit_index=2), 4, "Off"),
    ],
)
def test_a_virtual_sensor_says_its_values_title(sensor: VirtualSensor, raw: Any, title: str | None) -> None:
    assert read_title(sensor, report(attributes={"door": raw})) == title


def test_without_input_a_virtual_sensor_is_silent() -> None:
    assert {read_title(virtual(method, bit_index=1), report()) for method in CalcMethod} == {None}


@pytest.mark.parametrize(
    ("raw", "flag"), [("1", True), (1, True), ("on", True), (0, False), ("", False), ("maybe", None), (None, None)]
)
def test_ignition_said_in_words_is_understood(raw: Any, flag: bool | None) -> None:
    attributes = {} if raw is None else {"door": raw}
    assert read_flag(virtual(IDENTITY), report(attributes=attributes)) is flag


VOLTAGE = virtual(IN_RANGE, "virtual_ignition", range_from=13.2)


@pytest.mark.parametrize(
    ("sensors", "parts", "ignition"),
    [
        ((), {"ignition": True}, True),
        ((), {}, None),
        ((wired(1),), {"inputs": (True, False)}, True),
        ((wired(2),), {"inputs": (True, False), "ignition": True}, False),
        ((wired(3),), {"inputs": (True, False), "ignition": True}, None),
        ((wired(1),), {"ignition": True}, None),
        ((wired(1, "door"),), {"inputs": (True,)}, None),
        ((VOLTAGE,), {"attributes": {"door": 13.5}, "ignition": False}, True),
        ((VOLTAGE,), {"attributes": {"door": 12.5}}, False),
        ((VOLTAGE, wired(1)), {"attributes": {"door": 12.5}, "inputs": (True,)}, True),
    ],
)
def test_ignition_sensor_wins_over_the_device(
    sensors: tuple[Sensor, ...], parts: dict[str, Any], ignition: bool | None
) -> None:
    assert read_ignition(sensors, report(**parts)) is ignition
