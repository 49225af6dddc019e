"""What the sensors and counters of a source read and count (api §3.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from trackers.engine.counters import (
    NOT_COUNTED,
    Counter,
    CounterRule,
    CounterType,
    Place,
    count_device_value,
    count_distance,
    count_running,
)
from trackers.engine.merging import Said, fix_time
from trackers.engine.sensors import MeteringSensor, Sensor, VirtualSensor, believed, read_number, read_title
from trackers.engine.trips import MovementStatus, Trip
from trackers.reports.report import Fix, Report


class Instruments(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sensors and counters of a source."""

    sensors: tuple[Sensor, ...] = ()
    counters: tuple[CounterRule, ...] = ()


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """What a sensor read last: a number, or the title of a virtual sensor's value."""

    value: float | str
    updated: datetime


class Readings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the instruments of a source show, without what they are called."""

    revision: int = 0
    """Grows by one with each change that a viewer can see."""
    by_sensor: Mapping[int, Reading] = {}
    counters: Mapping[CounterType, Counter] = {}


NO_READINGS = Readings()


@dataclass(frozen=True, slots=True)
class Observation:
    """A report as far as it is believed, and the movement after it."""

    report: Report
    said: Said
    fix: Fix | None
    trip: Trip

    @property
    def time(self) -> datetime:
        """When it was made."""
        return self.said.time

    @property
    def place(self) -> Place | None:
        """Where distance is counted to."""
        if self.fix is None or self.fix.is_cell_based:
            return None
        return Place(fix_time(self.fix, self.time), self.fix.latitude, self.fix.longitude)

    @property
    def is_driving(self) -> bool:
        """Whether a trip goes on; a device that tells no speed may always be on one."""
        return self.trip.is_fast is None or self.trip.status is not MovementStatus.PARKED


def read(readings: Readings, instruments: Instruments, seen: Observation) -> Readings:
    """The readings after a report; the same object when it changes none of them."""
    by_sensor = _read_sensors(readings.by_sensor, instruments.sensors, seen.report, seen.said)
    counters = dict(readings.counters)
    for rule in instruments.counters:
        count = _count_odometer if rule.counter_type is CounterType.ODOMETER else _count_engine_hours
        counters[rule.counter_type] = count(counters.get(rule.counter_type, NOT_COUNTED), rule, by_sensor, seen)
    if by_sensor == readings.by_sensor and counters == readings.counters:
        return readings
    is_visible = by_sensor != readings.by_sensor or any(
        visible_part(counter) != visible_part(readings.counters.get(kind)) for kind, counter in counters.items()
    )
    return Readings(readings.revision + is_visible, by_sensor, counters)


def _count_odometer(
    counter: Counter, rule: CounterRule, by_sensor: Mapping[int, Reading], seen: Observation
) -> Counter:
    if rule.sensor_id is None:
        place = seen.place
        if place is None:
            return counter
        return count_distance(counter, place, is_driving=seen.is_driving, multiplier=rule.multiplier)
    reading = by_sensor.get(rule.sensor_id)
    if reading is None or isinstance(reading.value, str):
        return counter
    return count_device_value(counter, reading.value, reading.updated, multiplier=rule.multiplier)


def _count_engine_hours(
    counter: Counter, rule: CounterRule, by_sensor: Mapping[int, Reading], seen: Observation
) -> Counter:
    """By the device's own count, if it ever told one."""
    if seen.report.engine_hours is not None:
        return count_device_value(counter, seen.report.engine_hours, seen.time, multiplier=rule.multiplier)
    if counter.device_value is not None:
        return counter
    return count_running(counter, seen.time, ignition=seen.trip.ignition, multiplier=rule.multiplier)


def _read_sensors(
    known: Mapping[int, Reading], sensors: tuple[Sensor, ...], report: Report, said: Said
) -> Mapping[int, Reading]:
    fresh: dict[int, Reading] = {}
    for sensor in sensors:
        value: float | str | None = None
        if isinstance(sensor, MeteringSensor):
            value = None if sensor.parent_ids else read_number(sensor, report)
        elif isinstance(sensor, VirtualSensor):
            value = read_title(sensor, report)
        if value is not None:
            before = known.get(sensor.sensor_id)
            if before is None or said.is_after(before.updated):
                fresh[sensor.sensor_id] = Reading(value, said.time)
    if not fresh:
        return known
    by_sensor = {**known, **fresh}
    for sensor in sensors:
        if isinstance(sensor, MeteringSensor) and sensor.parent_ids:
            by_sensor.pop(sensor.sensor_id, None)
    return by_sensor | _sum_up(sensors, by_sensor)


def _sum_up(sensors: tuple[Sensor, ...], by_sensor: Mapping[int, Reading]) -> dict[int, Reading]:
    """The sensors that sum up others, as soon as each of those has a reading; as old as the newest of them."""
    sums = {}
    for sensor in sensors:
        if not isinstance(sensor, MeteringSensor) or not sensor.parent_ids:
            continue
        parts = [by_sensor[parent_id] for parent_id in sensor.parent_ids if parent_id in by_sensor]
        numbers = [part.value for part in parts if not isinstance(part.value, str)]
        if len(numbers) == len(sensor.parent_ids):
            value = believed(sensor, sum(numbers) / sensor.divider)
            if value is not None:
                sums[sensor.sensor_id] = Reading(value, max(part.updated for part in parts))
    return sums


def visible_part(counter: Counter | None) -> tuple[float, datetime | None] | None:
    """What a viewer sees of a counter: its value and its time; None before it has one."""
    return None if counter is None or counter.updated is None else (counter.value, counter.updated)
