"""What reports measure of the past of a tracker: trips, stops, hours, speeding (records §9). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import takewhile
from typing import Any

from trackers.engine.past import Point
from trackers.engine.tracks import SILENCE, Track, cut_tracks, is_worth_listing

Run = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """What of each week is looked at: what begins on these days, between these times of the day."""

    since: time
    until: time
    weekdays: frozenset[int]
    """1 is Monday."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> TimeFilter:
        since, until = (time.fromisoformat(stored[name]) for name in ("from", "to"))
        return cls(since, until, frozenset(stored["weekdays"]))

    @property
    def is_all(self) -> bool:
        """Whether every moment is looked at; to a second that is named the whole of it belongs."""
        return self.since == time() and self.until >= time(23, 59, 59) and len(self.weekdays) == 7

    def has(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether a moment is looked at; times that end before they begin go over midnight."""
        if self.is_all:
            return True
        local = moment.astimezone(zone)
        at = local.time()
        is_in = self.since <= at <= self.until
        if self.since > self.until:
            is_in = at >= self.since or at <= self.until
        return is_in and local.isoweekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a tracker stood between trips."""

    start: datetime
    end: datetime
    point: Point


@dataclass(frozen=True, slots=True)
class Speeding:
    """How long a tracker was faster than it may be."""

    start: datetime
    end: datetime
    avg_kmh: float
    fastest: Point

    @property
    def max_kmh(self) -> float:
        return self.fastest.speed_kmh or 0.0


def trips_of(spans: Sequence[Any], points: Sequence[Point], *, only_worthy: bool) -> list[Track]:
    """The trips as `track/list` has them."""
    tracks = cut_tracks(spans, points)
    return list(filter(is_worth_listing, tracks)) if only_worthy else tracks


def stops_of(trips: Sequence[Track], points: Sequence[Point]) -> list[Stop]:
    """Where it stood before, between and after trips, as far as it was heard of."""
    if not points:
        return []
    begins = [points[0].time, *(trip.end for trip in trips)]
    ends = [*(trip.start for trip in trips), points[-1].time]
    places = iter(points)
    return [
        Stop(begin, end, _point_at(places, begin, points[0]))
        for begin, end in zip(begins, ends, strict=True)
        if end > begin
    ]


def _point_at(places: Iterator[Point], moment: datetime, first: Point) -> Point:
    return next((point for point in places if point.time >= moment), first)


def speeding_of(points: Iterable[Point], max_kmh: float, least: timedelta) -> list[Speeding]:
    """Each time that a tracker was faster, from the first point that says so to the first that does not."""
    found: list[Speeding] = []
    fast: list[Point] = []
    for point in points:
        if point.speed_kmh is None or point.is_cell_based:
            continue
        is_silent = bool(fast) and point.time - fast[-1].time > SILENCE
        if point.speed_kmh > max_kmh and not is_silent:
            fast.append(point)
            continue
        found += _speeding(fast, fast[-1].time if is_silent else point.time, least) if fast else []
        fast = [point] if point.speed_kmh > max_kmh else []
    return found + (_speeding(fast, fast[-1].time, least) if fast else [])


def _speeding(fast: Sequence[Point], end: datetime, least: timedelta) -> list[Speeding]:
    if end - fast[0].time < least:
        return []
    speeds = [point.speed_kmh or 0.0 for point in fast]
    fastest = max(fast, key=lambda point: point.speed_kmh or 0.0)
    return [Speeding(fast[0].time, end, sum(speeds) / len(speeds), fastest)]


@dataclass(frozen=True, slots=True)
class Hours:
    """How long the engine ran, by the day on which it did."""

    moving: timedelta
    idle: timedelta


def hours_by_day(runs: Iterable[Run], trips: Sequence[Track], zone: tzinfo) -> dict[date, Hours]:
    """The time with the ignition on, in trips and outside of them, by local day."""
    days: dict[date, Hours] = {}
    moving = [(trip.start, trip.end) for trip in trips]
    for begin, end in (part for run in runs for part in _split_at_midnight(*run, zone)):
        while moving and moving[0][1] <= begin:
            del moving[0]
        in_trips = _time_in((begin, end), moving)
        day = begin.astimezone(zone).date()
        known = days.get(day, Hours(_NONE, _NONE))
        days[day] = Hours(known.moving + in_trips, known.idle + (end - begin) - in_trips)
    return days


def _time_in(run: Run, moving: Iterable[Run]) -> timedelta:
    """How much of a run is in trips, of which the first ends after its begin."""
    begin, end = run
    during = takewhile(lambda trip: trip[0] < end, moving)
    return sum((min(trip[1], end) - max(trip[0], begin) for trip in during), _NONE)


def _split_at_midnight(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[Run]:
    while begin < end:
        midnight = datetime.combine(begin.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)
        yield begin, min(midnight, end)
        begin = midnight


def runs_of(reports: Iterable[tuple[datetime, bool | None]]) -> list[Run]:
    """From when to when the ignition was on, by the times of reports and what they said of it.

    From each report that says so until the next, but no longer than a silence.
    """
    runs: list[Run] = []
    begin, last, is_on = _NEVER, _NEVER, False
    for moment, ignition in reports:
        if is_on and moment - last > SILENCE:
            runs.append((begin, last + SILENCE))
            begin = moment
        if ignition is not None and ignition is not is_on:
            if is_on and moment > begin:
                runs.append((begin, moment))
            begin, is_on = moment, ignition
        last = moment
    if is_on and last > begin:
        runs.append((begin, last))
    return runs


_NONE = timedelta()
_NEVER = datetime.min.replace(tzinfo=UTC)
