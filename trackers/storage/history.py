"""History: rows of reports, added by the thousand, packed after hours, and archived. Read by source and time.

A report may lie both in a row and in a packed or archived day, when it came again; it is one report.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from enum import IntFlag
from itertools import groupby, islice
from typing import Any

from django.db import connection

from trackers.engine.past import PastReport, Point
from trackers.storage.archive import drop_archived, forget_archived, has_lost, read_archived
from trackers.storage.moments import moment_of, number_of
from trackers.storage.packed_days import add_to_day, day_of, drop_days, forget_packed, held_days, read_days
from trackers.storage.stretches import Row, merge, rows_between

_PER_DEGREE = 10_000_000
_SMALLEST, _LARGEST = -(2**15), 2**15 - 1

COLUMNS = "time, source_id, digest, latitude, longitude, speed, heading, altitude, satellites, precision, signs, said"
# As in trackers/storage/states.py a column is one text, a row a line of it; an empty line is null. Of one row alone
# an empty column is no line at all, which comes to the same.
_ADD = {
    "sqlite": f"INSERT OR IGNORE INTO trackers_historyreport ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
    "postgresql": """
        INSERT INTO trackers_historyreport ({columns})
        SELECT {values} FROM unnest(
            {column}::bigint[], {column}::int[], {column}::int[], {column}::int[], {column}::int[],
            {column}::smallint[], {column}::smallint[], {column}::smallint[], {column}::smallint[],
            {column}::smallint[], {column}::smallint[], {column}
        ) AS fresh ({columns})
        ON CONFLICT DO NOTHING
    """.format(
        columns=COLUMNS,
        values=COLUMNS.replace("said", "coalesce(said, '')"),
        column="string_to_array(%s, chr(10), '')",
    ),
}
# A row as it is read, without the source.
_READ_COLUMNS = [column for column in COLUMNS.split(", ") if column != "source_id"]
_READ = """
    SELECT {columns} FROM trackers_historyreport WHERE source_id = %s AND time >= %s AND time <= %s
    ORDER BY source_id, time, digest LIMIT %s
"""
_SIGN_COLUMNS = ["time", "digest", "signs"]
_SAID_COLUMNS = ["time", "digest", "said"]
_PLACE_COLUMNS = ["time", "digest", "latitude", "longitude"]
_READ_PLACES = """
    SELECT time, digest, latitude, longitude FROM trackers_historyreport WHERE source_id = %s AND time IN ({times})
"""
# Which of the rows that are to be deleted are taken first; what somebody else is just deleting is no longer there.
_DELETE = {
    "sqlite": """
        DELETE FROM trackers_historyreport WHERE (source_id, time, digest) IN (
            SELECT source_id, time, digest FROM trackers_historyreport WHERE {chosen} LIMIT %s
        )
    """,
    "postgresql": """
        DELETE FROM trackers_historyreport WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM trackers_historyreport WHERE {chosen} LIMIT %s FOR UPDATE SKIP LOCKED
        ))
    """,
}
_OLDER = {
    "sqlite": "source_id IN (SELECT value FROM json_each(%s)) AND time < %s",
    "postgresql": "source_id IN (SELECT json_array_elements_text(%s::json)::int) AND time < %s",
}
_DROP = {vendor: _DELETE[vendor].format(chosen=chosen) for vendor, chosen in _OLDER.items()}
_FORGET = {
    vendor: delete.format(chosen="source_id = %s AND time >= %s AND time <= %s") for vendor, delete in _DELETE.items()
}


_HAS_OLDER = "EXISTS (SELECT 1 FROM trackers_historyreport WHERE source_id = {value} AND time < %s)"
_TO_PACK = {
    "sqlite": f"SELECT value FROM json_each(%s) WHERE {_HAS_OLDER.format(value='value')}",
    "postgresql": f"""
        SELECT value::int FROM json_array_elements_text(%s::json) AS value WHERE {_HAS_OLDER.format(value="value::int")}
    """,
}
_DELETE_PACKED = """
    DELETE FROM trackers_historyreport
    WHERE source_id = %s AND time >= %s AND (time < %s OR (time = %s AND digest <= %s))
