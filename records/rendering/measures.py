"""What reports measure of the past of a tracker: trips, stops, hours, speeding (records §9). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import SILENCE, Track, cut_tracks, is_worth_listing


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

    def has(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether a moment is looked at; times that end before they begin go over midnight."""
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


def hours_by_day(reports: Iterable[PastReport], trips: Sequence[Track], zone: tzinfo) -> dict[Any, Hours]:
    """The time with the ignition on, in trips and outside of them, by local day.

    From each report that says so until the next, but no longer than a silence.
    """
    days: dict[Any, Hours] = {}
    spans = iter([(trip.start, trip.end) for trip in trips])
    span = next(spans, None)
    for begin, end in _running(reports):
        while span is not None and span[1] <= begin:
            span = next(spans, None)
        is_moving = span is not None and span[0] <= begin < span[1]
        for part_begin, part_end in _split_at_midnight(begin, end, zone):
            day = part_begin.astimezone(zone).date()
            known = days.get(day, Hours(timedelta(), timedelta()))
            lasted = part_end - part_begin
            days[day] = Hours(known.moving + lasted * is_moving, known.idle + lasted * (not is_moving))
    return days


def _running(reports: Iterable[PastReport]) -> Iterator[tuple[datetime, datetime]]:
    since: datetime | None = None
    for report in reports:
        if since is not None and report.time > since:
            yield since, min(report.time, since + SILENCE)
        runs = since is not None if report.ignition is None else report.ignition
        since = report.time if runs else None


def _split_at_midnight(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    local = begin.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), zone)
    if midnight >= end:
        yield begin, end
        return
    yield begin, midnight
    yield midnight, end


def runs_of(reports: Iterable[PastReport]) -> list[tuple[datetime, datetime]]:
    """From when to when the ignition was on."""
    runs: list[tuple[datetime, datetime]] = []
    for begin, end in _running(reports):
        if runs and runs[-1][1] == begin:
            runs[-1] = runs[-1][0], end
        else:
            runs.append((begin, end))
    return runs
