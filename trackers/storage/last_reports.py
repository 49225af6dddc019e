"""Rows of the last reports in SQL of our own: written by the thousand, read for a few sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from django.db import connection

from trackers.engine.last_reports import RecentReport
from trackers.models import SourceReport
from trackers.storage.moments import text_of

# Twelve are used; a power of two keeps an id readable in hexadecimal digits.
SLOTS_PER_SOURCE = 16

_STORE_ONE = """
    INSERT INTO trackers_sourcereport (id, time, received_at, "values") VALUES (%s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE
    SET time = excluded.time, received_at = excluded.received_at, "values" = excluded."values"
"""
# As in trackers.state_rows: a column is one text, a row a line of it.
_STORE_MANY = """
    INSERT INTO trackers_sourcereport (id, time, received_at, "values")
    SELECT * FROM unnest({column}::bigint[], {column}::timestamptz[], {column}::timestamptz[], {column})
    ON CONFLICT (id) DO UPDATE
    SET time = excluded.time, received_at = excluded.received_at, "values" = excluded."values"
""".format(column="string_to_array(%s, chr(10))")


def store_reports(reports: Iterable[RecentReport]) -> None:
    """Puts reports into their slots; of several for one slot the last one stays. The sources must be locked."""
    by_id = {report.source_id * SLOTS_PER_SOURCE + report.slot: report for report in reports}
    if not by_id:
        return
    rows = [
        (str(row_id), text_of(report.time), text_of(report.received_at), bytes(report.values).decode())
        for row_id, report in by_id.items()
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(_STORE_ONE, rows)
        else:
            cursor.execute(_STORE_MANY, ["\n".join(column) for column in zip(*rows, strict=True)])


def recall_reports(source_id: int, now: datetime) -> None:
    """Dates the stored reports of a source no later than `now`; the source must be locked."""
    rows = SourceReport.objects.filter(pk__in=ids_of(source_id))
    rows.filter(time__gt=now).update(time=now)
    rows.filter(received_at__gt=now).update(received_at=now)


def ids_of(source_id: int) -> range:
    """The ids of the rows of a source's last reports."""
    return range(source_id * SLOTS_PER_SOURCE, (source_id + 1) * SLOTS_PER_SOURCE)


def recent_reports(source_ids: Collection[int]) -> dict[int, list[RecentReport]]:
    """The last reports of each of the sources, newest first by the devices' clocks; up to twelve each."""
    ids = [row_id for source_id in source_ids for row_id in ids_of(source_id)]
    by_source: defaultdict[int, list[RecentReport]] = defaultdict(list)
    for row in SourceReport.objects.filter(pk__in=ids).order_by("-time", "-received_at"):
        by_source[row.pk // SLOTS_PER_SOURCE].append(_read(row.pk, row.time, row.received_at, row.values))
    return dict(by_source)


def _read(row_id: int, time: datetime, received_at: datetime, values: str) -> RecentReport:
    source_id, slot = divmod(row_id, SLOTS_PER_SOURCE)
    return RecentReport(source_id, slot, time, received_at, msgspec.Raw(values.encode()))
