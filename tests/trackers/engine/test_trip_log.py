"""Trips that are kept are those that are found, measured as their points are."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import EPOCH
from trackers.engine.measures import measure
from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import Span, TripFinder, cut_tracks
from trackers.engine.trip_log import Settled, TripLog
from trackers.engine.trips import TripRules

moves = st.lists(
    st.tuples(
        st.sampled_from([10, 60, 240, 300, 600, 1300]),
        st.sampled_from([None, 0.0, 2.0, 3.0, 60.0]),
        st.sampled_from([None, False, True]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([0.0, 0.001, 3.0]),
    ),
    max_size=40,
)
rules = st.builds(
    TripRules,
    parking_time=st.sampled_from([timedelta(minutes=5), timedelta(minutes=60)]),
    idle_speed_kmh=st.sampled_from([0.0, 3.0]),
    ignition_aware=st.booleans(),
)


def reports_of(moves: list[tuple[int, float | None, bool | None, bool, float]], rules: TripRules) -> list[PastReport]:
    time, place, reports = EPOCH, 13.0, []
    for number, (seconds, speed, ignition, is_cell, step) in enumerate(moves):
        time, place = time + timedelta(seconds=seconds), place + step
        point = None if speed is None else Point(time, 52.5, place, speed, is_cell_based=is_cell)
        is_fast = None if speed is None or is_cell else speed >= rules.idle_speed_kmh
        reports.append(PastReport(7, time, number, point, is_fast, ignition))
    return reports


def log_of(reports: list[PastReport], rules: TripRules) -> TripLog:
    log = TripLog(lambda time: rules, EPOCH, is_parked=True)
    for report in reports:
        log.follow(report)
    return log


@given(moves=moves, rules=rules)
def test_trips_are_kept_as_they_are_found(
    moves: list[tuple[int, float | None, bool | None, bool, float]], rules: TripRules
) -> None:
    reports = reports_of(moves, rules)
    now = (reports[-1].time if reports else EPOCH) + timedelta(minutes=1)
    finder = TripFinder(lambda time: rules, EPOCH, is_parked=True)
    for report in reports:
        finder.follow(report)
    kept = log_of(reports, rules).trips_until(now)
    points = [report.point for report in reports if report.point is not None]
    tracks = cut_tracks(finder.finish(now), points)
    assert [(trip.span, trip.measure) for trip in kept] == [
        (Span(track.begin, track.end), replace(measure(track.points), last=None, suspect=None)) for track in tracks
    ]
    assert [trip.measure.length_km for trip in kept] == [pytest.approx(track.length_km) for track in tracks]


@given(moves=moves, rules=rules, data=st.data())
def test_a_log_goes_on_from_where_it_had_settled(
    moves: list[tuple[int, float | None, bool | None, bool, float]], rules: TripRules, data: st.DataObject
) -> None:
    reports = reports_of(moves, rules)
    now = (reports[-1].time if reports else EPOCH) + timedelta(minutes=1)
    first = log_of(reports[: data.draw(st.integers(0, len(reports)))], rules)
    if first.settled is None:
        return
    known = msgspec.json.decode(msgspec.json.encode(first.settled), type=Settled)
    rest = TripLog.resume(lambda time: rules, known)
    for report in reports:
        if report.time > known.time:
            rest.follow(report)
    assert [*first.trips, *rest.trips_until(now)] == log_of(reports, rules).trips_until(now)


def test_a_single_point_is_alone_after_a_silence() -> None:
    def alone(*minutes: float) -> list[bool]:
        reports = [
            PastReport(7, at(minute), 0, Point(at(minute), 52, 13, speed), speed > 3)
            for minute, speed in ((minutes[0], 0.0), (minutes[1], 50.0), (minutes[2], 0.0))
        ]
        return [trip.is_alone for trip in log_of(reports, TripRules()).trips_until(at(600))]

    assert (alone(0, 60, 120), alone(40, 60, 120)) == ([True], [False])


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)
