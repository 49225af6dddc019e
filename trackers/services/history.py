"""What is kept of the past of a source, and how it is forgotten."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import SILENCE, RulesAt, Span, TripFinder
from trackers.engine.trips import TripRules
from trackers.models import FormerTripRules, Source
from trackers.services.ingestion import current_rules, kept_since, rules_of
from trackers.storage.history import drop_history, drop_period, read_history

logger = logging.getLogger(__name__)

SOURCES_PER_LOT = 200
REPORTS_PER_LOT = 5_000
"""In one transaction: what takes longer would hold up others on SQLite."""
SWEEP_EVERY = timedelta(hours=1)


MAX_REPORTS_READ = 300_000
"""In one call: a month of one each ten seconds. Of more the later ones are left out, and the answer says so."""
MAX_REPORTS_FORGOTTEN = 300_000
"""In one call."""
PAGE = 5_000
"""Reports that are read at once where they are followed one by one."""
_INSTANT = timedelta(microseconds=1)
# How far back it is looked for where a trip began: most stand somewhere within an hour.
_LOOK_BACK = (timedelta(hours=1), timedelta(hours=8), timedelta(days=3), timedelta(days=9))
_FARTHER_BACK = (timedelta(days=30), timedelta(days=90), timedelta(days=366))


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment to another, both included, in UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a source in a period."""

    points: list[Point]
    trips: list[Span]
    """Whole, also where they reach beyond the period."""
    is_cut: bool
    """Whether not all of it is there: because it is kept no longer, or was more than is read at once."""
    reports_read: int


def past_of(source: Source, period: Period, now: datetime) -> Past:
    """The points and trips of a source in a period."""
    kept = kept_part(period, now)
    if kept is None:
        return Past([], [], True, 0)
    reports = read_history(source.pk, kept.since, kept.until, most=MAX_REPORTS_READ + 1)
    is_much = len(reports) > MAX_REPORTS_READ
    if is_much:
        del reports[MAX_REPORTS_READ:]
        kept = Period(kept.since, reports[-1].time)
    points = [report.point for report in reports if report.point is not None]
    trips = _find_trips(source, reports, kept, now) if reports else []
    return Past(points, trips, kept.since > period.since or is_much, len(reports))


def kept_part(period: Period, now: datetime) -> Period | None:
    """The part of a period that is kept still; None: it is over."""
    border = kept_since(now)
    if border is None or border <= period.since:
        return period
    return Period(border, period.until) if border <= period.until else None


def reports_in(source_id: int, period: Period) -> Iterator[PastReport]:
    """The reports of a period, by time, read a page at a time: between pages nothing of the database is held."""
    since = period.since
    while True:
        page = read_history(source_id, since, period.until, most=PAGE)
        if len(page) < PAGE:
            yield from page
            return
        # Of the last moment there may be more on the next page; a page has more than one.
        last = page[-1].time
        if page[0].time == last:
            page, since = read_history(source_id, last, last, most=MAX_REPORTS_READ), last + _INSTANT
        else:
            page, since = [report for report in page if report.time < last], last
        yield from page


def trips_in(source: Source, period: Period, now: datetime) -> list[Span]:
    """The trips that touch a period, whole, however many reports it has."""
    return _find_trips(source, reports_in(source.pk, period), period, now)


def _find_trips(source: Source, reports: Iterable[PastReport], period: Period, now: datetime) -> list[Span]:
    rules_at = rules_of_past(source)
    finder = _begin(source.pk, rules_at, period.since)
    # Whether it stands for good at the end of the period is told by what comes then.
    beyond = period.until + max(SILENCE, rules_at(period.until).parking_time)
    for report in reports:
        finder.follow(report)
    for report in reports_in(source.pk, Period(period.until + _INSTANT, beyond)):
        finder.follow(report)
    return finder.finish(min(now, beyond))


