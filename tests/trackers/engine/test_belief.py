"""What of a report is believed: places that are none, and what is set for a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report
from trackers.engine.belief import Filters, Interpretation
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.readings import Instruments
from trackers.engine.record import Record
from trackers.engine.state import ConnectionStatus
from trackers.reports.report import Fix, Report

ODOMETER = Instruments(counters=(CounterRule(CounterType.ODOMETER),))


def after(*fixes: Fix, interpretation: Interpretation | None = None, seconds: int = 60, **parts: Any) -> Record:
    """The record after reports with these fixes, a minute apart."""
    rules = replace(RULES, interpretation=interpretation or Interpretation(), instruments=ODOMETER)
    record = FRESH
    for number, fix in enumerate(fixes):
        time = EPOCH + timedelta(seconds=number * seconds)
        record = apply_report(record, Report("device", time, fix=fix, **parts), received_at=time, rules=rules).record
    return record


def place(record: Record) -> tuple[float, float] | None:
    gps = record.state.gps
    return None if gps is None else (gps.latitude, gps.longitude)


def kilometres(record: Record) -> float:
    assert record.readings is not None
    return record.readings.counters[CounterType.ODOMETER].value


@pytest.mark.api(79)
@pytest.mark.parametrize("zero", [Fix(0, 0), Fix(0.0, -0.0, 50), Fix(0.000001, -0.000009, 0), Fix(0.00006, 0.00009)])
def test_zero_zero_is_no_place(zero: Fix) -> None:
    before = after(Fix(50, 8, 40), Fix(50.001, 8, 40))
    record = after(Fix(50, 8, 40), Fix(50.001, 8, 40), zero, battery_percent=9)
    assert place(record) == (50.001, 8)
    assert (record.state.battery_percent, record.state.connection_status) == (9, ConnectionStatus.IDLE)
    assert record.trip == before.trip
    assert kilometres(record) == kilometres(before) > 0
    assert place(after(zero)) is None


@pytest.mark.parametrize("fix", [Fix(0, 8), Fix(50, 0), Fix(0.001, 0.001), Fix(-0.0002, 0)])
def test_equator_and_meridian_are_places(fix: Fix) -> None:
    assert place(after(Fix(1, 1), fix)) == (fix.latitude, fix.longitude)


def test_a_source_may_be_at_zero_zero_if_that_is_set() -> None:
    assert place(after(Fix(1, 1), Fix(0, 0), interpretation=Interpretation(filters=Filters(allows_zero=True)))) == (
        0,
        0,
    )


@pytest.mark.parametrize(
    ("filters", "fix", "is_believed"),
    [
        (Filters(), Fix(10, 10, precision_m=5000), True),
        (Filters(max_precision_m=100), Fix(50, 8, precision_m=100), True),
        (Filters(max_precision_m=100), Fix(50, 8, precision_m=101), False),
        (Filters(max_precision_m=100), Fix(50, 8), True),
        (Filters(max_speed_kmh=200), Fix(50.029, 8), True),
        (Filters(max_speed_kmh=200), Fix(50.04, 8), False),
        (Filters(max_speed_kmh=200), Fix(-33.9, 151.2), False),
        (Filters(drops_duplicates=True), Fix(50.01, 8, time=EPOCH), False),
        (Filters(), Fix(50.01, 8, time=EPOCH), True),
    ],
)
def test_a_filter_keeps_the_last_position(filters: Filters, fix: Fix, is_believed: bool) -> None:
    record = after(Fix(50, 8), fix, interpretation=Interpretation(filters=filters))
    assert place(record) == ((fix.latitude, fix.longitude) if is_believed else (50, 8))


def test_a_jump_that_the_next_fix_agrees_with_was_none() -> None:
    interpretation = Interpretation(filters=Filters(max_speed_kmh=200))
    there = [Fix(10, 10), Fix(10.001, 10)]
    assert place(after(Fix(50, 8), there[0], interpretation=interpretation)) == (50, 8)
    assert place(after(Fix(50, 8), *there, interpretation=interpretation)) == (10.001, 10)
    assert place(after(Fix(50, 8), there[0], Fix(50.001, 8), interpretation=interpretation)) == (50.001, 8)


@pytest.mark.parametrize(("is_assumed", "speed"), [(True, 36), (False, 18.52)])
def test_a_speed_that_had_no_unit_comes_in_that_of_its_source(is_assumed: bool, speed: float) -> None:
    fix = Fix(50, 8, speed_kmh=18.52, has_assumed_unit=is_assumed)
    record = after(fix, interpretation=Interpretation(speed_factor=3.6 / 1.852))
    assert record.state.gps is not None and record.state.gps.speed_kmh == round(speed)


@pytest.mark.parametrize(("takes", "mileage"), [(True, 12.5), (False, None)])
def test_the_distance_of_a_traccar_server_is_the_odometer_where_asked(takes: bool, mileage: float | None) -> None:
    told = Report("device", EPOCH, attributes={"totalDistance": 12_500})
    rules = replace(RULES, interpretation=Interpretation(takes_total_distance=takes))
    recent = apply_report(FRESH, told, received_at=EPOCH, rules=rules).recent
    assert recent is not None
    assert (b'"hardware_mileage":12.5' in bytes(recent.values)) is (mileage is not None)
