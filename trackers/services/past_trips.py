"""The trips of the past: kept as rows as far as they are certain, found in the reports where they are not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from trackers.engine.dating import FIRST_MOMENT
from trackers.engine.past import PastReport
from trackers.engine.tracks import SILENCE, RulesAt
from trackers.engine.trip_log import KeptTrip, Settled, TripLog, parked_before
from trackers.engine.trips import TripRules
from trackers.models import FormerTripRules, Source
from trackers.services.ingestion import current_rules, rules_of
from trackers.storage.history import read_history, read_said
from trackers.storage.states import lock_source_rows
from trackers.storage.trips import (
    Mark,
    last_trip_before,
    read_mark,
    read_trips,
    replace_trips,
    settle,
)

MAX_REPORTS_READ = 300_000
"""In one call: a month of one each ten seconds. Of more the later ones are left out, and the answer says so."""
REPORTS_KEPT_AT_ONCE = (20_000, MAX_REPORTS_READ)
"""The more where nothing is certain after fewer: a stop of a day that is reported each second."""
LAG = timedelta(minutes=15)
"""Trips are kept until then. What comes later than that to a time before it is known to be late, and noted."""
INSTANT = timedelta(microseconds=1)
PAGE = 5_000
"""Reports that are read at once where they are followed one by one."""
# How far back it is looked for where a trip began that is not kept: most stand somewhere within an hour.
_LOOK_BACK = (timedelta(hours=1), timedelta(hours=8), timedelta(days=3), timedelta(days=9))


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment to another, both included, in UTC."""

    since: datetime
    until: datetime
    shown_since: datetime | None = None
    """What is older is not shown to who asks; None: nothing is hidden."""


def trips_between(
    source: Source,
    period: Period,
    now: datetime,
    reports: Sequence[PastReport] | None = None,
    *,
    in_pages: bool = False,
) -> tuple[list[KeptTrip], int]:
    """The trips that touch a period, whole, by time; and how many reports they were looked for in.

    `reports` are those of the period, if they were read already. Where MAX_REPORTS_READ were read some trips may be
    missing, but not of those that are read `in_pages`, however many they are.
    """
    rules_at, since, until = rules_of_past(source), period.since, period.until
    known = _known(source.pk, read_mark(source.pk), now, rules_at)
    # Whether a trip stands for good at the end of the period is told by what comes then.
    beyond = until + max(SILENCE, rules_at(until).parking_time)
    if known is None or known.time < since - _LOOK_BACK[-1]:
        kept, log, begin = [], _look_back(source.pk, rules_at, since), since
    else:
        kept = read_trips(source.pk, since, min(until, known.time))
        log, begin = TripLog.resume(rules_at, known), known.time + INSTANT
    followed: Iterable[PastReport] = (
        reports_in(source.pk, Period(begin, beyond)) if in_pages else _read(source.pk, period, begin, beyond, reports)
    )
    reports_read = 0
    for report in followed:
        log.follow(report)
        reports_read += 1
    found = [trip for trip in log.trips_until(min(now, beyond)) if trip.begin <= until and trip.end >= since]
    return [*kept, *found], reports_read


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
            page, since = read_history(source_id, last, last, most=MAX_REPORTS_READ), last + INSTANT
        else:
            page, since = [report for report in page if report.time < last], last
        yield from page


def said_in(source_id: int, period: Period) -> Iterator[tuple[datetime, str]]:
    """What the reports of a period said, by time, read a day at a time, so that each packed day is unpacked once.

    Of MAX_REPORTS_READ in a day the later ones are left out.
    """
    since = period.since
    while since <= period.until:
        midnight = since.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        yield from read_said(source_id, since, min(midnight - INSTANT, period.until), most=MAX_REPORTS_READ)
        since = midnight


def _read(
    source_id: int, period: Period, begin: datetime, beyond: datetime, reports: Sequence[PastReport] | None
) -> list[PastReport]:
    """The reports from `begin` to `beyond`; those of the period between them are known, perhaps."""
    if begin > beyond:
        return []
    if reports is None:
        return read_history(source_id, begin, beyond, most=MAX_REPORTS_READ)
    before, after = [], read_history(source_id, max(begin, period.until + INSTANT), beyond, most=MAX_REPORTS_READ)
    if begin < period.since:
        before = read_history(source_id, begin, period.since - INSTANT, most=MAX_REPORTS_READ)
    return [*before, *(report for report in reports if report.time >= begin), *after]


