"""When reports are made by themselves, and of which time (records §9.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from records.rendering.reports.schedules import Rhythm, Span, period_before

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = tuple(range(1, 8))


def moments(rhythm: Rhythm, day: date, count: int) -> list[tuple[date, datetime]]:
    """The next ones after a day."""
    found, now = [], rhythm.moment_on(day, BERLIN)
    for _ in range(count):
        day = rhythm.next_day(day, now, BERLIN)
        now = rhythm.moment_on(day, BERLIN)
        found.append((day, now))
    return found


@pytest.mark.records(57)
@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 29), [24, 23, 24]), (date(2024, 10, 25), [24, 25, 24])])
@pytest.mark.parametrize("clock", [time(0), time(6), time(23, 30)])
def test_each_day_is_once_where_clocks_are_set(day: date, hours: list[int], clock: time) -> None:
    found = moments(Rhythm(True, DAILY, clock), day, 3)
    assert [one for one, _ in found] == [day + timedelta(days=number) for number in (1, 2, 3)]
    assert all(moment.astimezone(BERLIN).time() == clock for _, moment in found)
    periods = [period_before(one + timedelta(days=1), Span.of("1d"), BERLIN) for one, _ in found]
    assert [round((end - begin) / timedelta(hours=1)) for begin, end in periods] == hours
    # One ends where the next begins.
    assert all(one[1] < other[0] for one, other in zip(periods, periods[1:], strict=False))
    assert all(other[0] - one[1] == timedelta(microseconds=1) for one, other in zip(periods, periods[1:], strict=False))


@pytest.mark.records(57)
def test_a_time_that_is_twice_or_never_is_once() -> None:
    (_, skipped), _ = moments(Rhythm(True, DAILY, time(2, 30)), date(2024, 3, 30), 2)
    assert skipped == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    (_, first), (_, second) = moments(Rhythm(True, DAILY, time(2, 30)), date(2024, 10, 26), 2)
    assert (first, second) == (
        datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
        datetime(2024, 10, 28, 1, 30, tzinfo=UTC),
    )


@pytest.mark.records(56)
@pytest.mark.parametrize(
    ("period", "begin"),
    [("1d", (2024, 3, 30)), ("w", (2024, 3, 24)), ("2w", (2024, 3, 17)), ("1m", (2024, 2, 29)), ("y", (2023, 3, 31))],
)
def test_a_period_reaches_back_by_the_calendar(period: str, begin: tuple[int, int, int]) -> None:
    assert Span.of(period).before(date(2024, 3, 31)) == date(*begin)


@pytest.mark.records(56)
def test_days_of_a_month_that_has_them() -> None:
    found = moments(Rhythm(False, (31,), time(6)), date(2024, 3, 31), 3)
    assert [day for day, _ in found] == [date(2024, 5, 31), date(2024, 7, 31), date(2024, 8, 31)]


@pytest.mark.parametrize("wrong", ["", "0d", "1h", "100d", "-1d", "1D"])
def test_what_is_no_period_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        Span.of(wrong)