"""
_FIRST, _LAST, _LAST_DAY = -(2**63), 2**63 - 1, 2**31 - 1
DAYS_PER_LOT = 500
"""Packed days that are forgotten at once: about as many megabytes at ten a minute."""


class Sign(IntFlag):
    """What the engine made of a report, and how it came."""

    KNOWS_SPEED = 1
    FAST = 2
    KNOWS_IGNITION = 4
    IGNITION = 8
    KNOWS_MOTION = 16
    MOTION = 32
    CELL_BASED = 64
    BUFFERED = 128


# Plain numbers: an IntFlag's own operators cost more than all else that is done with a row.
_SIGNS_OF_SPEED, _SIGNS_OF_IGNITION, _SIGNS_OF_MOTION = (
    {None: 0, False: int(knows), True: int(knows | is_so)}
    for knows, is_so in (
        (Sign.KNOWS_SPEED, Sign.FAST),
        (Sign.KNOWS_IGNITION, Sign.IGNITION),
        (Sign.KNOWS_MOTION, Sign.MOTION),
    )
)
_CELL_BASED, _BUFFERED = int(Sign.CELL_BASED), int(Sign.BUFFERED)


def add_history(reports: Iterable[PastReport], *, since: datetime | None) -> None:
    """Keeps reports that are not older than `since`; what is kept already stays. The sources must be locked."""
    rows = [_row(report) for report in reports if since is None or report.time >= since]
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(_ADD["sqlite"], rows)
        else:
            cursor.execute(_ADD["postgresql"], ["\n".join(map(_line, column)) for column in zip(*rows, strict=True)])


def read_history(source_id: int, since: datetime, until: datetime, *, most: int) -> list[PastReport]:
    """The reports of a source from `since` to `until`, both included, by time; the first `most` of them.

    Raises ArchiveUnavailable when some are archived and cannot be read.
    """
    first, last = number_of(since), number_of(until)
    return [_report(source_id, row) for row in _read_all(source_id, first, last, most)]


def read_ignition(source_id: int, since: datetime, until: datetime, *, most: int) -> list[tuple[datetime, bool | None]]:
    """When reports came and what they said of the ignition, of those that `read_history` would find.

    Raises ArchiveUnavailable as it does.
    """
    rows = _read_all(source_id, number_of(since), number_of(until), most, _SIGN_COLUMNS)
    return [(moment_of(number), _TOLD[signs & _OF_THE_ENGINE][1]) for number, _, signs in rows]


def read_said(source_id: int, since: datetime, until: datetime, *, most: int) -> list[tuple[datetime, str]]:
    """When reports came and what they said beside their positions, as JSON, of those that `read_history` would find.

    Raises ArchiveUnavailable as it does.
    """
    rows = _read_all(source_id, number_of(since), number_of(until), most, _SAID_COLUMNS)
    return [(moment_of(number), said) for number, _, said in rows]


def read_places(source_id: int, moments: Collection[datetime]) -> dict[datetime, tuple[float, float]]:
    """Where a source was at some moments at which it reported: latitude and longitude. Some hundred moments at most.

    What is archived is passed over, as it may be far away.
    """
    wanted = {number_of(moment) for moment in moments}
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_READ_PLACES.format(times=", ".join(["%s"] * len(wanted))), [source_id, *wanted])
        found = list(cursor.fetchall())
    columns = [_READ_COLUMNS.index(column) for column in _PLACE_COLUMNS]
    for _, of_day in groupby(sorted(wanted), key=day_of):
        first, *_, last = [*of_day] * 2
        for _, stretches in read_days(source_id, first, last):
            found += [row for row in rows_between(stretches, first, last, columns) if row[0] in wanted]
    return {
        moment_of(number): (latitude / _PER_DEGREE, longitude / _PER_DEGREE)
        for number, _, latitude, longitude in found
        if latitude is not None and longitude is not None
    }


def is_lost_of(source_id: int, since: datetime, until: datetime) -> bool:
    """Whether the archive has lost something of a source from a day to another, and reading goes on without it."""
    return has_lost(source_id, number_of(since), number_of(until))


def _read_all(source_id: int, first: int, last: int, most: int, columns: Sequence[str] = _READ_COLUMNS) -> list[Row]:
    places = [_READ_COLUMNS.index(column) for column in columns]
    # In this order: what is packed, or archived, between two of these is then found twice, and not missed.
    loose = _read_rows(source_id, first, last, most, columns)
    held: dict[int, int] = {}
    packed = list(islice(_read_packed(source_id, first, last, places, held), most))
    end = packed[-1][0] if len(packed) >= most else last
    archived = _within(read_archived(source_id, day_of(first), day_of(end), held, places), first, end, most)
    return merge(merge(archived, packed), loose)[:most]


def _read_rows(source_id: int, first: int, last: int, most: int, columns: Sequence[str] = _READ_COLUMNS) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_READ.format(columns=", ".join(columns)), [source_id, first, last, most])
        return list(cursor.fetchall())


def _read_packed(source_id: int, first: int, last: int, columns: Sequence[int], held: dict[int, int]) -> Iterator[Row]:
    """What is packed from a moment to another; how many reports each of its days has is noted."""
    for day, stretches in read_days(source_id, first, last):
        held[day] = sum(one.reports for one in stretches)
        yield from rows_between(stretches, first, last, columns)


def _within(days: Iterable[tuple[int, list[Row]]], first: int, last: int, most: int) -> list[Row]:
    """The rows of days between two moments, of as many days as it takes to have `most`."""
    found: list[Row] = []
    for _, rows in days:
        is_whole = bool(rows) and first <= rows[0][0] and rows[-1][0] <= last
        found.extend(rows if is_whole else (row for row in rows if first <= row[0] <= last))
        if len(found) >= most:
            break
    return found


def sources_to_pack(source_ids: Collection[int], before: datetime) -> list[int]:
    """Which of the sources have rows that are older."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_PACK[connection.vendor], [json.dumps(list(source_ids)), number_of(before)])
        return [source_id for (source_id,) in cursor.fetchall()]


