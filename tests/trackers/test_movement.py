"""Movement status: trip detection by speed, by reports and by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.strategies import FRESH, RULES
from tests.trackers.test_connection import minutes
from trackers.reports.report import Fix, Report
from trackers.state import ConnectionStatus, MovementStatus, Rules, State, apply_report, pass_time

MOVING, STOPPED, PARKED = MovementStatus.MOVING, MovementStatus.STOPPED, MovementStatus.PARKED

Speeds = list[tuple[float, float | None]]


def drive(speeds: Speeds, *, rules: Rules = RULES, cell_based: bool = False) -> State:
    """The state after a fix at each minute with its speed."""
    state = FRESH
    for minute, speed in speeds:
        fix = Fix(52.5, 13.4, speed_kmh=speed, is_cell_based=cell_based)
        report = Report("device", minutes(minute), fix=fix)
        state = apply_report(state, report, received_at=report.time, rules=rules)
    return state


@pytest.mark.contract(71)
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
        ([(0, 50), (1, 0), (60, 0)], PARKED, 60),
        ([(0, 50), (1, 0), (5, 3), (6, 0)], STOPPED, 6),
        ([(0, 50), (1, 0), (5, 3), (6, 0), (10.9, 0)], STOPPED, 6),
        ([(0, 50), (1, 0), (5, 3), (6, 0), (11, 0)], PARKED, 11),
        ([(0, 50), (1, 0), (7, 0), (8, 50)], MOVING, 8),
        ([(0, 50), (1, None)], MOVING, 0),
        ([(0, 50), (1, 0), (9, None)], STOPPED, 1),
        ([(0, None)], PARKED, None),
    ],
)
def test_speed_decides_between_moving_stopped_and_parked(
    speeds: Speeds, status: MovementStatus, since: float | None
) -> None:
    state = drive(speeds)
    assert state.movement_status is status
    assert state.movement_status_update == (None if since is None else minutes(since))


@pytest.mark.contract(71)
def test_a_threshold_of_zero_never_stops_nor_parks() -> None:
    state = drive([(0, 50), (1, 0), (60, 0)], rules=replace(RULES, idle_speed_kmh=0))
    assert state.movement_status is MOVING
    assert pass_time(state, now=minutes(600), rules=RULES).movement_status is MOVING


def test_positions_from_cell_towers_make_no_trips() -> None:
    assert drive([(0, 50)], cell_based=True).movement_status is PARKED


def test_a_report_without_a_position_leaves_the_movement() -> None:
    moving = drive([(0, 50)])
    report = Report("device", minutes(1), fix=Fix(0, 0, speed_kmh=0, satellites=2))
    assert apply_report(moving, report, received_at=report.time, rules=RULES).movement_status is MOVING


@pytest.mark.contract(71)
@pytest.mark.parametrize(
    ("minute", "status", "since"), [(5.9, STOPPED, 1), (6, PARKED, 6), (9, PARKED, 6), (600, PARKED, 6)]
)
def test_a_stopped_source_parks_by_time_alone_however_late_time_is_passed(
    minute: float, status: MovementStatus, since: float
) -> None:
    stopped = drive([(0, 50), (1, 0), (4, 0)])
    after = pass_time(stopped, now=minutes(minute), rules=RULES)
    assert (after.movement_status, after.movement_status_update) == (status, minutes(since))
    assert after.last_update == minutes(4)


@pytest.mark.contract(72)
@pytest.mark.parametrize(("speeds", "status"), [([(0, 50)], MOVING), ([(0, 50), (1, 0), (6, 0)], PARKED)])
def test_movement_outlives_the_connection(speeds: Speeds, status: MovementStatus) -> None:
    state = pass_time(drive(speeds), now=minutes(600), rules=RULES)
    assert (state.connection_status, state.movement_status) == (ConnectionStatus.OFFLINE, status)


@pytest.mark.contract(72)
def test_a_source_that_goes_offline_before_it_parks_stays_stopped() -> None:
    patient = replace(RULES, parking_time=timedelta(hours=1))
    state = pass_time(drive([(0, 50), (1, 0)], rules=patient), now=minutes(600), rules=patient)
    assert (state.connection_status, state.movement_status) == (ConnectionStatus.OFFLINE, STOPPED)


@pytest.mark.parametrize(
    ("speeds", "update"),
    [([(0, 0)], None), ([(0, 50)], 0), ([(0, 50), (1, 60)], 1), ([(0, 50), (1, 60), (2, 0)], 1)],
)
def test_the_track_grows_only_while_moving(speeds: Speeds, update: float | None) -> None:
    assert drive(speeds).actual_track_update == (None if update is None else minutes(update))
