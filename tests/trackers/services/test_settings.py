"""What is set for a source holds for its reports, its states and its readings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from tests.notices import Hear
from tests.strategies import EPOCH
from trackers.engine.counters import CounterType
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.notices import InstrumentsChanged, StatesChanged
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus
from trackers.models import Counter, Sensor, Source, SourceState, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest, pass_time_for_due
from trackers.services.selectors import readings_of
from trackers.services.settings import (
    remove_counter,
    remove_sensor,
    save_counter,
    save_sensor,
    save_source_rules,
    set_counter_value,
)
from trackers.services.trackers import clone_tracker


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Source:
    return register(alice).source


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def tell(source: Source, minute: float, **parts: Any) -> None:
    ingest([Report(source.device_id, at(minute), **parts)], received_at=at(minute))


def stored(source: Source) -> State:
    return SourceState.objects.get(source=source).state


def tank(source: Source, number: int = 1, **fields: Any) -> Sensor:
    sensor = Sensor(
        source=source,
        kind="metering",
        sensor_type="fuel",
        name=f"Tank {number}",
        input_name=f"lls_level_{number}",
        **fields,
    )
    save_sensor(sensor)
    return sensor


def told_readings(heard: list[Any]) -> list[ShownReadings]:
    return [one for notice in heard if isinstance(notice, StatesChanged) for one in notice.readings]


def told_instruments(heard: list[Any]) -> list[ShownReadings]:
    return [notice.readings for notice in heard if isinstance(notice, InstrumentsChanged)]


def test_a_source_has_its_own_trip_detection(van: Source) -> None:
    van.min_idle_duration_minutes, van.idle_speed_threshold = 1, 10
    save_source_rules(van)
    tell(van, 0, fix=Fix(1, 2, speed_kmh=9))
    assert stored(van).movement_status is MovementStatus.PARKED
    tell(van, 1, fix=Fix(1, 2, speed_kmh=10))
    tell(van, 2, fix=Fix(1, 2, speed_kmh=9))
    assert SourceState.objects.get(source=van).due_at == at(3)
    pass_time_for_due(at(3))
    assert (stored(van).movement_status, stored(van).movement_status_update) == (MovementStatus.PARKED, at(3))


@pytest.mark.api(69)
def test_a_source_has_its_own_offline_timeout(van: Source) -> None:
    van.offline_timeout_s = 3600
    save_source_rules(van)
    tell(van, 0, fix=Fix(1, 2))
    pass_time_for_due(at(59))
    assert stored(van).connection_status is ConnectionStatus.IDLE
    pass_time_for_due(at(60))
    assert stored(van).connection_status is ConnectionStatus.OFFLINE


@pytest.mark.api(81)
def test_a_source_has_a_rule_for_its_clock(van: Source) -> None:
    for rule, offset_s, dated in [("server", 0, at(60)), ("offset", 3600, at(60)), ("offset", 7200, at(120))]:
        van.clock_rule, van.clock_offset_s = rule, offset_s
        save_source_rules(van)
        ingest([Report(van.device_id, at(0), battery_percent=offset_s // 100)], received_at=max(at(60), dated))
        assert stored(van).last_update == dated


@pytest.mark.parametrize(
    ("changes", "fix", "shown"),
    [
        ({}, Fix(0, 0), None),
        ({"allows_zero_position": True}, Fix(0, 0), (0, None)),
        ({"max_precision_m": 100}, Fix(1, 2, precision_m=101), None),
        ({"max_precision_m": 100}, Fix(1, 2, precision_m=100), (1, None)),
        ({}, Fix(1, 2, 18.52, has_assumed_unit=True), (1, 19)),
        ({"speed_unit": "m/s"}, Fix(1, 2, 18.52, has_assumed_unit=True), (1, 36)),
        ({"speed_unit": "km/h"}, Fix(1, 2, 18.52, has_assumed_unit=True), (1, 10)),
        ({"speed_unit": "m/s"}, Fix(1, 2, 18.52), (1, 19)),
    ],
)
def test_a_source_says_how_its_reports_are_read(
    van: Source, changes: dict[str, Any], fix: Fix, shown: tuple[float, int | None] | None
) -> None:
    for name, value in changes.items():
        setattr(van, name, value)
    save_source_rules(van)
    tell(van, 0, fix=fix)
    gps = stored(van).gps
    assert shown == (None if gps is None else (gps.latitude, gps.speed_kmh))


def test_changed_rules_are_applied_and_told_immediately(alice: User, van: Source, hear: Hear) -> None:
    now = timezone.now()
    received_at = now - timedelta(minutes=4)
    ingest([Report(van.device_id, received_at, fix=Fix(1, 2))], received_at=received_at)
    van.offline_timeout_s = 60
    with hear(alice) as heard:
        save_source_rules(van)
    states = [state for notice in heard["alice"] if isinstance(notice, StatesChanged) for state in notice.states]
    assert [state.connection_status for state in states] == [ConnectionStatus.OFFLINE]


@pytest.mark.parametrize(
    "changes",
    [
        {"min_idle_duration_minutes": 0},
        {"min_idle_duration_minutes": 1441},
        {"idle_speed_threshold": 201},
        {"offline_timeout_s": 59},
        {"offline_timeout_s": 3000 * 86400 + 1},
    ],
)
def test_rules_out_of_their_ranges_are_refused(van: Source, changes: dict[str, int]) -> None:
    for name, value in changes.items():
        setattr(van, name, value)
    with pytest.raises(ValidationError) as refused:
        save_source_rules(van)
    assert list(refused.value.message_dict) == list(changes)
    assert Source.objects.get().own_rules == ""


def test_default_rules_are_not_stored_as_own(van: Source) -> None:
    van.ignition_aware = True
    save_source_rules(van)
    assert Source.objects.get().own_rules
    van.ignition_aware = False
    save_source_rules(van)
    assert Source.objects.get().own_rules == ""


def test_the_ignition_is_what_its_sensor_says(van: Source) -> None:
    save_sensor(Sensor(source=van, kind="discrete", sensor_type="ignition", name="Key", input_number=2))
    tell(van, 0, inputs=(False, True), ignition=False)
    assert stored(van).ignition is True


def test_readings_are_found_with_their_state(van: Source, register: Callable[..., Tracker]) -> None:
    sensor = tank(van)
    other = register(van.trackers.get().account).source
    tell(van, 0, measurements={"lls_level_1": 640.0}, attributes={"note": "x"})
    found = readings_of([van.pk, other.pk])
    assert [(one.sensor_id, one.value) for one in found[van.pk].shown.inputs] == [(sensor.pk, 640)]
    assert found[van.pk].state == stored(van)
    assert found[other.pk].shown == ShownReadings(other.pk, 0)


@pytest.mark.api(66)
def test_each_account_hears_of_changed_readings(alice: User, charlie: User, van: Source, hear: Hear) -> None:
    clone_tracker(van.trackers.get(), account=charlie, label="Borrowed")
    sensor = tank(van, divider=10)
    with hear(alice, charlie) as heard:
        tell(van, 0, measurements={"lls_level_1": 640.0})
        tell(van, 1, battery_percent=5)
        tell(van, 2, measurements={"lls_level_1": 630.0})
    found = told_readings(heard["alice"])
    assert [(one.source_id, one.revision) for one in found] == [(van.pk, 1), (van.pk, 2)]
    assert [(one.sensor_id, one.value, one.updated) for shown in found for one in shown.inputs] == [
        (sensor.pk, 64, at(0)),
        (sensor.pk, 63, at(2)),
    ]
    assert told_readings(heard["charlie"]) == found


def test_other_sensors_are_told_with_all_readings(alice: User, van: Source, hear: Hear) -> None:
    first, second = tank(van, 1), tank(van, 2)
    tell(van, 0, measurements={"lls_level_1": 5.0, "lls_level_2": 7.0})
    with hear(alice) as heard:
        first.name = "Left tank"
        save_sensor(first)
    (found,) = told_instruments(heard["alice"])
    assert [(one.label, one.value) for one in found.inputs] == [("Left tank", 5), ("Tank 2", 7)]
    with hear(alice) as heard:
        remove_sensor(second)
    (found,) = told_instruments(heard["alice"])
    assert [one.label for one in found.inputs] == ["Left tank"]
    assert list(SourceState.objects.get().record.readings.by_sensor) == [first.pk]


def test_a_source_without_sensors_pays_for_none(van: Source) -> None:
    sensor = tank(van)
    tell(van, 0, measurements={"lls_level_1": 5.0})
    remove_sensor(sensor)
    assert Source.objects.get().own_rules == ""
    assert SourceState.objects.get().record.readings is None


def test_a_removed_sensor_leaves_its_sum(van: Source) -> None:
    first, second = tank(van, 1), tank(van, 2)
    total = Sensor(
        source=van,
        kind="metering",
        sensor_type="fuel",
        name="All",
        parameters={"parent_ids": [first.pk, second.pk]},
    )
    save_sensor(total)
    remove_sensor(first)
    total.refresh_from_db()
    assert total.parameters == {"parent_ids": [second.pk]}


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"kind": "metering", "sensor_type": "ignition", "input_name": "a"}, "sensor_type"),
        ({"kind": "metering", "sensor_type": "fuel"}, "input_name"),
        ({"kind": "metering", "sensor_type": "fuel", "input_name": "a", "divider": 0}, "divider"),
        ({"kind": "metering", "sensor_type": "fuel", "parameters": {"parent_ids": [999]}}, "parameters"),
        ({"kind": "metering", "sensor_type": "fuel", "input_name": "a", "parameters": {"min": "x"}}, "parameters"),
        ({"kind": "metering", "sensor_type": "fuel", "input_name": "a", "parameters": {"max": 1e300}}, "parameters"),
        ({"kind": "metering", "sensor_type": "fuel", "input_name": "a", "parameters": {"volume": "x"}}, "parameters"),
        ({"kind": "metering", "sensor_type": "fuel", "input_name": "a", "accuracy": 101}, "accuracy"),
        ({"kind": "discrete", "sensor_type": "ignition"}, "input_number"),
        ({"kind": "discrete", "sensor_type": "ignition", "input_number": 9}, "input_number"),
        ({"kind": "virtual", "sensor_type": "state"}, "input_name"),
        (
            {"kind": "virtual", "sensor_type": "state", "input_name": "a", "parameters": {"calc_method": "x"}},
            "parameters",
        ),
        (
            {"kind": "virtual", "sensor_type": "state", "input_name": "a", "parameters": {"calc_method": "in_range"}},
            "parameters",
        ),
        (
            {"kind": "virtual", "sensor_type": "state", "input_name": "a", "parameters": {"calc_method": "bit_index"}},
            "parameters",
        ),
        (
            {
                "kind": "virtual",
                "sensor_type": "state",
                "input_name": "a",
                "parameters": {"value_titles": [{"value": "1", "title": "A"}, {"value": "1", "title": "B"}]},
            },
            "parameters",
        ),
        ({"kind": "discrete", "sensor_type": "door", "input_number": 1, "name": "<b>"}, "name"),
    ],
)
def test_sensors_that_cannot_be_are_refused(van: Source, fields: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        save_sensor(Sensor(**{"source": van, "name": "Sensor", **fields}))
    assert list(refused.value.message_dict) == [at_fault]
    assert not Sensor.objects.exists()


def test_a_source_has_one_virtual_ignition(van: Source) -> None:
    parameters = {"calc_method": "in_range", "range_from": 13.2}
    fields = {"source": van, "kind": "virtual", "sensor_type": "virtual_ignition", "name": "Ignition"}
    first = Sensor(**fields, input_name="board_voltage", parameters=parameters)
    save_sensor(first)
    save_sensor(first)
    with pytest.raises(ValidationError, match="one virtual ignition"):
        save_sensor(Sensor(**fields, input_name="board_voltage", parameters=parameters))
    tell(van, 0, measurements={"board_voltage": 14.0})
    assert stored(van).ignition is True


def test_a_counter_counts_from_its_set_value(alice: User, van: Source, hear: Hear) -> None:
    with hear(alice) as heard:
        set_counter_value(van, CounterType.ODOMETER, 120_000.0)
    (found,) = told_instruments(heard["alice"])
    assert [one.value for one in found.counters] == [120_000]
    for minute in range(3):
        tell(van, minute, fix=Fix(52 + minute / 100, 13, speed_kmh=60))
    counter = SourceState.objects.get().record.readings.counters[CounterType.ODOMETER]
    assert counter.value == pytest.approx(120_002.2, abs=0.1)
    set_counter_value(van, CounterType.ODOMETER, 5.0)
    tell(van, 3, fix=Fix(52.03, 13, speed_kmh=60))
    counter = SourceState.objects.get().record.readings.counters[CounterType.ODOMETER]
    assert counter.value == pytest.approx(6.1, abs=0.1)


def test_a_counter_goes_with_its_value(van: Source) -> None:
    set_counter_value(van, CounterType.ENGINE_HOURS, 7.0)
    remove_counter(Counter.objects.get())
    assert SourceState.objects.get().record.readings is None


def test_an_odometer_that_loses_its_sensor_counts_distance(van: Source) -> None:
    sensor = Sensor(source=van, kind="metering", sensor_type="custom", name="Odometer", input_name="hw_mileage")
    save_sensor(sensor)
    save_counter(Counter(source=van, counter_type="odometer", sensor=sensor))
    tell(van, 0, mileage_km=100.0, fix=Fix(52, 13, speed_kmh=60))
    tell(van, 1, mileage_km=107.0, fix=Fix(52.01, 13, speed_kmh=60))
    remove_sensor(sensor)
    tell(van, 2, mileage_km=200.0, fix=Fix(52.02, 13, speed_kmh=60))
    tell(van, 3, mileage_km=300.0, fix=Fix(52.03, 13, speed_kmh=60))
    counter = SourceState.objects.get().record.readings.counters[CounterType.ODOMETER]
    assert counter.value == pytest.approx(8.1, abs=0.1)


def test_a_counter_refuses_another_sources_sensor(van: Source, register: Callable[..., Tracker], alice: User) -> None:
    strange = tank(register(alice).source)
    with pytest.raises(ValidationError):
        save_counter(Counter(source=van, counter_type="odometer", sensor=strange))
