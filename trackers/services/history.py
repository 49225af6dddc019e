"""What is kept of the past of a source, and how a part of it is forgotten."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from trackers.engine.past import Point
from trackers.engine.tracks import Span, Track, cut_tracks
from trackers.engine.trip_log import KeptTrip
from trackers.models import Source
from trackers.services.past_trips import INSTANT, MAX_REPORTS_READ, Period, reports_in, trips_between
from trackers.storage.history import forget_history, is_lost_of, read_history
from trackers.storage.states import lock_source_rows
from trackers.storage.trips import PastChange, note_changes

logger = logging.getLogger(__name__)

REPORTS_PER_LOT = 5_000
"""In one transaction: what takes longer would hold up others on SQLite."""
MAX_REPORTS_FORGOTTEN = 300_000
"""In one call."""
# How far back a satellite fix is looked for.
_LOOK_BACK = tuple(timedelta(days=days) for days in (0.05, 0.5, 3, 9, 30, 90, 366))


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a source in a period."""

    points: list[Point]
    trips: list[Span]
    """Whole, also where they reach beyond the period."""
    is_cut: bool
    """Whether not all of it is there: because it is kept no longer, lost, or was more than is read at once."""
    reports_read: int


def past_of(source: Source, period: Period, now: datetime) -> Past:
    """The points and trips of a source in a period."""
    period, is_old = _cut_off(period)
    reports = read_history(source.pk, period.since, period.until, most=MAX_REPORTS_READ + 1)
    is_much = len(reports) > MAX_REPORTS_READ
    if is_much:
        del reports[MAX_REPORTS_READ:]
        period = Period(period.since, reports[-1].time)
    points = [report.point for report in reports if report.point is not None]
    trips, _ = trips_between(source, period, now, reports) if points else ([], 0)
    is_cut = is_old or is_much or is_lost_of(source.pk, period.since, period.until)
    return Past(points, [trip.span for trip in trips], is_cut, len(reports))


def _cut_off(period: Period) -> tuple[Period, bool]:
    """What of a period is shown still, and whether that is not all of it."""
    border = period.shown_since
    if border is None or period.since >= border:
        return period, False
    return replace(period, since=border), True


def kept_part(period: Period) -> Period | None:
    """The part of a period that is shown still; None: it is over."""
    part, is_old = _cut_off(period)
    return None if is_old and part.since > part.until else part


def trips_in(source: Source, period: Period, now: datetime) -> list[Span]:
    """The trips that touch a period, whole, however many reports it has."""
    trips, _ = trips_between(source, period, now, in_pages=True)
    return [trip.span for trip in trips]


@dataclass(frozen=True, slots=True)
class Trips:
    """The trips of a source in a period."""

    tracks: list[Track]
    """Cut at the edges of the period; without points, where these need not be read to know them."""
    is_cut: bool
    """Whether not all are there: because they are kept no longer, lost, or in more reports than are read at once."""
    reports_read: int


def trips_of(source: Source, period: Period, now: datetime, *, with_cells: bool) -> Trips:
    """The trips of a source in a period; `with_cells`: also their points that come from cell towers."""
    period, is_old = _cut_off(period)
    trips, reports_read = trips_between(source, period, now)
    tracks = [track for trip in trips for track in _cut(source, trip, period, with_cells=with_cells)]
    is_cut = is_old or reports_read >= MAX_REPORTS_READ or is_lost_of(source.pk, period.since, period.until)
    return Trips(tracks, is_cut, reports_read)


def _cut(source: Source, trip: KeptTrip, period: Period, *, with_cells: bool) -> list[Track]:
    if period.since <= trip.begin and trip.end <= period.until and (with_cells or not trip.measure.cells):
        return [Track(trip.begin, trip.begin, trip.end, (), trip.is_alone, trip.measure)]
    points = points_of(source, Period(max(trip.begin, period.since), min(trip.end, period.until)))
    return cut_tracks([trip.span], points if with_cells else [point for point in points if not point.is_cell_based])


def points_of(source: Source, period: Period) -> list[Point]:
    """The points of a source in a period that is known to be kept and short."""
    reports = read_history(source.pk, period.since, period.until, most=MAX_REPORTS_READ)
    return [report.point for report in reports if report.point is not None]


def last_fix(source_id: int, before: datetime, shown_since: datetime | None) -> Point | None:
    """The newest satellite fix that is kept, looked for ever farther back; None where a great deal has none."""
    until, reports_read = before, 0
    for look_back in _LOOK_BACK:
        part = kept_part(Period(before - look_back, until, shown_since))
        if part is None or reports_read > MAX_REPORTS_READ:
            return None
        found = None
        for report in reports_in(source_id, part):
            reports_read += 1
            if report.point is not None and not report.point.is_cell_based:
                found = report.point
        if found is not None:
            return found
        until = part.since - INSTANT
    return None


def forget_period(source: Source, since: datetime, until: datetime) -> int:
    """Forgets the reports of a source from `since` to `until`, both included; how many they were (history point 63).

    Trips are found anew; state and counters stay. Carried out in lots, each for good, so that nobody waits for long. Of
    much more than MAX_REPORTS_FORGOTTEN the rest is left.
    """
    forgotten = 0
    while forgotten < MAX_REPORTS_FORGOTTEN and (count := _forget_lot(source.pk, since, until)):
        forgotten += count
    if forgotten:
        logger.info("%s reports of source %s forgotten from %s to %s", forgotten, source.pk, since, until)
    return forgotten


def is_anything_kept(source: Source, since: datetime, until: datetime) -> bool:
    """Whether there are reports of a period."""
    return bool(read_history(source.pk, since, until, most=1))


@transaction.atomic
def _forget_lot(source_id: int, since: datetime, until: datetime) -> int:
    lock_source_rows([source_id])
    count = forget_history(source_id, since, until, most=REPORTS_PER_LOT)
    if count:
        note_changes([PastChange(source_id, since, until)])
    return count
