"""The trips of the past: found by what the engine makes of each report, and measured (history §2, §3.1). Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from trackers.engine.counters import Place, distance_km
from trackers.engine.measures import Measure, measure, step_origin
from trackers.engine.past import PastReport, Point
from trackers.engine.trips import MovementStatus, Trace, Trip, TripRules, end_of_clock, follow

# A trip of which nothing is heard for longer ended with its last point.
SILENCE = timedelta(minutes=20)
# What is smaller is no trip that anybody looks for (history §3.1).
MIN_LENGTH_KM = 0.3
MIN_POINTS = 4
MIN_ACROSS_KM = 0.2
CLUSTER_KM = 0.1

RulesAt = Callable[[datetime], TripRules]


@dataclass(frozen=True, slots=True)
class Span:
    """When a trip went on: from the first point that found it moving to the first that found it standing."""

    begin: datetime
    end: datetime


class TripFinder:
    """Follows the reports of a source, in order, and finds its trips.

    Where the reports begin in the middle nobody knows whether a trip goes on. It is supposed that one does; when it
    ends, or would have, everything after it is certain.
    """

    def __init__(self, rules_at: RulesAt, begin: datetime, *, is_parked: bool = False) -> None:
        """`begin` is when the reports begin; `is_parked`: nothing came before."""
        self._rules_at = rules_at
        self._movement = Trip() if is_parked else Trip(MovementStatus.MOVING)
        self._begin: datetime | None = None if is_parked else begin
        self._heard_at = begin
        self.is_certain = is_parked
        self.spans: list[Span] = []

    def follow(self, report: PastReport) -> None:
        """Takes in one more report, which must not be older than those before."""
        rules = self._rules_at(report.time)
        self._let_time_pass(report.time, rules)
        trace = Trace(report.time, 0, 0, report.is_fast, report.ignition, report.in_motion)
        before, self._movement = self._movement, follow(self._movement, trace, rules)
        if self._begin is None and self._movement.status is not MovementStatus.PARKED:
            self._begin = report.time
        elif self._begin is not None and self._movement.status is MovementStatus.PARKED:
            self._close(before.standing_since or report.time)
        if report.point is not None and not report.point.is_cell_based:
            self._heard_at = report.time

    def is_certain_at(self, time: datetime) -> bool:
        """Whether it is certain by then whether a trip goes on, if nothing more came before."""
        return self.is_certain or time - self._heard_at > SILENCE

    def finish(self, now: datetime) -> list[Span]:
        """All trips, the one that goes on at `now` with them: it reaches to its newest point."""
        self._let_time_pass(now, self._rules_at(now))
        if self._begin is not None:
            self.spans.append(Span(self._begin, self._heard_at))
        return self.spans

    def _let_time_pass(self, now: datetime, rules: TripRules) -> None:
        if self._begin is None:
            return
        standing_since = self._movement.standing_since
        if standing_since is not None and end_of_clock(self._movement, now, rules)[0] is MovementStatus.PARKED:
            self._close(standing_since)
        elif now - self._heard_at > SILENCE:
            self._close(self._heard_at)

    def _close(self, end: datetime) -> None:
        assert self._begin is not None
        if self.is_certain:
            self.spans.append(Span(self._begin, end))
        self.is_certain, self._begin = True, None
        self._movement = replace(self._movement, status=MovementStatus.PARKED, standing_since=None)


@dataclass(frozen=True)
class Track:
    """What of a trip lies in a period, and what was measured of its points."""

    begin: datetime
    """Of the whole trip, which is known by it."""
    start: datetime
    end: datetime
    points: Sequence[Point]
    """In order; none where the track is known by its measure alone."""
    is_alone: bool = False
    """Whether the trip was a single point, long after the one before and long before the next."""
    known: Measure | None = None

    @cached_property
    def measure(self) -> Measure:
        return self.known or measure(self.points)

    @property
    def is_single(self) -> bool:
        return self.measure.points == 1

    @property
    def length_km(self) -> float:
        return self.measure.length_km

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


def cut_tracks(spans: Iterable[Span], points: Sequence[Point]) -> list[Track]:
    """The parts of trips that some points lie in; the points are those of a period, by time."""
    times = [point.time for point in points]
    tracks = []
    for span in spans:
        first, last = bisect_left(times, span.begin), bisect_right(times, span.end) - 1
        if first > last:
            continue
        end = times[last] if last + 1 == len(times) else span.end
        is_alone = span.begin == span.end and _is_silent(times, first - 1) and _is_silent(times, last)
        tracks.append(Track(span.begin, times[first], end, points[first : last + 1], is_alone))
    return tracks


class Way:
    """How far it is from each satellite fix to the next; where one has jumped it does not count."""

    def __init__(self) -> None:
        self._last: Place | None = None
        self._suspect: Place | None = None

    def go_on(self, point: Point) -> float | None:
        """The kilometres to one more point; None where there are none to count."""
        if point.is_cell_based:
            return None
        here = Place(point.time, point.latitude, point.longitude)
        if self._last is None:
            self._last = here
            return None
        origin = step_origin(self._last, self._suspect, here)
        if origin is None:
            self._suspect = here
            return None
        self._last, self._suspect = here, None
        return distance_km(origin, here)


def steps(points: Iterable[Point]) -> Iterator[tuple[datetime, float]]:
    """The kilometres from each satellite fix to the next, with its time; where one has jumped they do not count."""
    way = Way()
    for point in points:
        step = way.go_on(point)
        if step is not None:
            yield point.time, step


def _is_silent(times: Sequence[datetime], at: int) -> bool:
    """Whether after that point no other follows soon."""
    return not 0 <= at < len(times) - 1 or times[at + 1] - times[at] > SILENCE


def is_worth_listing(track: Track) -> bool:
    """Whether a track is a trip, and no wandering of a parked receiver's fixes (history §3.1)."""
    if track.is_single:
        return track.is_alone
    one = track.measure
    if one.points < MIN_POINTS or one.length_km < MIN_LENGTH_KM:
        return False
    corner = Place(track.start, one.north, one.west)
    return distance_km(corner, Place(track.start, one.south, one.east)) >= MIN_ACROSS_KM


def cluster(tracks: Sequence[Track]) -> list[list[Track]]:
    """Tracks in order, where single points that follow each other near the first one are together."""
    groups: list[list[Track]] = []
    for track in tracks:
        if groups and track.is_single and groups[-1][0].is_single and _is_near(groups[-1][0], track):
            groups[-1].append(track)
        else:
            groups.append([track])
    return groups


def _is_near(first: Track, other: Track) -> bool:
    here, there = (Place(track.start, track.measure.north, track.measure.west) for track in (first, other))
    return distance_km(here, there) <= CLUSTER_KM


def rounded_kmh(speed: float) -> int:
    """A speed as it is shown."""
    return math.floor(speed + 0.5)