def _begin(source_id: int, rules_at: RulesAt, since: datetime) -> TripFinder:
    """A finder that knows whether a trip goes on at `since`, by what came before."""
    for look_back in _LOOK_BACK:
        begin = since - look_back
        finder = TripFinder(rules_at, begin)
        for report in reports_in(source_id, Period(begin, since - _INSTANT)):
            finder.follow(report)
        if finder.is_certain_at(since):
            break
    return finder


def rules_of_past(source: Source) -> RulesAt:
    """By which rules the trips of a source were found at some time."""
    former = [
        (one.until, msgspec.json.decode(one.rules, type=TripRules))
        for one in FormerTripRules.objects.filter(source=source)
    ]
    today = rules_of(source.own_rules, current_rules()).trips
    borders, rules = [until for until, _ in former], [*(rules for _, rules in former), today]
    return lambda time: rules[bisect_right(borders, time)]


def last_fix(source_id: int, before: datetime, now: datetime) -> Point | None:
    """The newest satellite fix that is kept, looked for ever farther back; None where a great deal has none."""
    until, reports_read = before, 0
    for look_back in (*_LOOK_BACK, *_FARTHER_BACK):
        part = kept_part(Period(before - look_back, until), now)
        if part is None or reports_read > MAX_REPORTS_READ:
            return None
        found = None
        for report in reports_in(source_id, part):
            reports_read += 1
            if report.point is not None and not report.point.is_cell_based:
                found = report.point
        if found is not None:
            return found
        until = part.since - _INSTANT
    return None


def forget_period(source: Source, since: datetime, until: datetime) -> tuple[int, bool]:
    """Forgets what is kept of a period, its edges included; how many reports, and whether some are left.

    The current state stays as it is. More than MAX_REPORTS_FORGOTTEN are forgotten when it is asked again.
    """
    forgotten = 0
    while forgotten < MAX_REPORTS_FORGOTTEN:
        with transaction.atomic():
            dropped = drop_period(source.pk, since, until, most=REPORTS_PER_LOT)
        forgotten += dropped
        if dropped < REPORTS_PER_LOT:
            break
    is_left = bool(read_history(source.pk, since, until, most=1))
    logger.info("%s reports of source %s forgotten from %s to %s", forgotten, source.pk, since, until)
    return forgotten, is_left


class HistorySweep:
    """Forgets what is older than it is kept, and all of removed sources, a lot at a time. Several may do it at once."""

    def __init__(self) -> None:
        self._next_id = 0
        self._begins_at: datetime | None = None
        self._dropped = 0

    def step(self, now: datetime) -> int | None:
        """Forgets one lot; how many reports, or None when there is nothing to do until later."""
        if self._begins_at is not None and self._begins_at - SWEEP_EVERY <= now < self._begins_at:
            return None
        sources = list(Source.objects.filter(pk__gte=self._next_id).order_by("pk")[:SOURCES_PER_LOT])
        if not sources:
            self._end(now)
            return None
        dropped = _drop_lot(sources, kept_since(now))
        self._dropped += dropped
        if dropped < REPORTS_PER_LOT:
            self._next_id = sources[-1].pk + 1
        return dropped

    def _end(self, now: datetime) -> None:
        if self._dropped:
            logger.info("%s reports dropped from history", self._dropped)
        self._next_id, self._begins_at, self._dropped = 0, now + SWEEP_EVERY, 0


@transaction.atomic
def _drop_lot(sources: list[Source], since: datetime | None) -> int:
    removed = [source.pk for source in sources if source.is_corrupted]
    dropped = drop_history(removed, None, most=REPORTS_PER_LOT)
    if since is not None and dropped < REPORTS_PER_LOT:
        kept = [source.pk for source in sources if not source.is_corrupted]
        dropped += drop_history(kept, since, most=REPORTS_PER_LOT - dropped)
        FormerTripRules.objects.filter(source__in=kept, until__lt=since).delete()
    return dropped
