"""The points of a tracker in a period, in lines, as calls ask for them (history §3.2, §3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.lines import Line, split_lines
from trackers.engine.past import Point
from trackers.engine.tracks import Span
from trackers.models import Source
from trackers.rendering.tracks import track_id
from trackers.services.history import kept_part, trips_in
from trackers.services.past_trips import Period, reports_in
from trackers.storage.history import is_lost_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which points."""

    track_ids: tuple[int, ...] | None = None
    """Only those of these trips."""
    with_cells: bool = True
    with_parked: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a period, to be gone through once."""

    lines: Iterator[Line]
    is_cut: bool
    """Whether not all of the period is kept, or is there."""
    is_over: bool = False
    """Whether nothing of it is."""


def read_lines(source: Source, period: Period, now: datetime, wanted: Wanted) -> Lines:
    """The points of a period. Raises ApiError NOT_FOUND when one of the trips does not touch it."""
    part = kept_part(period)
    if part is None:
        if wanted.track_ids:
            raise ApiError(ErrorCode.NOT_FOUND)
        return Lines(iter(()), is_cut=True, is_over=True)
    trips = trips_in(source, part, now)
    if wanted.track_ids is not None:
        trips = _find_trips(trips, source, wanted.track_ids)
    lines = split_lines(_points(source, part, wanted), trips, with_parked=wanted.with_parked)
    is_cut = part != period or is_lost_of(source.pk, part.since, part.until)
    return Lines(lines, is_cut)


def _find_trips(trips: list[Span], source: Source, wanted: tuple[int, ...]) -> list[Span]:
    found = [trip for trip in trips if track_id(source.pk, trip.begin) in wanted]
    if len(found) < len(wanted):
        raise ApiError(ErrorCode.NOT_FOUND)
    return found


def _points(source: Source, period: Period, wanted: Wanted) -> Iterator[Point]:
    for report in reports_in(source.pk, period):
        point = report.point
        if point is not None and (wanted.with_cells or not point.is_cell_based):
            yield point
