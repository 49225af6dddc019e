"""Inputs, sensors and fields of the state (alerts §5.6). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Details, Rule, SensorRange
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Signal
from trackers.engine.readings import Reading
from trackers.engine.sensors import raw_value

ON, OUT, AS_WATCHED = "on", "out", "same"
CONTROL_RESET = timedelta(minutes=5)


def look_at_input(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """The input switched on or off."""
    inputs, number = sight.inputs, rule.param or 1
    if inputs is not None and number <= len(inputs):
        yield Signal(ON, inputs[number - 1], sight.time)


def look_at_sensor(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """The sensor out of its range, and in it again; within the threshold of an end it stays as it was."""
    for wanted in ranges_of(rule.details):
        reading = _fresh_reading(wanted.sensor_id, sight)
        if reading is None or isinstance(reading.value, str):
            continue
        key = f"{OUT}{wanted.sensor_id}"
        phase = memory.phases.get(key)
        is_out = _is_out(reading.value, wanted, was_out=None if phase is None else phase.is_on)
        yield Signal(key, is_out, sight.time, extra=_sensor_extra(wanted.sensor_id, reading, sight))


def ranges_of(details: Details) -> tuple[SensorRange, ...]:
    """The ranges that a rule watches."""
    if details.tracker_params:
        return details.tracker_params
    if details.sensor_id is None:
        return ()
    return (SensorRange(details.sensor_id, None, details.min, details.max, details.threshold),)


def _is_out(value: float, wanted: SensorRange, *, was_out: bool | None) -> bool:
    """Beyond an end by the threshold it leaves, within both by the threshold it is back."""
    by = 0.0 if was_out is None else -wanted.threshold if was_out else wanted.threshold
    too_low = wanted.min is not None and value < wanted.min - by
    return too_low or (wanted.max is not None and value > wanted.max + by)


def _fresh_reading(sensor_id: int, sight: Sight) -> Reading | None:
    """What the sensor said in the newest report, or last, for a rule that begins."""
    if not sight.has_news or sight.after.readings is None:
        return None
    reading = sight.after.readings.by_sensor.get(sensor_id)
    return reading if reading is not None and (sight.is_begin or reading.updated == sight.time) else None


def _sensor_extra(sensor_id: int, reading: Reading, sight: Sight) -> dict[str, Any]:
    instruments = sight.rules.instruments
    sensors = () if instruments is None else instruments.sensors
    name = next((sensor.name for sensor in sensors if sensor.sensor_id == sensor_id), "")
    value = reading.value if isinstance(reading.value, str) else f"{reading.value:.2f}".rstrip("0").rstrip(".")
    return {"sensor_id": sensor_id, "sensor_name": name, "sensor_calculated_value": value}


def look_at_field(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """The field, or the virtual sensor, has the value that is watched."""
    details, extra = rule.details, dict[str, Any]()
    value: Any = None
    if details.virtual_sensor_id is not None:
        if (reading := _fresh_reading(details.virtual_sensor_id, sight)) is not None:
            value, extra = reading.value, _sensor_extra(details.virtual_sensor_id, reading, sight)
    elif sight.has_news and sight.report is not None:
        value = raw_value(sight.report, details.state_field)
    if value is not None:
        yield Signal(AS_WATCHED, _text(value) == details.trigger_value, sight.time, was=None, extra=extra)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _delay(rule: Rule) -> timedelta:
    delay_s = rule.details.repeat_delay_seconds
    return CONTROL_RESET if delay_s is None else timedelta(seconds=delay_s)


INPUT_CHANGE = Kind("input_change", look_at_input, Event.INPUT_CHANGE, Event.INPUT_CHANGE, facets=Facet.INPUTS.value)
SENSOR_RANGE = Kind("sensor_range", look_at_sensor, Event.SENSOR_OUTRANGE, Event.SENSOR_INRANGE)
STATE_FIELD_CONTROL = Kind(
    "state_field_control",
    look_at_field,
    Event.STATE_FIELD_CONTROL,
    own_reset=_delay,
    repeats=True,
    is_made_up=False,
)
