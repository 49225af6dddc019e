"""Rows of the trips of the past, and until when they are known, in SQL of our own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from trackers.engine.measures import Measure
from trackers.engine.tracks import Span
from trackers.engine.trip_log import KeptTrip, Settled
from trackers.storage.moments import moment_of, number_of

COLUMNS = """source_id, begin, until, north, west, south, east, points, cells, length_km, max_speed_kmh, speed_kmh,
    precision_m, is_alone"""
_ADD = f"INSERT INTO trackers_pasttrip ({COLUMNS}) VALUES ({', '.join(['%s'] * 14)}) ON CONFLICT DO NOTHING"
# Trips do not overlap: the last that begins before the period is the only one of the earlier ones to reach into it.
_READ = f"""
    SELECT {COLUMNS} FROM trackers_pasttrip
    WHERE source_id = %s AND begin <= %s AND until >= %s AND begin >= coalesce(
        (SELECT max(begin) FROM trackers_pasttrip WHERE source_id = %s AND begin <= %s), 0
    ) ORDER BY begin
"""
_LAST_BEFORE = """
    SELECT begin, until FROM trackers_pasttrip WHERE source_id = %s AND begin <= %s ORDER BY begin DESC LIMIT 1
"""
_DELETE = "DELETE FROM trackers_pasttrip WHERE source_id = %s AND begin >= %s AND begin < %s"
_SOURCES = {
    "sqlite": "source_id IN (SELECT value FROM json_each(%s))",
    "postgresql": "source_id IN (SELECT json_array_elements_text(%s::json)::int)",
}
_DROP, _DROP_MARKS = (
    {vendor: statement.format(sources=sources) for vendor, sources in _SOURCES.items()}
    for statement in (
        "DELETE FROM trackers_pasttrip WHERE {sources} AND until < %s",
        "DELETE FROM trackers_tripmark WHERE {sources}",
    )
)
_CHANGED = """
    INSERT INTO trackers_tripmark (source_id, settled, late_since, late_until, revision) VALUES (%s, '', %s, %s, 1)
    ON CONFLICT (source_id) DO UPDATE SET revision = trackers_tripmark.revision + 1,
    late_since = {least}(coalesce(trackers_tripmark.late_since, excluded.late_since), excluded.late_since),
    late_until = {greatest}(coalesce(trackers_tripmark.late_until, excluded.late_until), excluded.late_until)
"""
_CHANGE = {
    "sqlite": _CHANGED.format(least="min", greatest="max"),
    "postgresql": _CHANGED.format(least="least", greatest="greatest"),
}
_SETTLE = """
    INSERT INTO trackers_tripmark (source_id, settled, revision) VALUES (%s, %s, 0)
    ON CONFLICT (source_id) DO UPDATE SET settled = excluded.settled, late_since = NULL, late_until = NULL
"""
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PastChange:
    """Between which moments the past of a source has changed."""

    source_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """Until when the trips of a source are kept, and what has changed since."""

    settled: Settled | None = None
    change: PastChange | None = None
    revision: int = 0


NO_MARK = Mark()


def note_changes(changes: Iterable[PastChange]) -> None:
    """Remembers that trips are to be found anew; the sources must be locked."""
    rows = [(one.source_id, number_of(one.since), number_of(one.until)) for one in changes]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_CHANGE[connection.vendor], rows)


def read_mark(source_id: int) -> Mark:
    """Until when the trips of a source are kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT settled, late_since, late_until, revision FROM trackers_tripmark WHERE source_id = %s", [source_id]
        )
        row = cursor.fetchone()
    if row is None:
        return NO_MARK
    settled, since, until, revision = row
    return Mark(
        msgspec.json.decode(settled, type=Settled) if settled else None,
        None if since is None else PastChange(source_id, moment_of(since), moment_of(until)),
        revision,
    )


def settle(source_id: int, settled: Settled) -> None:
    """Remembers until when trips are kept, and that nothing has changed since; the source must be locked."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [source_id, msgspec.json.encode(settled).decode()])


def read_trips(source_id: int, since: datetime, until: datetime) -> list[KeptTrip]:
    """The trips of a source that touch a period, its ends included, by time."""
    first, last = number_of(since), number_of(until)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [source_id, last, first, source_id, first])
        return [_trip(row) for row in cursor.fetchall()]


def last_trip_before(source_id: int, moment: datetime) -> Span | None:
    """The last of the trips that began until then."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_BEFORE, [source_id, number_of(moment)])
        row = cursor.fetchone()
    return Span(moment_of(row[0]), moment_of(row[1])) if row is not None else None


def replace_trips(source_id: int, since: datetime, until: datetime | None, trips: Sequence[KeptTrip]) -> None:
    """Has these trips in place of those that begin from `since` on, up to `until`; the source must be locked."""
    border = _LAST if until is None else number_of(until)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [source_id, number_of(since), border])
        if trips:
            cursor.executemany(_ADD, [_row(source_id, trip) for trip in trips])


def drop_trips(source_ids: Collection[int], before: datetime) -> None:
    """Forgets the trips of these sources that were over before."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor], [json.dumps(list(source_ids)), number_of(before)])


def drop_all_trips(source_ids: Collection[int]) -> None:
    """Forgets the trips of these sources, and that any were known."""
    sources = json.dumps(list(source_ids))
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor], [sources, _LAST])
        cursor.execute(_DROP_MARKS[connection.vendor], [sources])


def _row(source_id: int, trip: KeptTrip) -> tuple[Any, ...]:
    one = trip.measure
    return (
        source_id,
        number_of(trip.begin),
        number_of(trip.end),
        one.north,
        one.west,
        one.south,
        one.east,
        one.points,
        one.cells,
        one.length_km,
        one.max_speed_kmh,
        one.speed_kmh,
        one.precision_m,
        trip.is_alone,
    )


def _trip(row: tuple[Any, ...]) -> KeptTrip:
    _, begin, until, *measured, is_alone = row
    return KeptTrip(moment_of(begin), moment_of(until), Measure(*measured), bool(is_alone))
