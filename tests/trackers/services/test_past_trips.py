"""Trips are kept as rows, and are those that the reports have in them, whatever came when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.strategies import EPOCH
from trackers.engine.trip_log import KeptTrip
from trackers.models import PastTrip, Source, Tracker, TripMark
from trackers.reports.report import Fix, Report
from trackers.services.history import forget_period
from trackers.services.history_sweep import HistorySweep
from trackers.services.ingestion import ingest
from trackers.services.past_trips import Period, keep_trips, trips_between
from trackers.services.settings import TripDetection, set_rules
from trackers.services.trackers import corrupt_tracker

ALL = Period(EPOCH - timedelta(days=9), EPOCH + timedelta(days=9))
LATER = EPOCH + timedelta(days=10)
# Trips from 1 to 6 and from 15 to 20.
SPEEDS = [0, *[60] * 5, *[0] * 9, *[60] * 5, *[0] * 40]


@pytest.fixture(autouse=True)
def kept_for_ever(settings) -> None:
    settings.HISTORY_DAYS = 0


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def take_in(tracker: Tracker, minute: float, speed: float, *, now: float | None = None, **fix) -> None:
    report = Report(tracker.source.device_id, at(minute), fix=Fix(0.5, minute % 1000 / 100, speed, **fix))
    ingest([report], received_at=at(minute if now is None else now))


def drive(tracker: Tracker, begin: float = 0, speeds: list[float] | None = None) -> None:
    for number, speed in enumerate(SPEEDS if speeds is None else speeds):
        take_in(tracker, begin + number, speed)


def keep(tracker: Tracker, now: datetime = LATER) -> None:
    while keep_trips(Source.objects.get(pk=tracker.source_id), now):
        pass


def trips(tracker: Tracker, period: Period = ALL, now: datetime = LATER) -> list[KeptTrip]:
    return trips_between(Source.objects.get(pk=tracker.source_id), period, now)[0]


def found_anew(tracker: Tracker, period: Period = ALL, now: datetime = LATER) -> list[KeptTrip]:
    TripMark.objects.all().delete()
    PastTrip.objects.all().delete()
    return trips(tracker, period, now)


def begins_and_ends(trips: list[KeptTrip]) -> list[tuple[float, float]]:
    minute = timedelta(minutes=1)
    return [((trip.begin - EPOCH) / minute, (trip.end - EPOCH) / minute) for trip in trips]


def test_a_list_reads_no_report_of_trips_that_are_kept(van: Tracker) -> None:
    drive(van)
    expected = trips(van)
    keep(van)
    assert PastTrip.objects.filter(source_id=van.source_id).count() == 2
    with CaptureQueriesContext(connection) as queries:
        assert trips(van) == expected
    reading = [query["sql"] for query in queries if "historyreport" in query["sql"]]
    assert len(reading) == 1, "what came since"


@pytest.mark.history(30)
def test_a_trip_that_goes_on_is_kept_when_it_is_over(van: Tracker) -> None:
    drive(van, speeds=[60] * 40)
    keep(van, at(39))
    assert (PastTrip.objects.count(), begins_and_ends(trips(van, now=at(40)))) == (0, [(0, 39)])
    drive(van, begin=40, speeds=[60, 0, *[0] * 30])
    keep(van, at(90))
    assert (PastTrip.objects.count(), begins_and_ends(trips(van))) == (1, [(0, 41)])


@pytest.mark.history(24)
def test_a_late_report_joins_trips_and_leaves_the_others(van: Tracker) -> None:
    for begin in (0, 300, 600):
        drive(van, begin)
    keep(van)
    before = trips(van)
    others = list(PastTrip.objects.filter(begin__lt=before[2].begin.timestamp() * 1e6).values())
    for minute in range(306, 316):
        take_in(van, minute + 0.5, 60, now=2000)
    keep(van, at(2000))
    after = trips(van)
    assert begins_and_ends(after) == [(1, 6), (15, 20), (301, 320), (601, 606), (615, 620)]
    assert list(PastTrip.objects.filter(begin__lt=before[2].begin.timestamp() * 1e6).values()) == others
    assert after == found_anew(van)


def test_what_comes_late_shows_before_it_is_kept(van: Tracker) -> None:
    drive(van)
    keep(van)
    take_in(van, 200, 60, now=2000)
    assert begins_and_ends(trips(van)) == [(1, 6), (15, 20), (200, 200)]


@pytest.mark.history(63)
def test_a_forgotten_period_is_in_no_trip(van: Tracker) -> None:
    drive(van, speeds=[60] * 120)
    keep(van)
    forget_period(van.source, at(30), at(80))
    for _ in range(2):
        assert begins_and_ends(trips(van)) == [(0, 29), (81, 119)]
        keep(van)
    assert PastTrip.objects.count() == 1


@pytest.mark.history(26, 27)
def test_changed_trip_detection_holds_from_then_on(van: Tracker) -> None:
    drive(van)
    keep(van)
    one_minute = TripDetection(
        min_idle_duration_minutes=1, idle_speed_threshold=3, ignition_aware=False, motion_sensor_aware=False
    )
    set_rules(van.source_id, one_minute)
    minutes = (datetime.now(EPOCH.tzinfo) - EPOCH) // timedelta(minutes=1) + 10
    drive(van, minutes, [60, 60, 0, 0, 0, 60, 60, 0, 0, 0])
    now = at(minutes + 100)
    for _ in range(2):
        found = begins_and_ends(trips(van, Period(ALL.since, now), now))
        assert found == [(1, 6), (15, 20), (minutes, minutes + 2), (minutes + 5, minutes + 7)]
        keep(van, now)


def test_a_clock_that_was_ahead_leaves_no_wrong_trips(van: Tracker) -> None:
    drive(van)
    keep(van, at(100_000))
    drive(van, 90)
    assert begins_and_ends(trips(van, now=at(200))) == [(1, 6), (15, 20), (91, 96), (105, 110)]


def test_a_removed_source_takes_its_trips_along(van: Tracker) -> None:
    drive(van)
    keep(van)
    corrupt_tracker(van)
    sweep(LATER)
    assert (PastTrip.objects.count(), TripMark.objects.count()) == (0, 0)


@pytest.mark.history(64)
def test_trips_are_dropped_with_their_reports(van: Tracker, settings) -> None:
    drive(van)
    drive(van, 24 * 60)
    sweep(LATER)
    assert PastTrip.objects.count() == 4
    settings.HISTORY_DAYS = 7
    sweep(at(8 * 24 * 60 - 60))
    assert PastTrip.objects.count() == 2


def sweep(now: datetime) -> None:
    sweep = HistorySweep()
    while sweep.step(now) is not None:
        pass


@pytest.mark.history(23)
@pytest.mark.parametrize("seed", range(8))
def test_kept_trips_are_those_of_all_reports(van: Tracker, seed: int) -> None:
    dice, clock, waiting = Random(seed), 0.0, list[tuple[float, float, bool]]()
    for _ in range(150):
        clock += dice.choice([1, 1, 1, 1, 3, 25])
        one = clock, dice.choice([60, 60, 60, 0, 0, 0, 0]), dice.random() < 0.1
        if dice.random() < 0.3:
            waiting.append(one)
            continue
        take_in(van, one[0], one[1], now=clock, is_cell_based=one[2])
        if dice.random() < 0.05:
            dice.shuffle(waiting)
            for minute, speed, is_cell in waiting:
                take_in(van, minute, speed, now=clock, is_cell_based=is_cell)
            waiting.clear()
        if dice.random() < 0.02:
            begin = clock * dice.random()
            forget_period(van.source, at(begin), at(begin + 20))
        if dice.random() < 0.1:
            keep(van, at(clock))
    now = at(clock + 1)
    begin = clock * dice.random()
    for period in (ALL, Period(at(begin), at(begin + 30))):
        known = trips(van, period, now)
        keep(van, now)
        kept = trips(van, period, now)
        assert (known == kept, kept) == (True, trips(van, period, now))
        if period is ALL:
            marks, rows = list(TripMark.objects.all()), list(PastTrip.objects.all())
            assert len(rows) > 3
            assert begins_and_ends(kept) == begins_and_ends(found_anew(van, period, now))
            TripMark.objects.bulk_create(marks)
            PastTrip.objects.bulk_create(rows)
