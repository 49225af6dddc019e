"""Days of a source that are over, each packed into one row: a fifth of the room, and read at one go.

A row of history is here a tuple of its columns without the source, as trackers/storage/history.py makes them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import msgspec
from django.db import connection

Row = tuple[Any, ...]

MICROSECONDS_PER_DAY = 24 * 3600 * 1_000_000
# Of a form that is read for good: another one gets another number.
_FORM = b"\x01"
_LEVEL = 6
# Time, latitude, longitude: what lies next to the one before takes less room by how far it is from there.
_NEAR_EACH_OTHER = (0, 2, 3)
_DAYS_AT_ONCE = 8
_decode_columns = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode

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


def pack(rows: Sequence[Row]) -> bytes:
    """Rows of a day, in order, column by column."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for index in _NEAR_EACH_OTHER:
        columns[index] = _differences(columns[index])
    return _FORM + zlib.compress(msgspec.msgpack.encode(columns), _LEVEL)


def unpack(packed: bytes, columns: Sequence[int] | None = None) -> list[Row]:
    """The rows that were packed, or these columns of them. Raises ValueError for a form that is not known."""
    if packed[:1] != _FORM:
        raise ValueError("a packed day has a form that this version does not know")
    # What is not wanted is passed over; most of a day are the texts of what was said.
    known = _decode_columns(zlib.decompress(memoryview(packed)[1:]))
    wanted = range(len(known)) if columns is None else columns
    decoded = ((one, msgspec.msgpack.decode(known[one])) for one in wanted)
    return list(zip(*(_sums(column) if one in _NEAR_EACH_OTHER else column for one, column in decoded), strict=True))


def _differences(numbers: Iterable[int | None]) -> list[int | None]:
    last, differences = 0, list[int | None]()
    for number in numbers:
        differences.append(None if number is None else number - last)
        last = last if number is None else number
    return differences


def _sums(differences: Sequence[int | None]) -> list[int | None]:
    if None not in differences:
        return list(accumulate(differences))
    sums = accumulate(one or 0 for one in differences)
    return [None if one is None else total for one, total in zip(differences, sums, strict=True)]


def read_days(
    source_id: int, first: int, last: int, columns: Sequence[int] | None = None
) -> Iterator[tuple[int, list[Row]]]:
    """The packed days of a source, both ends included, in order, each with its rows, or these columns of them.

    They are read as they are asked for.
    """
    while first <= last:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [source_id, first, last, _DAYS_AT_ONCE])
            found = cursor.fetchall()
        for day, packed in found:
            yield day, unpack(bytes(packed), columns)
        if len(found) < _DAYS_AT_ONCE:
            return
        first = found[-1][0] + 1


def held_days(source_id: int, first: int, last: int) -> dict[int, int]:
    """How many reports each packed day of a source has, both ends included."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source_id, first, last])
        return dict(cursor.fetchall())


def store_day(source_id: int, day: int, rows: Sequence[Row]) -> None:
    """Has these rows, in order, for a day of a source, in place of those that it had; the source must be locked."""
    with connection.cursor() as cursor:
        if rows:
            cursor.execute(_STORE, [source_id, day, len(rows), pack(rows)])
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
