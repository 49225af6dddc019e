"""Movement status: trip detection by speed, ignition and motion, by reports and by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.strategies import FRESH, RULES
from tests.trackers.engine.test_connection import minutes
from trackers.engine.apply import apply_report, pass_time
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus, TripRules
from trackers.reports.report import Fix, Report

MOVING, STOPPED, PARKED = MovementStatus.MOVING, MovementStatus.STOPPED, MovementStatus.PARKED
ON, OFF = True, False

IGNITION = replace(RULES, trips=TripRules(ignition_aware=True))
MOTION = replace(RULES, trips=TripRules(motion_sensor_aware=True))
BOTH = replace(RULES, trips=TripRules(ignition_aware=True, motion_sensor_aware=True))

Speeds = list[tuple[float, float | None]]
Told = list[tuple[float, dict[str, Any]]]


def tell(told: Told, rules: Rules = RULES, *, record: Record = FRESH) -> Record:
    """The record after a report at each minute; `speed` stands for a fix with it."""
    for minute, parts in told:
        fields = dict(parts)
        if "speed" in fields:
            fields["fix"] = Fix(52.5, 13.4, speed_kmh=fields.pop("speed"))
        report = Report("device", minutes(minute), **fields)
        record = apply_report(record, report, received_at=report.time, rules=rules).record
    return record


def drive(speeds: Speeds, *, rules: Rules = RULES) -> Record:
    """The record after a fix at each minute with its speed."""
    return tell([(minute, {"speed": speed}) for minute, speed in speeds], rules)


def movement(state: State) -> tuple[MovementStatus, float | None]:
    """The movement status, and the minute of its last change."""
    update = state.movement_status_update
    return state.movement_status, None if update is None else (update - minutes(0)) / timedelta(minutes=1)


@pytest.mark.api(71)
@pytest.mark.parametrize(
    ("speeds", "status", "since"),
    [
        ([], PARKED, None),
        ([(0, 0)], PARKED, None),
        ([(0, 2.9)], PARKED, None),
        ([(0, 3)], MOVING, 0),
        ([(0, 50), (1, 60)], MOVING, 0),
        ([(0, 50), (1, 2.9)], STOPPED, 1),
        ([(0, 50), (1, 0), (5.9, 0)], STOPPED, 1),
        ([(0, 50), (1, 0), (6, 0)], PARKED, 6),
        ([(0, 50), (1, 0), (60, 0)], PARKED, 6),
        ([(0, 50), (1, 0), (5, 3), (6, 0)], STOPPED, 6),
        ([(0, 50), (1, 0), (5, 3), (6, 0), (10.9, 0)], STOPPED, 6),
        ([(0, 50), (1, 0), (5, 3), (6, 0), (11, 0)], PARKED, 11),
        ([(0, 50), (1, 0), (7, 0), (8, 50)], MOVING, 8),
        ([(0, 50), (1, 0), (8, 50)], MOVING, 8),
        ([(0, 50), (1, None)], MOVING, 0),
        ([(0, 50), (1, 0), (5, None)], STOPPED, 1),
        ([(0, 50), (1, 0), (9, None)], PARKED, 6),
        ([(0, None)], PARKED, None),
    ],
)
def test_speed_decides_between_moving_stopped_and_parked(
    speeds: Speeds, status: MovementStatus, since: float | None
) -> None:
    assert movement(drive(speeds).state) == (status, since)


@pytest.mark.api(71)
def test_a_threshold_of_zero_never_stops_nor_parks() -> None:
    never = replace(RULES, trips=TripRules(idle_speed_kmh=0))
    record = drive([(0, 50), (1, 0), (60, 0)], rules=never)
    assert record.state.movement_status is MOVING
    assert pass_time(record, now=minutes(600), rules=never).state.movement_status is MOVING


@pytest.mark.parametrize(
    "fix",
    [
        Fix(52.5, 13.4, speed_kmh=50, is_cell_based=True),
        Fix(52.5, 13.4, speed_kmh=50, satellites=2, is_valid=False),
        Fix(52.5, 13.4, speed_kmh=50, time=minutes(-2)),
    ],
)
def test_unreliable_positions_make_no_trips(fix: Fix) -> None:
    assert movement(tell([(0, {"fix": fix})]).state) == (PARKED, None)
    stands = msgspec.structs.replace(fix, speed_kmh=0)
    assert movement(tell([(0, {"speed": 50}), (1, {"fix": stands})]).state) == (MOVING, 0)


@pytest.mark.parametrize(
    ("told", "status", "since"),
    [
        ([(0, {"speed": 50})], MOVING, 0),  # no ignition is known
        ([(0, {"speed": 50, "ignition": OFF})], PARKED, None),
        ([(0, {"speed": 50, "ignition": ON})], MOVING, 0),
        ([(0, {"ignition": ON}), (1, {"speed": 50})], MOVING, 1),
        ([(0, {"ignition": OFF}), (1, {"speed": 50})], PARKED, None),
        ([(0, {"speed": 50, "ignition": OFF}), (1, {"ignition": ON})], PARKED, None),
        ([(0, {"speed": 50, "ignition": OFF}), (1, {"ignition": ON}), (2, {"speed": 50})], MOVING, 2),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"ignition": OFF})], MOVING, 0),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"speed": 50, "ignition": OFF})], MOVING, 0),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"speed": 0})], STOPPED, 1),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"speed": 0}), (6, {})], PARKED, 6),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"speed": 0, "ignition": OFF})], PARKED, 1),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"speed": 0}), (2, {"ignition": OFF})], PARKED, 2),
        ([(0, {"speed": 50, "ignition": ON}), (1, {"ignition": OFF}), (2, {"speed": 0})], PARKED, 2),
    ],
)
def test_ignition_begins_and_ends_a_trip(told: Told, status: MovementStatus, since: float | None) -> None:
    assert movement(tell(told, IGNITION).state) == (status, since)


@pytest.mark.parametrize(
    ("told", "status", "since"),
    [
        ([(0, {"speed": 50})], MOVING, 0),  # no motion is known
        ([(0, {"speed": 50, "is_moving": False})], PARKED, None),
        ([(0, {"speed": 50, "is_moving": True})], MOVING, 0),
        ([(0, {"is_moving": True}), (1, {"speed": 50})], MOVING, 1),
        ([(0, {"speed": 50, "is_moving": True}), (1, {"is_moving": False})], STOPPED, 1),
        ([(0, {"speed": 50, "is_moving": True}), (1, {"is_moving": False}), (6, {"speed": 50})], PARKED, 6),
        ([(0, {"speed": 50, "is_moving": True}), (1, {"speed": 0}), (6, {"is_moving": True})], PARKED, 6),
        ([(0, {"speed": 50, "is_moving": True}), (1, {"is_moving": False}), (2, {"is_moving": True})], MOVING, 2),
        ([(0, {"speed": 50, "is_moving": True}), (1, {"speed": 0}), (2, {"is_moving": True})], STOPPED, 1),
    ],
)
def test_motion_begins_a_trip_standing_ends_it(told: Told, status: MovementStatus, since: float | None) -> None:
    assert movement(tell(told, MOTION).state) == (status, since)


@pytest.mark.parametrize(
    ("told", "status", "since"),
    [
        ([(0, {"speed": 50, "ignition": ON, "is_moving": False})], MOVING, 0),
        ([(0, {"speed": 50, "ignition": OFF, "is_moving": True})], PARKED, None),
        ([(0, {"speed": 50, "is_moving": False})], PARKED, None),  # no ignition is known
    ],
)
def test_ignition_goes_before_the_motion_sensor(told: Told, status: MovementStatus, since: float | None) -> None:
    assert movement(tell(told, BOTH).state) == (status, since)


@pytest.mark.api(71)
@pytest.mark.parametrize(
    ("minute", "status", "since"), [(5.9, STOPPED, 1), (6, PARKED, 6), (9, PARKED, 6), (600, PARKED, 6)]
)
def test_a_stopped_source_parks_by_time_alone(minute: float, status: MovementStatus, since: float) -> None:
    after = pass_time(drive([(0, 50), (1, 0), (4, 0)]), now=minutes(minute), rules=RULES)
    assert movement(after.state) == (status, since)
    assert after.state.last_update == minutes(4)


@pytest.mark.api(72)
@pytest.mark.parametrize(("speeds", "status"), [([(0, 50)], MOVING), ([(0, 50), (1, 0), (6, 0)], PARKED)])
def test_movement_outlives_the_connection(speeds: Speeds, status: MovementStatus) -> None:
    state = pass_time(drive(speeds), now=minutes(600), rules=RULES).state
    assert (state.connection_status, state.movement_status) == (ConnectionStatus.OFFLINE, status)


@pytest.mark.api(72)
def test_a_source_offline_before_parking_stays_stopped() -> None:
    patient = replace(RULES, trips=TripRules(parking_time=timedelta(hours=1)))
    state = pass_time(drive([(0, 50), (1, 0)], rules=patient), now=minutes(600), rules=patient).state
    assert (state.connection_status, state.movement_status) == (ConnectionStatus.OFFLINE, STOPPED)


@pytest.mark.parametrize(
    ("speeds", "update"),
    [([(0, 0)], None), ([(0, 50)], 0), ([(0, 50), (1, 60)], 1), ([(0, 50), (1, 60), (2, 0)], 1)],
)
def test_the_track_grows_only_while_moving(speeds: Speeds, update: float | None) -> None:
    assert drive(speeds).state.actual_track_update == (None if update is None else minutes(update))
