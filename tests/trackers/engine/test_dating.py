"""When a report was made: what is made of clocks that are wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report
from trackers.engine.belief import Interpretation
from trackers.engine.dating import Clock, ClockRule, date_fix, date_report
from trackers.engine.record import Record
from trackers.reports.report import Fix, Report

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BY_DEVICE, BY_SERVER = Clock(), Clock(ClockRule.SERVER)
WEEKS, DAYS, HOURS, SECONDS = (timedelta(**{unit: 1}) for unit in ("weeks", "days", "hours", "seconds"))


@pytest.mark.parametrize(
    ("told", "dated"),
    [
        (NOW, NOW),
        (NOW - 3 * DAYS, NOW - 3 * DAYS),
        (NOW + 59 * SECONDS, NOW + 59 * SECONDS),
        (NOW + 61 * SECONDS, None),
        (datetime(2569, 11, 28, 10, tzinfo=UTC), None),
        (datetime(9999, 12, 31, tzinfo=UTC), None),
        (NOW - 1024 * WEEKS, NOW),
        (NOW - 1024 * WEEKS + 30 * SECONDS, NOW + 30 * SECONDS),
        (NOW - 1024 * WEEKS - 40 * SECONDS, NOW - 40 * SECONDS),
        (NOW - 1024 * WEEKS - 6 * DAYS, NOW - 6 * DAYS),
        (NOW - 2048 * WEEKS - 1 * HOURS, NOW - 1 * HOURS),
        # Neither is a queue of weeks, nor one that is behind by anything else.
        (NOW - 1024 * WEEKS - 30 * DAYS, NOW - 1024 * WEEKS - 30 * DAYS),
        (NOW - 1024 * WEEKS + 2 * DAYS, NOW - 1024 * WEEKS + 2 * DAYS),
        (NOW - 1023 * WEEKS, NOW - 1023 * WEEKS),
        # What clocks show that were never set.
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (datetime(1980, 1, 6, 0, 3, tzinfo=UTC), None),
    ],
)
def test_a_report_is_dated_by_what_its_device_can_mean(told: datetime, dated: datetime | None) -> None:
    assert date_report(told, NOW, BY_DEVICE) == dated
    if dated is not None:
        assert date_fix(told, NOW, BY_DEVICE) == dated


@pytest.mark.parametrize(
    ("clock", "told", "dated"),
    [
        (BY_SERVER, NOW - 5 * HOURS, None),
        (Clock(ClockRule.OFFSET, 7200), NOW - 2 * HOURS, NOW),
        (Clock(ClockRule.OFFSET, -7200), NOW + 2 * HOURS, NOW),
        (Clock(ClockRule.OFFSET, -7200), NOW + 3 * HOURS, None),
        (Clock(ClockRule.OFFSET, 7200), datetime(9999, 12, 31, 23, tzinfo=UTC), None),
        (Clock(ClockRule.DEVICE, 7200), NOW - 2 * HOURS, NOW - 2 * HOURS),
    ],
)
def test_a_source_may_have_a_rule_for_its_clock(clock: Clock, told: datetime, dated: datetime | None) -> None:
    assert date_report(told, NOW, clock) == dated


@given(
    told=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)),
    rule=st.sampled_from(ClockRule),
    offset_s=st.integers(-(10**9), 10**9),
)
def test_no_date_is_later_than_the_arrival(told: datetime, rule: ClockRule, offset_s: int) -> None:
    dated = date_report(told, NOW, Clock(rule, offset_s))
    assert dated is None or datetime(1990, 1, 1, tzinfo=UTC) <= dated <= NOW + timedelta(minutes=1)


def drive(told: list[datetime], clock: Clock = BY_DEVICE, *, seconds: int = 10) -> Record:
    """The record after reports, one every few seconds, each of which says where it is by its number."""
    rules = replace(RULES, interpretation=Interpretation(clock))
    record = FRESH
    for number, time in enumerate(told):
        report = Report("device", time, fix=Fix(50 + number / 1000, 8, 30))
        record = apply_report(record, report, received_at=NOW + number * seconds * SECONDS, rules=rules).record
    return record


@pytest.mark.api(81)
@pytest.mark.parametrize("told", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2037, 5, 7, tzinfo=UTC)])
def test_a_source_whose_clock_stands_still_goes_on(told: datetime) -> None:
    record = drive([NOW, told, told, told])
    assert record.state.gps is not None
    assert (record.state.gps.latitude, record.state.last_update) == (50.003, NOW + 30 * SECONDS)


@pytest.mark.api(81)
def test_a_source_whose_receiver_lost_the_weeks_goes_on() -> None:
    record = drive([NOW, *(NOW - 1024 * WEEKS + number * 10 * SECONDS for number in (1, 2))])
    assert record.state.gps is not None
    assert (record.state.gps.latitude, record.state.gps.updated) == (50.002, NOW + 20 * SECONDS)


@pytest.mark.parametrize("clock", [BY_SERVER, Clock(ClockRule.OFFSET, 365 * 24 * 3600)])
def test_a_source_whose_clock_jumps_back_goes_on_by_its_rule(clock: Clock) -> None:
    told = [NOW - 365 * DAYS + number * 10 * SECONDS for number in range(3)]
    assert drive([NOW, *told]).state.last_update == NOW
    record = drive([NOW - 365 * DAYS, *told], clock)
    assert record.state.gps is not None
    assert (record.state.gps.latitude, record.state.gps.updated) == (
        50.003,
        NOW + (30 if clock is BY_SERVER else 20) * SECONDS,
    )


def test_a_parked_source_whose_clock_stands_still_is_heard_again_and_again() -> None:
    stuck = Report("device", datetime(1970, 1, 1, tzinfo=UTC), fix=Fix(50, 8))
    record = apply_report(FRESH, stuck, received_at=NOW, rules=RULES).record
    soon = apply_report(record, stuck, received_at=NOW + 20 * SECONDS, rules=RULES).record
    assert soon.state.last_update == NOW
    later = apply_report(record, stuck, received_at=NOW + 600 * SECONDS, rules=RULES).record
    assert later.state.last_update == NOW + 600 * SECONDS


@pytest.mark.parametrize("told", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)])
def test_a_clock_that_counts_from_nought_repeats_nothing_that_was_dated_rightly(told: datetime) -> None:
    said = Report("device", NOW, fix=Fix(50, 8))
    record = apply_report(FRESH, said, received_at=NOW, rules=RULES).record
    wrong = Report("device", told, fix=Fix(50, 8))
    record = apply_report(record, wrong, received_at=NOW + 20 * SECONDS, rules=RULES).record
    assert record.state.last_update == NOW + 20 * SECONDS


def test_a_fix_keeps_its_age_whatever_the_report_says_of_the_year() -> None:
    taken = NOW - 600 * SECONDS
    for told, fixed in [
        (NOW, taken),
        (NOW, taken - 1024 * WEEKS),
        (NOW - 1024 * WEEKS, taken - 1024 * WEEKS),
        (datetime(2037, 5, 7, tzinfo=UTC), taken),
    ]:
        report = Report("device", told, fix=Fix(50, 8, time=fixed))
        gps = apply_report(FRESH, report, received_at=NOW, rules=RULES).record.state.gps
        assert gps is not None and gps.updated == taken
    assert taken > EPOCH
