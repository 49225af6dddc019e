"""What sensors and counters of a source showed in the past, by its reports and the instruments that it has now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.past import PastReport
from trackers.engine.readings import Instruments
from trackers.engine.replay import Replay, decode_said, inputs_of, is_said_alone, report_of, said_by
from trackers.engine.sensors import DiscreteSensor, MeteringSensor, Sensor, number_of, read_number
from trackers.models import Source
from trackers.services.history import kept_part
from trackers.services.ingestion import current_rules, rules_of
from trackers.services.past_trips import INSTANT, Period, reports_in, rules_of_past, said_in

# What a counter adds with a report it adds to the one before.
_LOOK_BACK = timedelta(hours=1)
MAX_REPORTS_COUNTED = 500_000
"""From the begin of a period to now, which takes about ten seconds; beyond that nobody knows how a counter stood."""


@dataclass(frozen=True, slots=True)
class Value:
    """What was shown from a moment on."""

    value: float | str | bool
    time: datetime


def instruments_of(source: Source) -> Instruments:
    """The sensors and counters of a source."""
    return rules_of(source.own_rules, current_rules()).instruments or Instruments()


def sensor_values(source: Source, sensor: Sensor, period: Period, *, is_raw: bool) -> Iterator[Value]:
    """What a sensor read in each report of a period that had something for it.

    `is_raw`: the number as the device said it, of a metering sensor that sums up no others.
    """
    part = kept_part(period)
    if part is None:
        return
    if isinstance(sensor, DiscreteSensor):
        yield from _switch_values(source.pk, sensor.input_number, part)
        return
    if isinstance(sensor, MeteringSensor) and not sensor.parent_ids:
        yield from _numbers(source.pk, _raw(sensor) if is_raw else sensor, part)
        return
    replay = Replay(_instruments_for(source, sensor), rules_of_past(source))
    for report in reports_in(source.pk, part):
        reading = replay.follow(report).by_sensor.get(sensor.sensor_id)
        if reading is not None and reading.updated == report.time:
            yield Value(reading.value, report.time)


def _instruments_for(source: Source, sensor: Sensor) -> Instruments:
    return Instruments(instruments_of(source).sensors if isinstance(sensor, MeteringSensor) else (sensor,))


def _raw(sensor: MeteringSensor) -> MeteringSensor:
    return replace(sensor, divider=1.0, min_value=None, max_value=None)


def _numbers(source_id: int, sensor: MeteringSensor, period: Period) -> Iterator[Value]:
    # What one input says needs nothing of what was before, and most need nothing else of the report.
    if is_said_alone(sensor.input_name):
        for time, said in said_in(source_id, period):
            number = number_of(sensor, decode_said(said).get(sensor.input_name))
            if number is not None:
                yield Value(number, time)
        return
    for report in reports_in(source_id, period):
        number = read_number(sensor, report_of(report))
        if number is not None:
            yield Value(number, report.time)


def _switch_values(source_id: int, number: int, period: Period) -> Iterator[Value]:
    for report in reports_in(source_id, period):
        inputs = inputs_of(said_by(report))
        if inputs is not None and number <= len(inputs):
            yield Value(inputs[number - 1], report.time)


def engine_hours(source: Source, period: Period) -> float:
    """How long the engine ran in a period; what is added by a report counts to the time of the report."""
    part = kept_part(period)
    if part is None:
        return 0.0
    rule = _rule(instruments_of(source), CounterType.ENGINE_HOURS)
    return sum(added for _, added in _growth(source, rule, part))


def counter_values(
    source: Source, kind: CounterType, shown: float, period: Period, now: datetime
) -> Iterator[Value] | None:
    """How a counter that shows `shown` now stood in a period, each time that it grew; None where that is too long ago.

    It is counted back from now, so a value that was set meanwhile is taken as if it had been so from the first.
    """
    part = kept_part(period)
    if part is None:
        return iter(())
    rule = _rule(instruments_of(source), kind)
    grown = 0.0
    for number, (_, added) in enumerate(_growth(source, rule, Period(part.since, max(now, part.until)))):
        if number >= MAX_REPORTS_COUNTED:
            return None
        grown += added
    return _standing(_growth(source, rule, part), max(0.0, shown - grown))


def _standing(growth: Iterator[tuple[datetime, float]], begin: float) -> Iterator[Value]:
    value, is_told = begin, False
    for time, added in growth:
        value += added
        if added or not is_told:
            is_told = True
            yield Value(value, time)


def _growth(source: Source, rule: CounterRule, period: Period) -> Iterator[tuple[datetime, float]]:
    """The time of each report of a period, and what the counter grew by with it."""
    sensors = instruments_of(source).sensors if rule.sensor_id is not None else ()
    replay = Replay(Instruments(sensors, (rule,)), rules_of_past(source))
    for report in reports_in(source.pk, Period(period.since - _LOOK_BACK, period.since - INSTANT)):
        replay.follow(report)
    for report in reports_in(source.pk, period):
        yield report.time, _grow(replay, rule.counter_type, report)


def _grow(replay: Replay, kind: CounterType, report: PastReport) -> float:
    before = replay.counted(kind)
    replay.follow(report)
    return replay.counted(kind) - before


def _rule(instruments: Instruments, kind: CounterType) -> CounterRule:
    return next((rule for rule in instruments.counters if rule.counter_type is kind), CounterRule(kind))