def _look_back(source_id: int, rules_at: RulesAt, since: datetime) -> TripLog:
    """A log that knows whether a trip goes on at `since`, by what came before."""
    for look_back in _LOOK_BACK:
        begin = since - look_back
        log = TripLog(rules_at, begin)
        for report in read_history(source_id, begin, since - INSTANT, most=MAX_REPORTS_READ):
            log.follow(report)
        if log.is_certain_at(since):
            break
    return log


def keep_trips(source: Source, now: datetime) -> int:
    """Keeps what trips are certain by now, some thousand reports at a time.

    How many reports that took; 0: all is kept that can be.
    """
    border, rules_at = now - LAG, rules_of_past(source)
    mark = read_mark(source.pk)
    known = _known(source.pk, mark, border, rules_at) or parked_before(FIRST_MOMENT, [])
    for most in REPORTS_KEPT_AT_ONCE:
        reports = read_history(source.pk, known.time + INSTANT, border, most=most)
        if known is mark.settled and not reports:
            return 0
        found = _follow(TripLog.resume(rules_at, known), reports, _begins_after_change(source.pk, mark, border))
        if found.until is not None or found.settled is not known or len(reports) < most:
            break
    if found.settled is mark.settled and found.until is None:
        return 0
    settled = found.settled if found.until is None else mark.settled or found.settled
    _store(source.pk, mark, known.begin or known.time, replace(found, settled=settled))
    return len(reports)


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of following some reports."""

    trips: list[KeptTrip]
    settled: Settled
    until: datetime | None
    """When a trip began that is kept already, as is all that comes after; None: all is to be replaced."""


def _follow(log: TripLog, reports: Iterable[PastReport], begins: Collection[datetime]) -> _Found:
    for report in reports:
        log.follow(report)
        if report.time in begins and log.begin == report.time:
            return _Found(log.trips, log.settled, report.time)
    return _Found(log.trips, log.settled, None)


def _begins_after_change(source_id: int, mark: Mark, border: datetime) -> frozenset[datetime]:
    """When trips began that are right as they are kept if they are found to begin then again."""
    settled, change = mark.settled, mark.change
    if settled is None or change is None or settled.time > border:
        return frozenset()
    certain = change.until + SILENCE
    begins = [trip.begin for trip in read_trips(source_id, certain, settled.time)]
    return frozenset(begin for begin in (*begins, settled.begin) if begin is not None and begin > certain)


@transaction.atomic
def _store(source_id: int, mark: Mark, since: datetime, found: _Found) -> None:
    """Stores trips in place of others, unless the past has changed since the mark was read."""
    lock_source_rows([source_id])
    if read_mark(source_id).revision == mark.revision:
        replace_trips(source_id, since, found.until, found.trips)
        settle(source_id, found.settled)


def _known(source_id: int, mark: Mark, now: datetime, rules_at: RulesAt) -> Settled | None:
    """What is certain of a source: all that was settled, or what was before the past changed or the clock was set."""
    settled, change = mark.settled, mark.change
    if settled is None:
        return None
    is_changed = change is not None and change.since <= settled.time
    if not is_changed and settled.time <= now:
        return settled
    return _before(source_id, settled, min(now, change.since) if change is not None else now, rules_at)


def _before(source_id: int, settled: Settled, moment: datetime, rules_at: RulesAt) -> Settled:
    """What is certain of the time before a moment, whatever is said of that: at most a trip before is to be redone."""
    begin, last = moment, last_trip_before(source_id, moment)
    if settled.begin is not None and settled.begin <= moment:
        begin = settled.begin
    elif last is not None and moment - last.end <= max(SILENCE, rules_at(moment).parking_time):
        begin = last.begin
    return parked_before(begin, read_history(source_id, begin - _LOOK_BACK[0], begin - INSTANT, most=MAX_REPORTS_READ))


def rules_of_past(source: Source) -> RulesAt:
    """By which rules the trips of a source were found at some time."""
    former = [
        (one.until, msgspec.json.decode(one.rules, type=TripRules))
        for one in FormerTripRules.objects.filter(source=source)
    ]
    today = rules_of(source.own_rules, current_rules()).trips
    borders, rules = [until for until, _ in former], [*(rules for _, rules in former), today]
    return lambda time: rules[bisect_right(borders, time)]
