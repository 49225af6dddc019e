"""What is made of a server's clock that jumps: nothing that came before locks out what comes later."""

from __future__ import annotations

from dataclasses import replace as copy_of
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import astuple, replace

from tests.strategies import EPOCH, FRESH, RULES, records, reports
from trackers.engine.apply import apply_report, next_due, pass_time
from trackers.engine.belief import Interpretation
from trackers.engine.clock_jumps import without_future, without_future_contact
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.dating import FUTURE_TOLERANCE, Clock, ClockRule
from trackers.engine.readings import Instruments
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.silence_clock import SilenceClock
from trackers.engine.state import ConnectionStatus
from trackers.reports.report import Fix, Report

HOUR, DAY, SECOND, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1), timedelta(minutes=1)
BY_SERVER = copy_of(RULES, interpretation=Interpretation(Clock(ClockRule.SERVER)))
COUNTING = copy_of(RULES, instruments=Instruments(counters=(CounterRule(CounterType.ODOMETER),)))
jumps = st.sampled_from([-400 * DAY, -DAY, -HOUR, -5 * MINUTE, -50 * SECOND, timedelta(), HOUR, DAY])


class Server:
    """Takes reports of one source by a clock that can be set; the device's clock is right all the time."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.record = FRESH
        self.true_time = EPOCH
        self.error = timedelta()
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.true_time + self.error

    def hear(self) -> float:
        """Takes a report that is made now; where it was made, which is elsewhere each time."""
        self._count += 1
        latitude = 50 + self._count / 1000
        report = Report("device", self.true_time, fix=Fix(latitude, 8, 30), battery_percent=self._count)
        known = without_future(self.record, self.now)
        self.record = apply_report(known, report, received_at=self.now, rules=self.rules).record
        return latitude

    def shows(self, latitude: float) -> bool:
        state = self.record.state
        return (
            state.gps is not None
            and state.gps.latitude == latitude
            and state.battery_percent == self._count
            and state.connection_status is ConnectionStatus.ACTIVE
            and state.last_update is not None
            and state.last_update <= self.now + FUTURE_TOLERANCE
        )


@pytest.mark.parametrize("rules", [RULES, BY_SERVER, COUNTING], ids=["device", "server", "counting"])
@given(errors=st.lists(jumps.filter(lambda jump: jump <= timedelta()), max_size=6))
def test_each_report_moves_its_source_however_far_the_clock_was_set_back(rules: Rules, errors: list[timedelta]) -> None:
    server = Server(rules)
    for error in [timedelta(), *errors]:
        server.error = error
        for _ in range(3):
            server.true_time += 10 * SECOND
            assert server.shows(server.hear())


@given(errors=st.lists(jumps, max_size=6))
def test_each_report_of_a_source_dated_by_arrival_moves_it_whatever_the_clock(errors: list[timedelta]) -> None:
    server = Server(BY_SERVER)
    for error in [timedelta(), *errors]:
        server.error = error
        server.true_time += 10 * SECOND
        assert server.shows(server.hear())


@given(errors=st.lists(jumps, max_size=6))
def test_once_the_clock_is_right_again_each_report_moves_its_source(errors: list[timedelta]) -> None:
    server = Server()
    for error in errors:
        server.error = error
        server.true_time += 10 * SECOND
        server.hear()
    server.error = timedelta()
    for _ in range(3):
        server.true_time += 10 * SECOND
        assert server.shows(server.hear())


def test_an_hour_back_moves_the_vehicle_with_its_next_report() -> None:
    server = Server()
    server.hear()
    server.error = -HOUR
    for _ in range(199):
        server.true_time += 10 * SECOND
        assert server.shows(server.hear())


@pytest.mark.parametrize("error", [DAY, 400 * DAY])
def test_offline_comes_in_time_after_a_report_by_a_clock_that_was_ahead(error: timedelta) -> None:
    server = Server()
    server.error = error
    server.hear()
    server.error = timedelta()
    recalled = without_future_contact(server.record, server.now)
    due = next_due(recalled, RULES)
    assert due is not None and due <= server.now + RULES.offline_timeout
    silent = pass_time(recalled, now=server.now + RULES.offline_timeout, rules=RULES)
    assert silent.state.connection_status is ConnectionStatus.OFFLINE


def test_a_source_registered_by_a_clock_that_was_ahead_is_lost_in_time() -> None:
    ahead = replace(FRESH, state=replace(FRESH.state, registered_at=EPOCH + DAY))
    recalled = without_future_contact(ahead, EPOCH)
    lost = pass_time(recalled, now=EPOCH + 5 * MINUTE, rules=RULES)
    assert lost.state.connection_status is ConnectionStatus.SIGNAL_LOST


@given(record=records(), ahead=st.integers(-60, 7200).map(lambda seconds: timedelta(seconds=seconds)))
def test_nothing_known_is_later_than_now(record: Record, ahead: timedelta) -> None:
    now = EPOCH + HOUR - ahead
    after = without_future(record, now)
    assert all(moment <= now + FUTURE_TOLERANCE for moment in moments_in(after))
    assert without_future(after, now) is after
    assert (after is record) == all(moment <= now + FUTURE_TOLERANCE for moment in moments_in(record))
    assert after.state.revision - record.state.revision == (after.state != record.state)
    before, traces = record.traces, after.traces
    assert [trace.slot for trace in traces] == [trace.slot for trace in before], "the order stays"


def moments_in(value: object) -> list[datetime]:
    """All moments in a value, however deep."""
    if isinstance(value, datetime):
        return [value]
    if isinstance(value, Struct):
        value = astuple(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    return [moment for part in value for moment in moments_in(part)] if isinstance(value, tuple) else []


@given(record=records(), report=reports())
def test_a_clock_that_never_jumps_recalls_nothing(record: Record, report: object) -> None:
    now = max([*moments_in(record), EPOCH])
    assert without_future(record, now) is record
    assert without_future_contact(record, now) is record


def test_a_device_a_minute_ahead_does_not_lock_itself_out() -> None:
    record = FRESH
    for number, ahead in enumerate([59, 61]):
        report = Report("device", EPOCH + ahead * SECOND, fix=Fix(50 + number, 8))
        record = apply_report(record, report, received_at=EPOCH, rules=RULES).record
    assert record.state.gps is not None and record.state.gps.latitude == 51


WALL = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("readings", "judged"),
    [
        # Seconds that passed, and how far the clock on the wall is set; how far the time lags behind it.
        ([(1, 0), (2, 3), (3, -3)], [0, 0, 0]),
        ([(1, 3600), (2, 3600), (599, 3600), (601, 3600)], [3600, 3600, 3600, 0]),
        ([(1, 3600), (300, 7200), (602, 7200), (901, 7200)], [3600, 7200, 7200, 0]),
        ([(1, 3600), (2, 0)], [3600, 0]),
        ([(1, -3600), (2, -3600)], [0, 0]),
        ([(1, 3600), (2, 1800)], [3600, 1800]),
    ],
)
def test_silence_is_judged_by_a_clock_that_was_not_set(readings: list[tuple[int, int]], judged: list[int]) -> None:
    clock = SilenceClock(hold=10 * MINUTE)
    assert clock.read(WALL, timedelta()) == WALL
    for (passed_s, error_s), lag_s in zip(readings, judged, strict=True):
        wall = WALL + timedelta(seconds=passed_s + error_s)
        assert clock.read(wall, timedelta(seconds=passed_s)) == wall - timedelta(seconds=lag_s)


def test_setting_back_is_noticed_once() -> None:
    clock = SilenceClock(hold=10 * MINUTE)
    noticed = []
    for passed_s, error_s in enumerate((0, 3600, 3600, 3597, 0, 0)):
        clock.read(WALL + timedelta(seconds=passed_s + error_s), timedelta(seconds=passed_s))
        noticed.append(clock.was_set_back)
    assert noticed == [False, False, False, False, True, False]
