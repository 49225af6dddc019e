"""What reports measure (records §9.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from records.rendering.reports.measures import hours_by_day, runs_of
from trackers.engine.tracks import Track

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def track(begin: float, end: float) -> Track:
    return Track(at(begin), at(begin), at(end), ())


@pytest.mark.records(39)
def test_an_engine_runs_from_word_to_word() -> None:
    said = [
        (at(0), None),
        (at(1), True),
        (at(2), None),
        (at(9), True),
        (at(10), False),
        (at(11), False),
        (at(12), True),
    ]
    assert runs_of([*said, (at(20), None)]) == [(at(1), at(10)), (at(12), at(20))]


@pytest.mark.records(39)
def test_an_engine_is_off_after_a_silence() -> None:
    assert runs_of([(at(0), True), (at(60), None), (at(61), False)]) == [(at(0), at(20)), (at(60), at(61))]


@pytest.mark.records(39)
def test_hours_are_parted_at_local_midnight() -> None:
    # Clocks in Berlin are set forward at 1:00 UTC of the 31st, which lasts 23 hours.
    begin, end = datetime(2024, 3, 30, 22, tzinfo=UTC), datetime(2024, 3, 31, 23, tzinfo=UTC)
    days = hours_by_day([(begin, end)], [], ZoneInfo("Europe/Berlin"))
    assert {day: one.idle / timedelta(hours=1) for day, one in days.items()} == {
        date(2024, 3, 30): 1,
        date(2024, 3, 31): 23,
        date(2024, 4, 1): 1,
    }


@pytest.mark.records(39)
def test_what_is_in_trips_is_movement() -> None:
    runs = [(at(0), at(10)), (at(15), at(30)), (at(40), at(50))]
    (hours,) = hours_by_day(runs, [track(-5, 2), track(8, 20), track(25, 26), track(35, 45)], UTC).values()
    assert (hours.moving, hours.idle) == (timedelta(minutes=2 + 2 + 5 + 1 + 5), timedelta(minutes=6 + 9 + 5))
