"""Which days of which sources are in the archive, and what is in it of them.

What is archived stays as it is in its file. What is forgotten of it is noted as a hole, and what comes late lies in the
database, until the file is written anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import ModuleType

from django.db import connection, models, transaction

from accounts.metrics.registry import counter
from trackers.models import ArchivedDay, ArchiveFile
from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.packed_days import MICROSECONDS_PER_DAY, day_of
from trackers.storage.stretches import Row

_PARTS_AT_ONCE = 8
_unread = counter("archived_days_unread", "Days of the archive that a call or housekeeping could not read.")
_READ = """
    SELECT part.day, part.file_id, file.path, part.row_group, part.reports, part.holes, part.is_lost
    FROM trackers_archivedday part JOIN trackers_archivefile file ON file.id = part.file_id
    WHERE part.source_id = %s AND part.day >= %s AND part.day <= %s ORDER BY part.day LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A day of a source in a file."""

    day: int
    file_id: int
    path: str
    row_group: int
    reports: int
    holes: str
    is_lost: bool


def files() -> ModuleType:
    """What reads and writes files, which needs a package of an extra. Raises ArchiveUnavailable without it."""
    try:
        from trackers.storage import archive_files
    except ModuleNotFoundError as error:
        raise ArchiveUnavailable("the archive needs pyarrow, which comes with the extra archive") from error
    return archive_files


def parts_of(source_id: int, first: int, last: int) -> Iterator[Part]:
    """What the archive has of a source from a day to another, both included, in order; asked for a few at a time."""
    while first <= last:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [source_id, first, last, _PARTS_AT_ONCE])
            found = [Part(*row) for row in cursor.fetchall()]
        yield from found
        if len(found) < _PARTS_AT_ONCE:
            return
        first = found[-1].day + 1


def read_archived(
    source_id: int, first: int, last: int, held: Mapping[int, int], columns: Sequence[int]
) -> Iterator[tuple[int, list[Row]]]:
    """The archived days of a source, both ends included, in order, each with these columns of its rows.

    Not those of which the database holds just as many reports, and not what is lost. Raises ArchiveUnavailable.
    """
    for part in parts_of(source_id, first, last):
        if not part.is_lost and (part.holes or held.get(part.day) != part.reports):
            yield part.day, list(map(itemgetter(*columns), _read(source_id, part)))


def _read(source_id: int, part: Part) -> list[Row]:
    try:
        return rows_of(source_id, part)
    except ArchiveUnavailable:
        # Perhaps the day was just written anew, or forgotten.
        now = next(parts_of(source_id, part.day, part.day), None)
        if now is not None and now.file_id == part.file_id and not now.is_lost:
            _unread.inc()
            raise
        return [] if now is None or now.is_lost else rows_of(source_id, now)


def rows_of(source_id: int, part: Part) -> list[Row]:
    """What is in a file of a day of a source and is not forgotten. Raises ArchiveUnavailable."""
    rows: list[Row] = files().read_source(part.path, part.row_group, source_id)
    if len(rows) != part.reports or {day_of(rows[0][0]), day_of(rows[-1][0])} != {part.day}:
        raise ArchiveUnavailable(f"{part.path} of the archive has not the {part.reports} reports of source {source_id}")
    return without(rows, _holes(part))


def without(rows: list[Row], holes: Collection[tuple[int, int]]) -> list[Row]:
    """The rows outside of all holes."""
    return [row for row in rows if not any(first <= row[0] <= last for first, last in holes)] if holes else rows


def has_lost(source_id: int, first: int, last: int) -> bool:
    """Whether something that was archived of a source from a moment to another is lost."""
    lost = ArchivedDay.objects.filter(source_id=source_id, day__gte=day_of(first), day__lte=day_of(last), is_lost=True)
    return lost.exists()


def _holes(part: Part) -> list[tuple[int, int]]:
    return [(first, last) for first, last in json.loads(part.holes)] if part.holes else []


def forget_archived(source_id: int, first: int, last: int, held: Mapping[int, int], *, most: int) -> int:
    """Forgets what is archived of a source from a moment to another; how many reports that were.

    It ends with the day in which there are `most`. What the database holds as well is not counted. The source must be
    locked. Raises ArchiveUnavailable.
    """
    forgotten = 0
    for part in parts_of(source_id, day_of(first), day_of(last)):
        if forgotten >= most:
            break
        begin = part.day * MICROSECONDS_PER_DAY
        hole = max(first, begin), min(last, begin + MICROSECONDS_PER_DAY - 1)
        holes = _holes(part)
        if any(known[0] <= hole[0] and hole[1] <= known[1] for known in holes):
            continue
        if part.is_lost:
            # So that it stays forgotten if the file comes back.
            _leave(source_id, part, [*holes, hole])
            continue
        rows = rows_of(source_id, part)
        left = without(rows, [hole])
        if len(left) < len(rows):
            _leave(source_id, part, [*holes, hole] if left else [])
            forgotten += 0 if held.get(part.day) == part.reports else len(rows) - len(left)
    return forgotten


def _leave(source_id: int, part: Part, holes: list[tuple[int, int]]) -> None:
    """Notes what is left of a day: all but the holes, or nothing where there are none."""
    ArchiveFile.objects.filter(pk=part.file_id).update(is_stale=True)
    day = ArchivedDay.objects.filter(source_id=source_id, day=part.day)
    if holes:
        day.update(holes=json.dumps(holes))
    else:
        day.delete()


@transaction.atomic
def drop_archived(source_ids: Collection[int], before: int, *, most: int) -> int:
    """Forgets up to `most` archived days of these sources that were before a day; how many reports they had."""
    old = ArchivedDay.objects.filter(source_id__in=source_ids, day__lt=before).order_by("source_id", "day")
    found = list(old.values_list("source_id", "day", "file_id", "reports")[:most])
    # Whoever writes files anew locks them before their parts.
    lock_files({file_id for _, _, file_id, _ in found}).update(is_stale=True)
    with connection.cursor() as cursor:
        keys = [(source_id, day, file_id) for source_id, day, file_id, _ in found]
        statement = "DELETE FROM trackers_archivedday WHERE source_id = %s AND day = %s AND file_id = %s"
        cursor.executemany(statement, keys)
    return sum(reports for *_, reports in found)


def lock_files(file_ids: Iterable[int]) -> models.QuerySet[ArchiveFile]:
    """These files, of which nobody else changes what is noted until the transaction ends."""
    locked = ArchiveFile.objects.filter(pk__in=set(file_ids))
    list(locked.select_for_update().order_by("pk").values_list("pk"))
    return locked
