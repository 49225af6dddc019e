"""Rows of history in SQL of our own: added by the thousand, read by source and time, dropped in lots."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from typing import Any

from django.db import connection

from trackers.engine.past import PastReport, Point

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
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
_READ = f"""
    SELECT {COLUMNS} FROM trackers_historyreport WHERE source_id = %s AND time >= %s AND time <= %s
    ORDER BY source_id, time, digest LIMIT %s
"""
_DROP = {
    "sqlite": """
        DELETE FROM trackers_historyreport WHERE rowid IN (
            SELECT rowid FROM trackers_historyreport
            WHERE source_id IN (SELECT value FROM json_each(%s)) AND time < %s LIMIT %s
        )
    """,
    "postgresql": """
        DELETE FROM trackers_historyreport WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM trackers_historyreport
            WHERE source_id IN (SELECT json_array_elements_text(%s::json)::int) AND time < %s LIMIT %s
            FOR UPDATE SKIP LOCKED
        ))
    """,
}
_DROP_PERIOD = {
    "sqlite": """
        DELETE FROM trackers_historyreport WHERE rowid IN (
            SELECT rowid FROM trackers_historyreport
            WHERE source_id = %s AND time >= %s AND time <= %s LIMIT %s
        )
    """,
    "postgresql": """
        DELETE FROM trackers_historyreport WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM trackers_historyreport
            WHERE source_id = %s AND time >= %s AND time <= %s LIMIT %s
            FOR UPDATE SKIP LOCKED
        ))
    """,
}


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
    """The reports of a source from `since` to `until`, both included, by time; the first `most` of them."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [source_id, _number(since), _number(until), most])
        return [_report(row) for row in cursor.fetchall()]


def drop_history(source_ids: Collection[int], before: datetime | None, *, most: int) -> int:
    """Forgets up to `most` reports of these sources that are older, or of any age; how many they were."""
    if not source_ids:
        return 0
    border = _number(before) if before is not None else 2**63 - 1
    with connection.cursor() as cursor:
        cursor.execute(_DROP[connection.vendor], [json.dumps(list(source_ids)), border, most])
        return int(cursor.rowcount)


def drop_period(source_id: int, since: datetime, until: datetime, *, most: int) -> int:
    """Forgets up to `most` reports of a source from `since` to `until`, both included; how many they were."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_PERIOD[connection.vendor], [source_id, _number(since), _number(until), most])
        return int(cursor.rowcount)


def _row(report: PastReport) -> tuple[Any, ...]:
    signs = (
        _SIGNS_OF_SPEED[report.is_fast]
        | _SIGNS_OF_IGNITION[report.ignition]
        | _SIGNS_OF_MOTION[report.in_motion]
        | (_BUFFERED if report.is_buffered else 0)
    )
    key = (_number(report.time), report.source_id, report.digest)
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


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _line(value: Any) -> str:
    return "" if value is None else str(value)


def _report(row: tuple[Any, ...]) -> PastReport:
    number, source_id, digest, *position, signs, said = row
    time = _EPOCH + timedelta(microseconds=number)
    return PastReport(
        source_id,
        time,
        digest,
        _point(time, position, signs),
        _told(signs, Sign.KNOWS_SPEED, Sign.FAST),
        _told(signs, Sign.KNOWS_IGNITION, Sign.IGNITION),
        _told(signs, Sign.KNOWS_MOTION, Sign.MOTION),
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
