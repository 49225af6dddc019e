"""Hours that are over are packed, and nobody who reads can tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from tests.trackers.hours import at, history_of, sweep, take_in
from trackers.models import HistoryReport, PackedDay, Tracker
from trackers.services.history import forget_period
from trackers.services.past_trips import Period, said_in
from trackers.services.trackers import corrupt_tracker
from trackers.storage.history import read_ignition


@pytest.fixture(autouse=True)
def kept_for_ever(settings) -> None:
    settings.HISTORY_DAYS = 0


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    """A van with two days of reports, one each hour, with all that they can say."""
    tracker = register(alice)
    for hour in range(40):
        take_in(tracker, hour, now=hour + hour % 3)
    return tracker


def test_packed_reports_are_read_as_before(van: Tracker) -> None:
    before = history_of(van)
    sweep()
    assert (HistoryReport.objects.count(), PackedDay.objects.count()) == (0, 2)
    assert history_of(van) == before
    assert history_of(van, 10, 20) == before[10:21]
    assert history_of(van, most=25) == before[:25]


def test_ignition_is_read_alone_from_open_and_packed_days(van: Tracker) -> None:
    said = [(report.time, report.ignition) for report in history_of(van)]
    assert {ignition for _, ignition in said} == {True, None, False}
    assert read_ignition(van.source_id, at(-9), at(99), most=1000) == said
    sweep(at(30.1))
    assert (HistoryReport.objects.count(), PackedDay.objects.count()) == (10, 2)
    assert read_ignition(van.source_id, at(-9), at(99), most=1000) == said
    assert read_ignition(van.source_id, at(10), at(20), most=9) == said[10:19]


def test_what_was_said_is_read_alone_day_by_day(van: Tracker) -> None:
    said = [(report.time, report.said.decode()) for report in history_of(van)]
    assert len(set(said)) == 40 and any(text for _, text in said)
    assert list(said_in(van.source_id, Period(at(-9), at(99)))) == said
    sweep(at(30.1))
    assert list(said_in(van.source_id, Period(at(-9), at(99)))) == said
    assert list(said_in(van.source_id, Period(at(10), at(20)))) == said[10:21]


@pytest.mark.parametrize(("hour", "left"), [(16.2, 24), (16.25, 24), (16.3, 23), (18.26, 21)])
def test_reports_are_packed_a_quarter_of_an_hour_later(van: Tracker, hour: float, left: int) -> None:
    # The first report came at 8:00, so the second day begins with the 17th.
    before = history_of(van)
    for now in (hour - 2, hour):
        sweep(at(now))
        assert history_of(van) == before
    assert (HistoryReport.objects.count(), sum(day.reports for day in PackedDay.objects.all())) == (left, 40 - left)
    assert history_of(van, most=20) == before[:20]
    assert history_of(van, 14.5, 17.5) == before[15:18]


def test_what_comes_late_for_an_open_day_is_read_beside_what_is_packed_of_it(van: Tracker) -> None:
    sweep(at(30.25))
    take_in(van, 20.5, now=31)
    take_in(van, 20, now=31)
    for packed in (30, 32):
        assert sum(day.reports for day in PackedDay.objects.all()) == packed
        times = [one.time for one in history_of(van, 19, 21)]
        assert times == [at(hour) for hour in (19, 20, 20.5, 21)]
        sweep(at(31))


@pytest.mark.history(25, 43)
def test_what_comes_after_packing_is_in_its_place_once(van: Tracker) -> None:
    sweep()
    take_in(van, 3.5, now=80)
    take_in(van, 3, now=80)
    for _ in range(2):
        assert [one.time for one in history_of(van, until=5)] == [at(hour) for hour in (0, 1, 2, 3, 3.5, 4, 5)]
        sweep(at(90))
    assert (HistoryReport.objects.count(), sum(day.reports for day in PackedDay.objects.all())) == (0, 41)


@pytest.mark.history(63)
def test_a_period_is_forgotten_of_packed_days(van: Tracker) -> None:
    sweep()
    assert forget_period(van.source, at(3), at(37)) == 35
    assert [one.time for one in history_of(van)] == [at(hour) for hour in (0, 1, 2, 38, 39)]
    assert forget_period(van.source, at(0), at(2)) == 3
    assert PackedDay.objects.count() == 1


@pytest.mark.history(64)
def test_packed_days_are_dropped_when_all_of_them_is_too_old(van: Tracker, settings) -> None:
    sweep()
    settings.HISTORY_DAYS = 7
    sweep(at(7 * 24 + 15))
    assert PackedDay.objects.count() == 2
    sweep(at(7 * 24 + 16))
    assert PackedDay.objects.count() == 1


def test_a_removed_source_takes_its_packed_days_along(van: Tracker) -> None:
    sweep()
    corrupt_tracker(van)
    sweep()
    assert PackedDay.objects.count() == 0


@pytest.mark.django_db
def test_rows_of_open_days_lie_in_their_key() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'trackers_historyreport'")
            assert cursor.fetchone()[0].endswith("WITHOUT ROWID")
