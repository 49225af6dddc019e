"""Trips of the past are those that the engine found while they happened."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report
from trackers.engine.past import PastReport, Point
from trackers.engine.simplify import simplify
from trackers.engine.tracks import SILENCE, Span, TripFinder, cut_tracks, is_worth_listing, steps
from trackers.engine.trips import MovementStatus, TripRules, end_of_clock
from trackers.reports.report import Fix, Report

DEGREE_KM = math.radians(1) * 6371.0


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def past(minute: float, speed: float | None, *, ignition: bool | None = None, place: float = 13) -> PastReport:
    point = None if speed is None else Point(at(minute), 52.5, place, speed)
    return PastReport(7, at(minute), 0, point, None if speed is None else speed >= 3, ignition)


def trips(reports: Iterable[PastReport], rules: TripRules = RULES.trips, now: float = 1000) -> list[Span]:
    finder = TripFinder(lambda time: rules, EPOCH, is_parked=True)
    for report in reports:
        finder.follow(report)
    return finder.finish(at(now))


def span(begin: float, end: float) -> Span:
    return Span(at(begin), at(end))


@pytest.mark.history(10, 12)
def test_a_long_stop_parts_two_trips() -> None:
    speeds = [0, 30, 50, 0, 0, 0, 0, 0, 0, 40, 40, 0, 0, 0, 0, 0, 0]
    assert trips(past(minute, speed) for minute, speed in enumerate(speeds)) == [span(1, 3), span(9, 11)]


@pytest.mark.history(11)
def test_a_short_stop_parts_nothing() -> None:
    speeds = [30, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0]
    assert trips(past(minute, speed) for minute, speed in enumerate(speeds)) == [span(0, 5)]


def test_a_late_fast_point_begins_a_new_trip() -> None:
    assert trips([past(0, 30), past(1, 0), past(7, 30), past(8, 30)], now=9) == [span(0, 1), span(7, 8)]


@pytest.mark.history(29)
def test_silence_ends_a_trip() -> None:
    assert trips([past(0, 30), past(1, 30), past(61, 30), past(62, 30)], now=63) == [span(0, 1), span(61, 62)]


def test_ignition_off_ends_a_trip_at_once() -> None:
    rules = TripRules(ignition_aware=True)
    reports = [past(0, 30, ignition=True), past(1, 0), past(2, 0, ignition=False), past(3, 30), past(4, 30)]
    assert trips(reports, rules) == [span(0, 1)]


@pytest.mark.history(30)
def test_a_trip_that_goes_on_reaches_to_its_newest_point() -> None:
    assert trips([past(0, 30), past(1, 30), past(2, 0)], now=3) == [span(0, 2)]
    assert trips([past(0, 30), past(1, 30), past(2, 0)], now=7) == [span(0, 2)]
    assert trips([past(0, 30), past(1, 30)], now=30) == [span(0, 1)]


@pytest.mark.history(28)
def test_positions_from_cell_towers_make_no_trip() -> None:
    cells = [PastReport(7, at(minute), 0, Point(at(minute), 52, 13, 50, is_cell_based=True)) for minute in range(5)]
    assert trips(cells) == []


def test_trip_before_the_first_reports_is_not_guessed() -> None:
    finder = TripFinder(lambda time: RULES.trips, at(0))
    for minute, speed in enumerate([30, 30, 0, 0, 0, 0, 0, 0, 30]):
        assert finder.is_certain is (minute > 7)
        finder.follow(past(minute, speed))
    assert finder.finish(at(9)) == [span(8, 8)]


moves = st.lists(
    st.tuples(st.sampled_from([10, 60, 240, 300, 600]), st.sampled_from([None, 0.0, 2.0, 3.0, 60.0]), st.booleans()),
    max_size=40,
)


@given(moves=moves, ignition_aware=st.booleans())
def test_trips_are_where_movement_status_changed(
    moves: list[tuple[int, float | None, bool]], ignition_aware: bool
) -> None:
    rules = TripRules(ignition_aware=ignition_aware)
    engine_rules = type(RULES)(RULES.idle_timeout, timedelta(days=1), rules)
    record, time, kept, begins, statuses = FRESH, EPOCH, [], [], []
    for seconds, speed, ignition in moves:
        time += timedelta(seconds=seconds)
        fix = None if speed is None else Fix(52.5, 13.4, speed)
        was_parked = end_of_clock(record.trip, time, rules)[0] is MovementStatus.PARKED
        report = Report("device", time, fix=fix, ignition=ignition)
        record, _, one = apply_report(record, report, received_at=time, rules=engine_rules)
        assert one is not None
        kept.append(one)
        statuses.append((time, record.state.movement_status))
        if was_parked and record.state.movement_status is MovementStatus.MOVING:
            begins.append(time)
    if is_silent([EPOCH, *(one.time for one in kept if one.point is not None), time]):
        return
    found = trips(kept, rules, now=(time - EPOCH) / timedelta(minutes=1))
    assert [one.begin for one in found] == begins
    for moment, status in statuses:
        if status is MovementStatus.PARKED:
            ended_at = moment if ignition_aware else moment - rules.parking_time
            assert not any(one.begin <= moment and one.end > ended_at for one in found)
        if status is MovementStatus.MOVING:
            # The one that goes on reaches to its newest point.
            assert any(one.begin <= moment <= one.end for one in found) or moment > found[-1].end


def is_silent(times: list[datetime]) -> bool:
    """Whether there is a silence, of which the movement status knows nothing."""
    return any(later - earlier > SILENCE for earlier, later in pairwise(times))


def line(*places: float) -> list[Point]:
    return [Point(at(minute), 0, place / DEGREE_KM, 60) for minute, place in enumerate(places)]


@pytest.mark.history(13)
def test_length_is_the_sum_of_the_steps() -> None:
    assert sum(km for _, km in steps(line(0, 1, 3, 2))) == pytest.approx(4)


@pytest.mark.history(35)
def test_a_fix_that_jumped_adds_nothing() -> None:
    assert sum(km for _, km in steps(line(0, 1, 101, 2, 3))) == pytest.approx(3)


def test_where_two_fixes_agree_they_were_right() -> None:
    assert sum(km for _, km in steps(line(0, 101, 102, 103))) == pytest.approx(2)


@pytest.mark.history(21)
def test_a_trip_is_cut_at_the_edge_of_the_period() -> None:
    points = line(0, 1, 2, 3, 4, 5)
    (track,) = cut_tracks([span(0, 5)], points[2:5])
    assert (track.begin, track.start, track.end, len(track.points)) == (at(0), at(2), at(4), 3)
    assert track.length_km == pytest.approx(2)


@pytest.mark.history(18)
@pytest.mark.parametrize(
    ("places", "is_listed"),
    [((0, 0.1, 0.2, 0.3, 0.4), True), ((0, 0.03, 0.06), False), ((0, 1, 2), False), ((0, 0.1, 0, 0.1, 0), False)],
)
def test_what_is_too_small_is_no_trip(places: tuple[float, ...], is_listed: bool) -> None:
    (track,) = cut_tracks([span(0, len(places) - 1)], line(*places))
    assert is_worth_listing(track) is is_listed


tracks = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), min_size=1, max_size=60)


@pytest.mark.history(42)
@given(track=tracks)
def test_a_simpler_line_strays_ten_metres_at_most(track: list[tuple[float, float]]) -> None:
    points = [Point(at(minute), y / DEGREE_KM, x / DEGREE_KM) for minute, (x, y) in enumerate(track)]
    kept = simplify([points], 5000)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [point for point in points if point in kept] == kept
    ends = kept if len(kept) > 1 else kept * 2
    for point in points:
        assert min(metres_off(point, a, b) for a, b in zip(ends, ends[1:], strict=False)) < 10.5


def metres_off(point: Point, a: Point, b: Point) -> float:
    (x, y), (ax, ay), (bx, by) = ((one.longitude, one.latitude) for one in (point, a, b))
    square = (bx - ax) ** 2 + (by - ay) ** 2
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square if square else 0
    along = min(1, max(0, along))
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)) * DEGREE_KM * 1000


@pytest.mark.history(41)
def test_a_simpler_line_has_as_few_points_as_asked() -> None:
    points = [Point(at(n), math.sin(n / 3) / 10, n / 100) for n in range(2000)]
    assert 2 <= len(simplify([points], 10)) <= 10
