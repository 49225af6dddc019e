"""Sensors of a source, and what they read in a report (api §3.5, §5.5). Pure."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

import msgspec

from trackers.reports.report import Report

IGNITION = "ignition"
VIRTUAL_IGNITION = "virtual_ignition"
# What a sensor says that is on or off, where it has no titles of its own.
ON, OFF = "On", "Off"
# What a shape takes as a number (trackers.reports.values) at most; a small divider would make more of it.
MAX_READING = 1e15
FIELDS_OF_INPUTS = {
    "hw_mileage": "mileage_km",
    "engine_hours": "engine_hours",
    "battery_level": "battery_percent",
    "gsm_level": "gsm_percent",
    "event_code": "event_code",
    "hardware_key": "hardware_key",
    "moving": "is_moving",
}
"""Which fields of a report have an input's name, by that."""
_TRUE, _FALSE = {"1", "true", "on", "yes"}, {"0", "false", "off", "no", ""}


class SensorKind(StrEnum):
    METERING = "metering"
    DISCRETE = "discrete"
    VIRTUAL = "virtual"


class CalcMethod(StrEnum):
    IN_RANGE = "in_range"
    IDENTITY = "identity"
    BIT_INDEX = "bit_index"


class MeteringSensor(msgspec.Struct, frozen=True, tag=SensorKind.METERING.value, omit_defaults=True):
    """Reads a number: the input's divided by `divider`, or the sum of its parents."""

    sensor_id: int
    sensor_type: str
    name: str
    input_name: str = ""
    divider: float = 1.0
    units: str = ""
    units_type: str = "custom"
    parent_ids: tuple[int, ...] = ()
    """Of the sensors that this one sums up; then it has no input."""
    min_value: float | None = None
    max_value: float | None = None
    """A reading beyond these is not believed."""


class DiscreteSensor(msgspec.Struct, frozen=True, tag=SensorKind.DISCRETE.value):
    """Tells what is wired to an input."""

    sensor_id: int
    sensor_type: str
    name: str
    input_number: int
    """From 1."""


class ValueTitle(msgspec.Struct, frozen=True, array_like=True):
    """What a value is called."""

    value: str
    title: str


class VirtualSensor(msgspec.Struct, frozen=True, tag=SensorKind.VIRTUAL.value, omit_defaults=True):
    """Makes a word of a number or text: whether it is in a range, which it is, or whether a bit of it is set."""

    sensor_id: int
    sensor_type: str
    """`state`, or `virtual_ignition`."""
    name: str
    input_name: str
    calc_method: CalcMethod
    range_from: float | None = None
    range_to: float | None = None
    bit_index: int | None = None
    """From 1."""
    value_titles: tuple[ValueTitle, ...] = ()


Sensor = MeteringSensor | DiscreteSensor | VirtualSensor


def read_ignition(sensors: tuple[Sensor, ...], report: Report) -> bool | None:
    """The ignition by its own sensor, a wired one before a virtual one; without one by the device's word."""
    for sensor in sensors:
        if isinstance(sensor, DiscreteSensor) and sensor.sensor_type == IGNITION:
            return _input(report, sensor.input_number)
    for sensor in sensors:
        if isinstance(sensor, VirtualSensor) and sensor.sensor_type == VIRTUAL_IGNITION:
            return read_flag(sensor, report)
    return report.ignition


def read_number(sensor: MeteringSensor, report: Report) -> float | None:
    """What a metering sensor without parents reads; None when the report has nothing for it that can be believed."""
    return number_of(sensor, raw_value(report, sensor.input_name))


def number_of(sensor: MeteringSensor, said: Any) -> float | None:
    """What a metering sensor makes of what is said of its input; None when that cannot be believed."""
    raw = _number(said)
    return None if raw is None else believed(sensor, raw / sensor.divider)


def believed(sensor: MeteringSensor, value: float) -> float | None:
    """The value, if it is within the sensor's bounds, and such that sums and counters of it stay finite."""
    if not abs(value) <= MAX_READING:
        return None
    if (sensor.min_value is not None and value < sensor.min_value) or (
        sensor.max_value is not None and value > sensor.max_value
    ):
        return None
    return value


def read_title(sensor: VirtualSensor, report: Report) -> str | None:
    """What a virtual sensor says, by the title of its value if it has one."""
    if sensor.calc_method is CalcMethod.IDENTITY:
        raw = raw_value(report, sensor.input_name)
        return None if raw is None else _title(sensor, _text(raw), _text(raw))
    flag = read_flag(sensor, report)
    return None if flag is None else _title(sensor, "1" if flag else "0", ON if flag else OFF)


def read_flag(sensor: VirtualSensor, report: Report) -> bool | None:
    """Whether a virtual sensor says yes."""
    raw = raw_value(report, sensor.input_name)
    if sensor.calc_method is CalcMethod.IDENTITY:
        text = _text(raw).lower() if raw is not None else None
        return True if text in _TRUE else False if text in _FALSE else None
    number = _number(raw)
    if number is None:
        return None
    if sensor.calc_method is CalcMethod.BIT_INDEX:
        return bool(int(number) >> ((sensor.bit_index or 1) - 1) & 1)
    return (sensor.range_from is None or number >= sensor.range_from) and (
        sensor.range_to is None or number <= sensor.range_to
    )


def raw_value(report: Report, input_name: str) -> Any:
    """What a report says of an input: a measurement, an attribute, or one of the fields that have an input's name."""
    if input_name in report.measurements:
        return report.measurements[input_name]
    if input_name in report.attributes:
        return report.attributes[input_name]
    field = FIELDS_OF_INPUTS.get(input_name)
    return None if field is None else getattr(report, field)


def _input(report: Report, number: int) -> bool | None:
    if report.inputs is None or number > len(report.inputs):
        return None
    return report.inputs[number - 1]


def _title(sensor: VirtualSensor, value: str, otherwise: str) -> str:
    return next((one.title for one in sensor.value_titles if one.value == value), otherwise)


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, int | float | str):
        return None
    try:
        number = float(raw)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return str(int(raw))
    return msgspec.json.encode(raw).decode()
