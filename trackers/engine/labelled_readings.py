"""Readings with all that a viewer needs to know of them: those of a source, or what changed (api §3.4). Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from trackers.engine.counters import CounterType
from trackers.engine.readings import Instruments, Readings, visible_part
from trackers.engine.sensors import MeteringSensor, Sensor, VirtualSensor


class InputReading(msgspec.Struct, frozen=True, omit_defaults=True):
    """A metering sensor with its reading, as a viewer gets it."""

    sensor_id: int
    label: str
    input_name: str
    sensor_type: str
    value: float
    units: str
    units_type: str
    updated: datetime
    min_value: float | None = None
    max_value: float | None = None
    composite_sensor_ids: tuple[int, ...] = ()
    """Of the sensors that have this one as a part."""


class VirtualReading(msgspec.Struct, frozen=True):
    """A virtual sensor with its reading, as a viewer gets it."""

    sensor_id: int
    label: str
    sensor_type: str
    value: str
    updated: datetime


class CounterReading(msgspec.Struct, frozen=True):
    """A counter with its value: kilometres or hours."""

    counter_type: CounterType
    value: float
    updated: datetime


class ShownReadings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Readings of a source with everything that a viewer needs to know of them: all of them, or what changed."""

    source_id: int
    revision: int
    """Of the Readings that they show; a change shows what its revision made different from the one before."""
    inputs: tuple[InputReading, ...] = ()
    virtual_sensors: tuple[VirtualReading, ...] = ()
    counters: tuple[CounterReading, ...] = ()


def show_readings(source_id: int, readings: Readings, instruments: Instruments) -> ShownReadings:
    """All readings, by the order of the sensors."""
    return show_changes(source_id, Readings(), readings, instruments)


def show_changes(source_id: int, before: Readings, after: Readings, instruments: Instruments) -> ShownReadings:
    """The readings and counters that `after` has and `before` had not, or other ones; each is shown as a whole."""
    changed = {key: one for key, one in after.by_sensor.items() if before.by_sensor.get(key) != one}
    composites = composites_of(instruments.sensors)
    inputs, virtual_sensors = [], []
    for sensor in instruments.sensors:
        reading = changed.get(sensor.sensor_id)
        if reading is None:
            continue
        if isinstance(sensor, MeteringSensor) and not isinstance(reading.value, str):
            inputs.append(_show_input(sensor, reading.value, reading.updated, composites.get(sensor.sensor_id, ())))
        elif isinstance(sensor, VirtualSensor):
            virtual_sensors.append(
                VirtualReading(sensor.sensor_id, sensor.name, sensor.sensor_type, str(reading.value), reading.updated)
            )
    return ShownReadings(
        source_id,
        after.revision,
        tuple(inputs),
        tuple(virtual_sensors),
        tuple(
            CounterReading(kind, counter.value, counter.updated)
            for kind, counter in after.counters.items()
            if counter.updated is not None and visible_part(before.counters.get(kind)) != visible_part(counter)
        ),
    )


def merge_changes(earlier: ShownReadings, later: ShownReadings) -> ShownReadings:
    """What both changes changed, one after the other, for somebody who was told of neither yet."""
    return ShownReadings(
        later.source_id,
        later.revision,
        tuple({one.sensor_id: one for one in (*earlier.inputs, *later.inputs)}.values()),
        tuple({one.sensor_id: one for one in (*earlier.virtual_sensors, *later.virtual_sensors)}.values()),
        tuple({one.counter_type: one for one in (*earlier.counters, *later.counters)}.values()),
    )


def composites_of(sensors: tuple[Sensor, ...]) -> dict[int, tuple[int, ...]]:
    """By a part's id the ids of the sensors that sum it up."""
    composites: dict[int, tuple[int, ...]] = {}
    for sensor in sensors:
        if isinstance(sensor, MeteringSensor):
            for parent_id in sensor.parent_ids:
                composites[parent_id] = (*composites.get(parent_id, ()), sensor.sensor_id)
    return composites


def _show_input(
    sensor: MeteringSensor, value: float, updated: datetime, composite_sensor_ids: tuple[int, ...]
) -> InputReading:
    return InputReading(
        sensor_id=sensor.sensor_id,
        label=sensor.name,
        input_name=sensor.input_name,
        sensor_type=sensor.sensor_type,
        value=value,
        units=sensor.units,
        units_type=sensor.units_type,
        updated=updated,
        min_value=sensor.min_value,
        max_value=sensor.max_value,
        composite_sensor_ids=composite_sensor_ids,
    )
