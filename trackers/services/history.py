"""What is kept of the past of a source, and how it is forgotten."""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import SILENCE, RulesAt, Span, TripFinder
from trackers.engine.trips import TripRules
from trackers.models import FormerTripRules, Source
from trackers.services.ingestion import current_rules, kept_since, rules_of
from trackers.storage.history import drop_history, forget_history, read_history
from trackers.storage.states import lock_source_rows

logger = logging.getLogger(__name__)

SOURCES_PER_LOT = 200
REPORTS_PER_LOT = 5_000
"""In one transaction: what takes longer would hold up others on SQLite."""
SWEEP_EVERY = timedelta(hours=1)


MAX_REPORTS_READ = 300_000
"""In one call: a month of one each ten seconds. Of more the later ones are left out, and the answer says so."""
_INSTANT = timedelta(microseconds=1)
# How far back it is looked for where a trip began: most stand somewhere within an hour.
_LOOK_BACK = (timedelta(hours=1), timedelta(hours=8), timedelta(days=3), timedelta(days=9))


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
    border = kept_since(now)
    is_old = border is not None and period.since < border
    if border is not None and is_old:
        period = Period(border, period.until)
    reports = read_history(source.pk, period.since, period.until, most=MAX_REPORTS_READ + 1)
    is_much = len(reports) > MAX_REPORTS_READ
    if is_much:
        del reports[MAX_REPORTS_READ:]
        period = Period(period.since, reports[-1].time)
    points = [report.point for report in reports if report.point is not None]
    return Past(points, _find_trips(source, reports, period, now), is_old or is_much, len(reports))


def _find_trips(source: Source, reports: list[PastReport], period: Period, now: datetime) -> list[Span]:
    if not reports:
        return []
    rules_at = _rules_at(source)
    finder = _begin(source.pk, rules_at, period.since)
    # Whether it stands for good at the end of the period is told by what comes then.
    beyond = period.until + max(SILENCE, rules_at(period.until).parking_time)
    later = read_history(source.pk, period.until + _INSTANT, beyond, most=MAX_REPORTS_READ)
    for report in (*reports, *later):
        finder.follow(report)
    return finder.finish(min(now, beyond))


def _begin(source_id: int, rules_at: RulesAt, since: datetime) -> TripFinder:
    """A finder that knows whether a trip goes on at `since`, by what came before."""
    for look_back in _LOOK_BACK:
        begin = since - look_back
        finder = TripFinder(rules_at, begin)
        for report in read_history(source_id, begin, since - _INSTANT, most=MAX_REPORTS_READ):
            finder.follow(report)
        if finder.is_certain_at(since):
            break
    return finder


def _rules_at(source: Source) -> RulesAt:
    """By which rules the trips of a source were found at some time."""
    former = [
        (one.until, msgspec.json.decode(one.rules, type=TripRules))
        for one in FormerTripRules.objects.filter(source=source)
    ]
    today = rules_of(source.own_rules, current_rules()).trips
    borders, rules = [until for until, _ in former], [*(rules for _, rules in former), today]
    return lambda time: rules[bisect_right(borders, time)]


def forget_period(source: Source, since: datetime, until: datetime) -> int:
    """Forgets the reports of a source from `since` to `until`, both included; how many they were (history point 63).

    State and counters stay. Carried out in lots, each for good, so that no report waits for long.
    """
    forgotten = 0
    while count := _forget_lot(source.pk, since, until):
        forgotten += count
    return forgotten


@transaction.atomic
def _forget_lot(source_id: int, since: datetime, until: datetime) -> int:
    lock_source_rows([source_id])
    return forget_history(source_id, since, until, most=REPORTS_PER_LOT)


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
