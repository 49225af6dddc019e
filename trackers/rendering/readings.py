"""Readings and the last reports as clients read them: their wire keys are written here (api §3.4, §4.7). Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from accounts.wire.dates import format_date
from trackers.engine.labelled_readings import CounterReading, InputReading, ShownReadings, VirtualReading
from trackers.engine.last_reports import RecentReport
from trackers.engine.sensors import DiscreteSensor, Sensor
from trackers.engine.state import Attribute, Scalar, State


@dataclass(frozen=True, slots=True)
class ReadingsFilter:
    """Which readings a client wants (api §3.4)."""

    sensor_type: str | None = None
    """Sensors of this type only, and neither states nor counters; None: everything."""
    include_components: bool = True
    """Sensors that others sum up too."""

    def takes(self, sensor_type: str, composite_sensor_ids: tuple[int, ...] = ()) -> bool:
        is_wanted = self.sensor_type is None or self.sensor_type == sensor_type
        return is_wanted and (self.include_components or not composite_sensor_ids)


EVERYTHING = ReadingsFilter()


def render_readings(
    shown: ShownReadings, fields: Mapping[str, Attribute], wanted: ReadingsFilter, zone: tzinfo, *, iso: bool
) -> dict[str, list[dict[str, Any]]]:
    """The lists of readings, dates in `zone`: all of a source, or what changed of it.

    `fields` are the attributes to be shown as `states`: State.additional, or `changed_fields` of it.
    """

    def date(moment: datetime) -> str:
        return format_date(moment, zone, iso=iso)

    rendered = {
        "inputs": [
            _render_input(one, date(one.updated))
            for one in shown.inputs
            if wanted.takes(one.sensor_type, one.composite_sensor_ids)
        ],
        "virtual_sensors": [
            _render_virtual(one, date(one.updated)) for one in shown.virtual_sensors if wanted.takes(one.sensor_type)
        ],
    }
    if wanted.sensor_type is not None:
        return rendered
    states = [{"field": name, "value": one.value, "update_time": date(one.updated)} for name, one in fields.items()]
    counters = [render_counter(one, zone, iso=iso) for one in shown.counters]
    return rendered | {"states": states, "counters": counters}


def changed_fields(before: State | None, after: State) -> dict[str, Attribute]:
    """The attributes that a state has and the one before had not, or other ones."""
    known = before.additional if before is not None else {}
    return {name: one for name, one in after.additional.items() if known.get(name) != one}


def render_counter_value(counter: CounterReading) -> float:
    """Kilometres or hours, to a hundredth."""
    return round(counter.value, 2)


def render_inputs(inputs: Iterable[InputReading], zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """Readings of a family, with the date of the newest; their dates in `zone`."""
    shown = list(inputs)
    newest = max((one.updated for one in shown), default=None)
    return {
        "inputs": [_render_input(one, format_date(one.updated, zone, iso=iso)) for one in shown],
        "update_time": None if newest is None else format_date(newest, zone, iso=iso),
    }


def render_switches(state: State, sensors: Iterable[Sensor], zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """The inputs of a source and what is wired to them, as of when they were told last."""
    updated = state.inputs_update
    return {
        "inputs": state.inputs,
        "states": [
            {
                "type": sensor.sensor_type,
                "name": sensor.name,
                "status": sensor.input_number <= len(state.inputs) and state.inputs[sensor.input_number - 1],
                "input_number": sensor.input_number,
            }
            for sensor in sensors
            if isinstance(sensor, DiscreteSensor)
        ],
        "update_time": None if updated is None else format_date(updated, zone, iso=iso),
    }


def _render_input(one: InputReading, updated: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sensor_id": one.sensor_id,
        "label": one.label,
        "name": one.input_name,
        "type": one.sensor_type,
        "value": one.value,
        "units": one.units,
        "units_type": one.units_type,
        "converted_units_type": None,
        "converted_value": None,
        "update_time": updated,
    }
    if one.min_value is not None:
        fields["min_value"] = one.min_value
    if one.max_value is not None:
        fields["max_value"] = one.max_value
    if one.composite_sensor_ids:
        fields["composite_sensor_ids"] = list(one.composite_sensor_ids)
    return fields


def _render_virtual(one: VirtualReading, updated: str) -> dict[str, Any]:
    return {
        "sensor_id": one.sensor_id,
        "label": one.label,
        "type": one.sensor_type,
        "value": one.value,
        "update_time": updated,
    }


def render_counter(one: CounterReading, zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """A counter's value, its date in `zone`."""
    return {
        "type": one.counter_type.value,
        "value": render_counter_value(one),
        "update_time": format_date(one.updated, zone, iso=iso),
    }


def render_queues(tracker_id: int, newest_first: Sequence[RecentReport]) -> dict[str, Any]:
    """An item of `iot_monitor`: by attribute what each of the last reports said of it, newest first, times in UTC."""
    said = [
        (msgspec.json.decode(one.values), {"msg_time": _utc(one.time), "srv_time": _utc(one.received_at)})
        for one in newest_first
    ]
    names = _names(values for values, _ in said)
    return {
        "tracker_id": tracker_id,
        "nonnull_fields": {
            name: [
                {"value": render_value(name, values[name]), **times}
                for values, times in said
                if values.get(name) is not None
            ]
            for name in names
        },
        "all_fields": {
            name: [{"value": render_value(name, values.get(name)), **times} for values, times in said] for name in names
        },
    }


def render_value(name: str, value: Any) -> Scalar:
    """A value as `iot_monitor` shows it: whole numbers as they are and the speed as one, others as text."""
    if name == "speed" and isinstance(value, float):
        return math.floor(value + 0.5)
    if isinstance(value, float | list | dict):
        return msgspec.json.encode(value).decode()
    scalar: Scalar = value
    return scalar


def _names(said: Iterable[Mapping[str, Any]]) -> dict[str, None]:
    """Every attribute that some report has a value for, in the order in which they came up."""
    return {name: None for values in said for name, value in values.items() if value is not None}


def _utc(moment: datetime) -> str:
    return format_date(moment, UTC, iso=True)
