"""Readings: what sensors and counters show, and what of it changed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.labelled_readings import ShownReadings, merge_changes, show_changes, show_readings
from trackers.engine.readings import Instruments, Readings
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.sensors import CalcMethod, DiscreteSensor, MeteringSensor, VirtualSensor
from trackers.reports.report import Fix, Report

LEFT = MeteringSensor(1, "fuel", "Left tank", "lls_level_1", 10.0, "litre", "litre")
RIGHT = MeteringSensor(2, "fuel", "Right tank", "lls_level_2", 10.0, "litre", "litre", min_value=0.0)
FUEL = MeteringSensor(3, "fuel", "Fuel", parent_ids=(1, 2), units="litre", units_type="litre")
DOOR = VirtualSensor(4, "state", "Door", "door", CalcMethod.IN_RANGE, range_from=1.0)
KEY = DiscreteSensor(5, "ignition", "Ignition", 1)
MILEAGE = MeteringSensor(6, "custom", "Mileage", "hw_mileage")
ODOMETER = CounterRule(CounterType.ODOMETER)
ENGINE_HOURS = CounterRule(CounterType.ENGINE_HOURS)
ALL = Instruments((LEFT, RIGHT, FUEL, DOOR, KEY, MILEAGE), (ODOMETER, ENGINE_HOURS))


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def rules(instruments: Instruments = ALL) -> Rules:
    return replace(RULES, instruments=instruments)


def tell(*told: tuple[float, dict[str, Any]], instruments: Instruments = ALL, record: Record = FRESH) -> Record:
    for minute, parts in told:
        fields = {"measurements": {}, **parts}
        report = Report("device", at(minute), **fields)
        record = apply_report(record, report, received_at=at(600), rules=rules(instruments)).record
    return record


def levels(**level: float) -> dict[str, Any]:
    return {"measurements": {f"lls_level_{1 if side == 'left' else 2}": value for side, value in level.items()}}


def shown(record: Record, instruments: Instruments = ALL) -> ShownReadings:
    assert record.readings is not None
    return show_readings(7, record.readings, instruments)


def test_sensors_show_newest_values_with_own_times() -> None:
    record = tell((0, levels(left=500, right=300)), (1, levels(left=490)), (2, {"attributes": {"door": 1}}))
    found = shown(record)
    assert [(one.label, one.value, one.updated) for one in found.inputs] == [
        ("Left tank", 49, at(1)),
        ("Right tank", 30, at(0)),
        ("Fuel", 79, at(1)),
    ]
    assert [(one.label, one.value, one.updated) for one in found.virtual_sensors] == [("Door", "On", at(2))]


def test_parts_know_what_sums_them_up() -> None:
    found = {one.sensor_id: one.composite_sensor_ids for one in shown(tell((0, levels(left=5, right=3)))).inputs}
    assert found == {1: (3,), 2: (3,), 3: ()}


def test_a_sum_waits_for_all_its_parts() -> None:
    assert [one.sensor_id for one in shown(tell((0, levels(left=500)))).inputs] == [1]


def test_what_cannot_be_is_not_read() -> None:
    found = shown(tell((0, levels(left=500, right=300)), (1, levels(right=-5))))
    assert [one.value for one in found.inputs] == [50, 30, 80]


def test_a_late_report_moves_no_reading_back() -> None:
    found = shown(tell((1, levels(left=490)), (0, levels(left=500, right=300))))
    assert [(one.value, one.updated) for one in found.inputs] == [(49, at(1)), (30, at(0)), (79, at(1))]


def test_a_source_without_instruments_has_no_readings() -> None:
    report = Report("device", EPOCH, measurements={"lls_level_1": 1.0})
    assert apply_report(FRESH, report, received_at=EPOCH, rules=RULES).record.readings is None


@pytest.mark.api(66)
def test_a_change_shows_only_changed_items_whole() -> None:
    before = tell((0, levels(left=500, right=300) | {"attributes": {"door": 0}}))
    after = tell((1, levels(left=490)), record=before)
    assert before.readings is not None and after.readings is not None
    change = show_changes(7, before.readings, after.readings, ALL)
    assert [one.sensor_id for one in change.inputs] == [1, 3]
    assert change.inputs[0].label == "Left tank"
    assert (change.virtual_sensors, change.counters) == ((), ())
    assert change.revision == before.readings.revision + 1


@pytest.mark.api(66)
def test_what_is_as_it_was_makes_no_change() -> None:
    before = tell((0, levels(left=500)))
    assert tell((0, levels(left=500)), record=before).readings is before.readings
    assert (
        tell((1, {"battery_percent": 5}), instruments=Instruments((LEFT,)), record=before).readings is before.readings
    )


def test_all_readings_are_the_changes_from_nothing() -> None:
    record = tell((0, levels(left=500, right=300)))
    assert record.readings is not None
    assert show_changes(7, Readings(), record.readings, ALL) == shown(record)


def test_the_odometer_counts_the_way_of_a_trip() -> None:
    way = [(minute, {"fix": Fix(52 + minute / 100, 13, speed_kmh=60)}) for minute in range(4)]
    (counter,) = [one for one in shown(tell(*way)).counters if one.counter_type is CounterType.ODOMETER]
    assert counter.value == pytest.approx(3.336, abs=0.01)
    assert counter.updated == at(3)


def test_an_odometer_with_a_sensor_follows_the_device() -> None:
    instruments = Instruments((MILEAGE,), (CounterRule(CounterType.ODOMETER, 2.0, MILEAGE.sensor_id),))
    way = [(minute, {"mileage_km": 1000.0 + minute, "fix": Fix(52 + minute, 13)}) for minute in range(4)]
    (counter,) = shown(tell(*way, instruments=instruments), instruments).counters
    assert counter.value == 6


def test_engine_hours_follow_ignition_sensor_or_device() -> None:
    ignition = [(minute * 6.0, {"inputs": (minute < 3,)}) for minute in range(5)]
    record = tell(*ignition)
    hours = {one.counter_type: one.value for one in shown(record).counters}
    assert hours[CounterType.ENGINE_HOURS] == pytest.approx(0.3)
    told = tell((30, {"engine_hours": 700.0}), (36, {"engine_hours": 700.5}), (42, {"inputs": (True,)}), record=record)
    hours = {one.counter_type: one.value for one in shown(told).counters}
    assert hours[CounterType.ENGINE_HOURS] == pytest.approx(0.8)


@given(
    sent=st.lists(
        st.builds(
            lambda minute, parts: (float(minute), parts),
            st.integers(0, 20),
            st.dictionaries(st.sampled_from(["left", "right"]), st.sampled_from([-10.0, 0.0, 5.0, 10.0])).map(
                lambda level: levels(**level)
            ),
        ),
        max_size=8,
        unique_by=lambda one: one[0],
    ),
    dice=st.randoms(use_true_random=False),
)
def test_report_order_does_not_change_sensors(sent: list[tuple[float, dict[str, Any]]], dice: random.Random) -> None:
    instruments = Instruments((LEFT, RIGHT, FUEL))
    in_order = tell(*sorted(sent, key=lambda one: one[0]), instruments=instruments)
    received = sent + dice.choices(sent, k=2) if sent else []
    dice.shuffle(received)
    as_it_came = tell(*received, instruments=instruments)
    before, after = in_order.readings or Readings(), as_it_came.readings or Readings()
    assert before.by_sensor == after.by_sensor


@given(
    levels_told=st.lists(
        st.dictionaries(st.sampled_from(["left", "right"]), st.sampled_from([0.0, 5.0, 10.0])), min_size=2, max_size=5
    )
)
def test_merged_changes_equal_successive_changes(levels_told: list[dict[str, float]]) -> None:
    records = [FRESH]
    for minute, level in enumerate(levels_told):
        records.append(tell((minute, levels(**level)), record=records[-1]))
    readings = [record.readings or Readings() for record in records]
    changes = [show_changes(7, one, other, ALL) for one, other in zip(readings, readings[1:], strict=False)]
    merged = changes[0]
    for change in changes[1:]:
        merged = merge_changes(merged, change)
    everything = show_readings(7, readings[-1], ALL)
    assert merged.revision == everything.revision
    assert {one.sensor_id: one for one in merged.inputs} == {one.sensor_id: one for one in everything.inputs}