def pack_history(source_id: int, before: datetime, *, most: int) -> int:
    """Packs the oldest of a source's rows that are older, up to `most`; how many. The source must be locked."""
    rows = _read_rows(source_id, _FIRST, number_of(before) - 1, most)
    if not rows:
        return 0
    for day, group in groupby(rows, key=lambda row: day_of(row[0])):
        add_to_day(source_id, day, list(group))
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_PACKED, [source_id, _FIRST, rows[-1][0], rows[-1][0], rows[-1][1]])
    return len(rows)


def drop_history(source_ids: Collection[int], before: datetime | None, *, most: int) -> int:
    """Forgets up to about `most` reports of these sources that are older, or of any age; how many they were.

    Of a day that is packed all go together, when the whole of it is older.
    """
    if not source_ids:
        return 0
    border = number_of(before) if before is not None else _LAST
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor], [json.dumps(list(source_ids)), border, most])
        dropped = int(cursor.rowcount)
    day = day_of(border) if before is not None else _LAST_DAY
    # Files are locked before packed days, as by all who change both.
    for drop in (drop_archived, drop_days):
        if dropped < most:
            dropped += drop(source_ids, day, most=DAYS_PER_LOT)
    return dropped


def forget_history(source_id: int, since: datetime, until: datetime, *, most: int) -> int:
    """Forgets up to `most` reports of a source from `since` to `until`, both included; how many they were.

    Of more where a packed or archived day has more. The source must be locked. Raises ArchiveUnavailable.
    """
    first, last = number_of(since), number_of(until)
    held = held_days(source_id, day_of(first), day_of(last))
    if (archived := forget_archived(source_id, first, last, held, most=most)) >= most:
        return archived
    with connection.cursor() as cursor:
        cursor.execute(_FORGET[connection.vendor], [source_id, first, last, most])
        forgotten = archived + int(cursor.rowcount)
    if forgotten < most:
        forgotten += forget_packed(source_id, first, last, most=most - forgotten)
    return forgotten


def _row(report: PastReport) -> tuple[Any, ...]:
    signs = (
        _SIGNS_OF_SPEED[report.is_fast]
        | _SIGNS_OF_IGNITION[report.ignition]
        | _SIGNS_OF_MOTION[report.in_motion]
        | (_BUFFERED if report.is_buffered else 0)
    )
    key = (number_of(report.time), report.source_id, report.digest)
    said = report.said.decode()
    point = report.point
    if point is None:
        return (*key, None, None, None, None, None, None, None, signs, said)
    return (
        *key,
        round(point.latitude * _PER_DEGREE),
        round(point.longitude * _PER_DEGREE),
        None if point.speed_kmh is None else min(round(point.speed_kmh * 10), _LARGEST),
        point.heading_degrees,
        _small(point.altitude_m),
        point.satellites,
        _small(point.precision_m),
        signs | _CELL_BASED if point.is_cell_based else signs,
        said,
    )


def _small(number: int | None) -> int | None:
    return None if number is None else max(_SMALLEST, min(number, _LARGEST))


def _line(value: Any) -> str:
    return "" if value is None else str(value)


def _report(source_id: int, row: Row) -> PastReport:
    number, digest, *position, signs, said = row
    time = moment_of(number)
    is_fast, ignition, in_motion = _TOLD[signs & _OF_THE_ENGINE]
    return PastReport(
        source_id,
        time,
        digest,
        _point(time, position, signs),
        is_fast,
        ignition,
        in_motion,
        bool(signs & _BUFFERED),
        said.encode(),
    )


def _point(time: datetime, position: list[int | None], signs: int) -> Point | None:
    latitude, longitude, speed, heading, altitude, satellites, precision = position
    if latitude is None or longitude is None:
        return None
    return Point(
        time,
        latitude / _PER_DEGREE,
        longitude / _PER_DEGREE,
        None if speed is None else speed / 10,
        heading,
        altitude,
        satellites,
        precision,
        bool(signs & _CELL_BASED),
        bool(signs & _BUFFERED),
    )


def _told(signs: int, knows: int, is_so: int) -> bool | None:
    return bool(signs & is_so) if signs & knows else None


_OF_THE_ENGINE = 2 * int(Sign.MOTION) - 1
_TOLD = [
    (
        _told(signs, Sign.KNOWS_SPEED, Sign.FAST),
        _told(signs, Sign.KNOWS_IGNITION, Sign.IGNITION),
        _told(signs, Sign.KNOWS_MOTION, Sign.MOTION),
    )
    for signs in range(_OF_THE_ENGINE + 1)
]
"""Speed, ignition and motion, by the signs of them."""
