"""Whether files of the archive still have what the database knows of them, and what is noted where they have not.

What is lost stays noted, so that it is read again when its file is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Sum

from trackers.models import ArchivedDay, ArchiveFile
from trackers.storage.archive import files, lock_files
from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.archiving import IS_READ, SOURCES_PER_LOT
from trackers.storage.packed_days import day_of
from trackers.storage.states import lock_source_rows

# Of which the database has just as many reports: the next run writes them anew. With more, some came late, and nobody
# knows whether the others are there.
_FORGET_HELD = """
    DELETE FROM trackers_archivedday WHERE file_id = %s AND source_id = %s AND holes = '' AND EXISTS (
        SELECT 1 FROM trackers_packedday packed WHERE packed.source_id = trackers_archivedday.source_id
        AND packed.day = trackers_archivedday.day AND packed.reports = trackers_archivedday.reports
    )
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of looking into a file."""

    path: str
    reason: str
    """Why some of it cannot be read; empty: all of it can."""
    missing: list[ArchivedDay]
    """Days that it should have, and that are not noted as lost yet."""
    found: list[ArchivedDay]
    """Days that were lost, and are there again."""


def check_files() -> Iterator[Checked]:
    """Reads each file of which something is read. Raises ArchiveUnavailable when the archive as a whole is away."""
    for file in list(ArchiveFile.objects.filter(IS_READ).order_by("pk")):
        yield _check(file)


def _check(file: ArchiveFile) -> Checked:
    days = list(ArchivedDay.objects.filter(file=file).order_by("row_group", "source_id"))
    reason, missing, found = "", list[ArchivedDay](), list[ArchivedDay]()
    for row_group, of_group in groupby(days, key=attrgetter("row_group")):
        known, why = _sources_in(file, row_group)
        for one in of_group:
            is_whole = _is_whole(one, known.get(one.source_id))
            if is_whole and one.is_lost:
                found.append(one)
            elif not is_whole and not one.is_lost:
                missing.append(one)
                reason = reason or why or "not what was written"
    # Perhaps the file was just replaced.
    still = set(ArchivedDay.objects.filter(file=file).values_list("source_id", flat=True))
    missing = [one for one in missing if one.source_id in still]
    return Checked(file.path, reason if missing else "", missing, found)


def _sources_in(file: ArchiveFile, row_group: int) -> tuple[dict[int, tuple[int, int, int]], str]:
    """What a row group has, and why it cannot be read."""
    if not files().is_there(file.path):
        return {}, "missing"
    try:
        return files().sources_in(file.path, row_group), ""
    except ArchiveUnavailable as error:
        return {}, f"damaged: {error}"


def _is_whole(one: ArchivedDay, known: tuple[int, int, int] | None) -> bool:
    if known is None:
        return False
    first, last, reports = known
    return reports == one.reports and day_of(first) == day_of(last) == one.day


def note_lost(days: Iterable[ArchivedDay], *, is_lost: bool) -> None:
    """Notes that days of a file are lost, or that they are there again."""
    waiting = list(days)
    for start in range(0, len(waiting), SOURCES_PER_LOT):
        _note(waiting[start : start + SOURCES_PER_LOT], is_lost=is_lost)


@transaction.atomic
def _note(lot: list[ArchivedDay], *, is_lost: bool) -> None:
    lock_source_rows([one.source_id for one in lot])
    file_id = lot[0].file_id
    # What is left of it is written into another file by the next run.
    lock_files([file_id]).update(is_stale=True)
    if is_lost:
        with connection.cursor() as cursor:
            cursor.executemany(_FORGET_HELD, [(file_id, one.source_id) for one in lot])
    of_file = ArchivedDay.objects.filter(file=file_id, source_id__in=[one.source_id for one in lot])
    of_file.update(is_lost=is_lost)


def lost_reports() -> int:
    """How many reports are noted as lost."""
    return ArchivedDay.objects.filter(is_lost=True).aggregate(sum=Sum("reports"))["sum"] or 0
