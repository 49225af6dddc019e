"""Every report that is stored as state is stored as history, once, in its place, for as long as it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.strategies import EPOCH, FRESH, RULES, reports
from trackers.engine.apply import apply_report
from trackers.engine.past import PastReport
from trackers.models import HistoryReport, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.history import REPORTS_PER_LOT, forget_period
from trackers.services.history_sweep import HistorySweep
from trackers.services.ingestion import ingest
from trackers.services.trackers import corrupt_tracker, set_blocked
from trackers.storage.history import add_history, read_history

ALWAYS = datetime.min.replace(tzinfo=EPOCH.tzinfo), datetime.max.replace(tzinfo=EPOCH.tzinfo)
FULL_FIX = Fix(52.5234567, -13.4123456, 50.4, 359, -12, 11, 7)


@pytest.fixture(autouse=True)
def kept_for_ever(settings) -> None:
    settings.HISTORY_DAYS = 0


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def report(tracker: Tracker, minute: float, fix: Fix | None = FULL_FIX, **said) -> Report:
    return Report(tracker.source.device_id, at(minute), fix=fix, **said)


def history_of(tracker: Tracker) -> list[PastReport]:
    return read_history(tracker.source_id, *ALWAYS, most=1000)


def test_a_report_is_kept_with_all_it_said(van: Tracker) -> None:
    ingest([report(van, 0, battery_percent=80, attributes={"note": "a\nb\x00"})], received_at=at(9))
    (kept,) = history_of(van)
    assert (kept.time, kept.is_fast, kept.ignition, kept.is_buffered) == (at(0), True, None, True)
    point = kept.point
    assert point is not None
    assert (point.latitude, point.longitude, point.speed_kmh) == (52.5234567, -13.4123456, 50.4)
    assert (point.heading_degrees, point.altitude_m, point.satellites, point.precision_m) == (359, -12, 11, 7)
    assert kept.said == b'{"note":"a\\nb\\u0000","battery_level":80}'


def test_a_report_without_a_position_is_kept(van: Tracker) -> None:
    ingest([report(van, 0, None, ignition=True), report(van, 1, Fix(0, 0))], received_at=at(1))
    first, second = history_of(van)
    assert (first.point, first.ignition, first.said) == (None, True, b'{"ignition":true}')
    assert (second.point, b'"fix_type":"NO_FIX"' in second.said) == (None, True)


@pytest.mark.history(25)
def test_a_repeated_report_is_kept_once(van: Tracker) -> None:
    batch = [report(van, minute) for minute in range(20)]
    for _ in range(2):
        ingest([*batch, batch[3]], received_at=at(20))
    assert [one.time for one in history_of(van)] == [at(minute) for minute in range(20)]


@pytest.mark.history(43)
def test_late_reports_are_kept_in_their_place(van: Tracker) -> None:
    for minute in (*range(20, 40), 3, 1, 2):
        ingest([report(van, minute)], received_at=at(minute) if minute > 19 else at(50))
    kept = history_of(van)
    assert [one.time for one in kept] == [at(minute) for minute in (1, 2, 3, *range(20, 40))]
    assert [one.is_buffered for one in kept] == [True] * 3 + [False] * 20


def test_a_report_that_says_nothing_is_kept(van: Tracker) -> None:
    ingest([report(van, 0, None)], received_at=at(0))
    ingest([report(van, 1, Fix(52, 13))], received_at=at(1))
    assert [(one.point is None, one.said) for one in history_of(van)] == [(True, b""), (False, b"")]


def test_two_reports_of_one_time_are_both_kept(van: Tracker) -> None:
    ingest([report(van, 0, Fix(52, 13)), report(van, 0, Fix(52, 14))], received_at=at(0))
    assert len(history_of(van)) == 2


def test_what_is_rolled_back_is_in_neither(van: Tracker) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ingest([report(van, 0)], received_at=at(0))
        raise ZeroDivisionError
    assert history_of(van) == []


def test_what_is_refused_is_not_kept(van: Tracker) -> None:
    set_blocked(van.source_id, is_blocked=True)
    ingest([report(van, 0)], received_at=at(0))
    assert history_of(van) == []


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), at(60)),
        (datetime(1980, 1, 6, tzinfo=UTC), at(60)),
        (datetime(1990, 5, 4, tzinfo=UTC), datetime(1990, 5, 4, tzinfo=UTC)),
        (datetime(2050, 5, 4, tzinfo=UTC), at(60)),
        (datetime(9999, 12, 31, tzinfo=UTC), at(60)),
    ],
)
def test_clocks_that_are_wrong_by_decades(van: Tracker, settings, told: datetime, kept: datetime) -> None:
    right = [report(van, minute) for minute in range(58, 60)]
    ingest([*right, Report(van.source.device_id, told, fix=FULL_FIX)], received_at=at(60))
    expected = sorted([at(58), at(59), kept])
    assert [one.time for one in history_of(van)] == expected
    for now in (at(120), at(240)):
        sweep(now)
        assert (HistoryReport.objects.count(), [one.time for one in history_of(van)]) == (0, expected)
    settings.HISTORY_DAYS = 7
    sweep(at(240))
    assert [one.time for one in history_of(van)] == [time for time in expected if time.year == EPOCH.year]


@given(batch=st.lists(reports(), max_size=15, unique_by=lambda one: one.time), data=st.data())
def test_order_of_arrival_does_not_show_in_the_past(batch: list[Report], data: st.DataObject) -> None:
    def past(batch: list[Report]) -> dict[tuple[datetime, int], PastReport]:
        record, kept = FRESH, {}
        for one in batch:
            record, _, past = apply_report(record, one, received_at=at(60), rules=RULES)
            if past is not None:
                kept.setdefault((past.time, past.digest), past)
        return kept

    mixed = data.draw(st.permutations([*batch, *batch[:3]]))
    assert past(mixed) == past(batch)


@pytest.mark.history(63)
def test_a_period_is_forgotten_with_its_ends(van: Tracker, alice: User, register: Callable[..., Tracker]) -> None:
    other = register(alice)
    for tracker in (van, other):
        ingest([report(tracker, minute) for minute in range(10)], received_at=at(10))
    assert forget_period(van.source, at(3), at(6)) == 4
    assert [one.time for one in history_of(van)] == [at(minute) for minute in (0, 1, 2, 7, 8, 9)]
    assert len(history_of(other)) == 10
    assert forget_period(van.source, at(3), at(6)) == 0


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def keep(tracker: Tracker, *times: datetime) -> None:
    add_history([PastReport(tracker.source_id, time, 1, None) for time in times], since=None)


def sweep(now: datetime | None = None) -> None:
    sweep = HistorySweep()
    while sweep.step(now or timezone.now()) is not None:
        pass


@pytest.mark.history(64)
def test_housekeeping_drops_what_is_too_old(van: Tracker, settings) -> None:
    settings.HISTORY_DAYS = 7
    keep(van, days_ago(9), days_ago(7.1), days_ago(6.9))
    sweep()
    assert len(history_of(van)) == 1


def test_nothing_is_dropped_that_is_kept_for_ever(van: Tracker) -> None:
    keep(van, EPOCH, days_ago(1))
    sweep()
    assert len(history_of(van)) == 2


def test_more_than_a_lot_is_dropped(van: Tracker, settings) -> None:
    settings.HISTORY_DAYS = 7
    keep(van, *(EPOCH + timedelta(seconds=number) for number in range(REPORTS_PER_LOT + 10)))
    first = HistorySweep()
    assert (first.step(timezone.now()), HistoryReport.objects.count()) == (REPORTS_PER_LOT, 10)
    sweep()
    assert HistoryReport.objects.count() == 0


def test_a_sweep_waits_until_the_next(van: Tracker, settings) -> None:
    settings.HISTORY_DAYS = 7
    sweeper, now = HistorySweep(), timezone.now()
    while sweeper.step(now) is not None:
        pass
    keep(van, EPOCH)
    assert (sweeper.step(now + timedelta(minutes=59)), HistoryReport.objects.count()) == (None, 1)
    assert (sweeper.step(now + timedelta(hours=1)), HistoryReport.objects.count()) == (1, 0)


def test_a_removed_source_takes_its_history_along(van: Tracker) -> None:
    keep(van, days_ago(1))
    corrupt_tracker(van)
    sweep()
    assert HistoryReport.objects.count() == 0


def test_a_report_that_is_too_old_is_not_kept(van: Tracker, settings) -> None:
    settings.HISTORY_DAYS = 7
    ingest([report(van, 0)], received_at=timezone.now())
    assert history_of(van) == []
