"""Days of a source, each packed into one row as far as it is over: a fifth of the room, and read at one go."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from django.db import connection

from trackers.storage.stretches import Row, Stretch, all_rows, cut, packed_of, rows_between, stretches_of, with_rows

MICROSECONDS_PER_DAY = 24 * 3600 * 1_000_000
_DAYS_AT_ONCE = 8

_READ = """
    SELECT day, packed FROM trackers_packedday WHERE source_id = %s AND day >= %s AND day <= %s ORDER BY day LIMIT %s
"""
_COUNT = "SELECT day, reports FROM trackers_packedday WHERE source_id = %s AND day >= %s AND day <= %s"
_STORE = """
    INSERT INTO trackers_packedday (source_id, day, reports, packed) VALUES (%s, %s, %s, %s)
    ON CONFLICT (source_id, day) DO UPDATE SET reports = excluded.reports, packed = excluded.packed
"""
_OLDEST = """
    SELECT source_id, day, reports FROM trackers_packedday
    WHERE source_id IN ({sources}) AND day < %s ORDER BY source_id, day LIMIT %s
"""
_SOURCES = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT json_array_elements_text(%s::json)::int",
}


def day_of(number: int) -> int:
    """The day of a moment, counted from 1970, in UTC."""
    return number // MICROSECONDS_PER_DAY


def read_days(source_id: int, first: int, last: int) -> Iterator[tuple[int, list[Stretch]]]:
    """The packed days of a source from a moment to another, whole, in order; they are read as they are asked for."""
    day, last_day = day_of(first), day_of(last)
    while day <= last_day:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [source_id, day, last_day, _DAYS_AT_ONCE])
            found = cursor.fetchall()
        for day, packed in found:
            yield day, stretches_of(bytes(packed))
        if len(found) < _DAYS_AT_ONCE:
            return
        day += 1


def held_days(source_id: int, first: int, last: int) -> dict[int, int]:
    """How many reports each packed day of a source has, both ends included."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source_id, first, last])
        return dict(cursor.fetchall())


def add_to_day(source_id: int, day: int, rows: list[Row]) -> None:
    """Packs these rows, in order, with those that the day of a source has; the source must be locked."""
    begin = day * MICROSECONDS_PER_DAY
    known = next((stretches for _, stretches in read_days(source_id, begin, begin)), [])
    _store(source_id, day, with_rows(known, rows))


def forget_packed(source_id: int, first: int, last: int, *, most: int) -> int:
    """Forgets what is packed of a source from a moment to another; how many reports that were.

    It ends with the day in which there are `most`. The source must be locked.
    """
    forgotten = 0
    for day, stretches in read_days(source_id, first, last):
        if forgotten >= most:
            break
        if any(rows_between(stretches, first, last)):
            left = [row for row in all_rows(stretches) if not first <= row[0] <= last]
            forgotten += sum(one.reports for one in stretches) - len(left)
            _store(source_id, day, cut(left))
    return forgotten


def _store(source_id: int, day: int, stretches: Sequence[Stretch]) -> None:
    with connection.cursor() as cursor:
        if stretches:
            reports = sum(one.reports for one in stretches)
            cursor.execute(_STORE, [source_id, day, reports, packed_of(stretches)])
        else:
            cursor.execute("DELETE FROM trackers_packedday WHERE source_id = %s AND day = %s", [source_id, day])


def drop_days(source_ids: Collection[int], before: int, *, most: int) -> int:
    """Forgets up to `most` days of these sources that were before a day; how many reports they had."""
    with connection.cursor() as cursor:
        statement = _OLDEST.format(sources=_SOURCES[connection.vendor])
        cursor.execute(statement, [json.dumps(list(source_ids)), before, most])
        found = cursor.fetchall()
        keys = [(source_id, day) for source_id, day, _ in found]
        cursor.executemany("DELETE FROM trackers_packedday WHERE source_id = %s AND day = %s", keys)
    return sum(reports for _, _, reports in found)
