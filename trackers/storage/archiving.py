"""How days get from the database into the archive: what is to be written, and what is noted of it then.

All lock sources before files, files before parts, and parts before packed days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from secrets import token_hex
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from trackers.models import ArchivedDay, ArchiveFile
from trackers.storage.archive import Part, files, lock_files, rows_of
from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.states import lock_source_rows
from trackers.storage.stretches import Row, all_rows, stretches_of

SOURCES_PER_FILE = 1_000
SOURCES_PER_LOT = 50
"""Whose days are read at once, and noted as archived in one transaction: at one report in ten seconds, a megabyte."""
UNFINISHED = ".part"
_FIRST_DAY = date(1970, 1, 1)

# Packed days that are not in the archive just as they are: of files that are not written yet, or are to be anew.
_WAITING = f"""
    SELECT DISTINCT packed.day, packed.source_id / {SOURCES_PER_FILE} FROM trackers_packedday packed
    LEFT JOIN trackers_archivedday part ON part.source_id = packed.source_id AND part.day = packed.day
    WHERE packed.day < %s AND (NOT %s OR part.day IS NULL OR part.reports <> packed.reports OR part.holes <> '')
    AND (part.day IS NULL OR NOT part.is_lost)
    UNION SELECT file.day, file.bucket FROM trackers_archivefile file WHERE file.is_stale AND NOT file.is_gone
    AND EXISTS (SELECT 1 FROM trackers_archivedday part WHERE part.file_id = file.id AND NOT part.is_lost)
    ORDER BY 1, 2
"""
_SOURCES = """
    SELECT source_id FROM trackers_packedday WHERE day = %s AND source_id >= %s AND source_id < %s
    UNION SELECT part.source_id FROM trackers_archivedday part JOIN trackers_archivefile file ON file.id = part.file_id
    WHERE file.day = %s AND file.bucket = %s ORDER BY 1
"""
_NOTE = """
    INSERT INTO trackers_archivedday (source_id, day, file_id, row_group, reports, holes)
    VALUES (%s, %s, %s, %s, %s, '')
    ON CONFLICT (source_id, day) DO UPDATE
    SET file_id = excluded.file_id, row_group = excluded.row_group, reports = excluded.reports, holes = excluded.holes
"""
IS_READ = Exists(ArchivedDay.objects.filter(file=OuterRef("pk")))
Bucket = tuple[int, int]
"""A day, and which thousand of sources."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a day of a source before it is archived: all of it, or whether it is still so."""

    source_id: int
    packed: bytes | None
    part: Part | None

    @property
    def sign(self) -> tuple[bytes, tuple[int, str, bool] | None]:
        """The same as long as the day is."""
        part = None if self.part is None else (self.part.file_id, self.part.holes, self.part.is_lost)
        return (b"" if self.packed is None else blake2b(self.packed).digest(), part)


@dataclass(frozen=True, slots=True)
class Written:
    """A day of a source that was written into a file."""

    source_id: int
    row_group: int
    reports: int
    sign: Any
    """Of what it was made of."""
    checksum: bytes


def waiting_buckets(before: int, *, is_kept: bool) -> list[Bucket]:
    """What is to be archived of the days before one, or anew; `is_kept`: packed days that are archived may stay."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [before, is_kept])
        return list(cursor.fetchall())


def begin_file(bucket: Bucket, now: datetime) -> ArchiveFile:
    """Notes that a file is being written, so that it is removed some day if that is never finished."""
    day, number = bucket
    first = number * SOURCES_PER_FILE
    name = f"sources-{first}-{first + SOURCES_PER_FILE - 1}-{token_hex(4)}.parquet"
    path = f"day={_FIRST_DAY + timedelta(days=day)}/{name}"
    return ArchiveFile.objects.create(path=path, day=day, bucket=number, begun_at=now)


def write_file(file: ArchiveFile) -> list[Written]:
    """Writes all that there is of a bucket, reads it again, and gives the file its name. Raises ArchiveUnavailable."""
    unfinished = file.path + UNFINISHED
    new = files().DayFile(unfinished)
    written = []
    for lot in _lots(_sources_of(file)):
        for found in find_days(file.day, lot):
            if rows := _rows_of(found):
                group = new.add(found.source_id, rows)
                written.append(Written(found.source_id, group, len(rows), found.sign, checksum(rows)))
    file.size, file.reports = new.close(), sum(one.reports for one in written)
    verify(unfinished, written)
    files().rename(unfinished, file.path)
    return written


def _sources_of(file: ArchiveFile) -> list[int]:
    first = file.bucket * SOURCES_PER_FILE
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, [file.day, first, first + SOURCES_PER_FILE, file.day, file.bucket])
        return [source_id for (source_id,) in cursor.fetchall()]


def _lots(source_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(source_ids), SOURCES_PER_LOT):
        yield source_ids[start : start + SOURCES_PER_LOT]


def find_days(day: int, source_ids: Collection[int]) -> list[Found]:
    """What the database knows of a day of some sources, by their ids."""
    marks = ", ".join(["%s"] * len(source_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT source_id, packed FROM trackers_packedday WHERE source_id IN ({marks}) AND day = %s",
            [*source_ids, day],
        )
        packed = {source_id: bytes(blob) for source_id, blob in cursor.fetchall()}
    known = ArchivedDay.objects.filter(source_id__in=source_ids, day=day)
    fields = ("source_id", "day", "file_id", "file__path", "row_group", "reports", "holes", "is_lost")
    parts = {source_id: Part(*rest) for source_id, *rest in known.values_list(*fields)}
    return [Found(one, packed.get(one), parts.get(one)) for one in sorted(packed.keys() | parts.keys())]


def _rows_of(found: Found) -> list[Row]:
    """All rows of the day, in order, each once; none where some are lost: what is known of it stays where it is."""
    if found.part is not None and found.part.is_lost:
        return []
    rows = {} if found.part is None else {row[:2]: row for row in rows_of(found.source_id, found.part)}
    if found.packed is not None:
        rows |= {row[:2]: row for row in all_rows(stretches_of(found.packed))}
    return [rows[key] for key in sorted(rows)]


def checksum(rows: Sequence[Row]) -> bytes:
    """The same for the same rows only."""
    return blake2b(msgspec.msgpack.encode(rows), digest_size=16).digest()


def verify(path: str, written: Sequence[Written]) -> None:
    """Reads a file and compares it with what was to be in it. Raises ArchiveUnavailable."""
    expected = [(one.row_group, one.source_id, one.checksum) for one in written]
    if [(group, source_id, checksum(rows)) for group, source_id, rows in files().read_file(path)] != expected:
        raise ArchiveUnavailable(f"{path} of the archive is not as it was written")


def note_file(file: ArchiveFile, written: Sequence[Written], *, is_kept: bool) -> int:
    """Has the days be read from a file that is whole; how many reports that are.

    Packed days go, unless `is_kept`. What has changed since it was written stays as it is for the next time.
    """
    noted = 0
    for start in range(0, len(written), SOURCES_PER_LOT):
        noted += _note_lot(file, written[start : start + SOURCES_PER_LOT], is_kept=is_kept)
    return noted


@transaction.atomic
def _note_lot(file: ArchiveFile, lot: Sequence[Written], *, is_kept: bool) -> int:
    lock_source_rows([one.source_id for one in lot])
    found = {one.source_id: one for one in find_days(file.day, [one.source_id for one in lot])}
    before = {one.part.file_id for one in found.values() if one.part is not None}
    if not lock_files([file.pk, *before]).filter(pk=file.pk, is_gone=False).exists():
        return 0
    same = [one for one in lot if one.source_id in found and found[one.source_id].sign == one.sign]
    lock_files(before).update(is_stale=True)
    is_stale = file.is_stale or len(same) < len(lot)
    ArchiveFile.objects.filter(pk=file.pk).update(reports=file.reports, size=file.size, is_stale=is_stale)
    file.is_stale = is_stale
    with connection.cursor() as cursor:
        noted = [(one.source_id, file.day, file.pk, one.row_group, one.reports) for one in same]
        cursor.executemany(_NOTE, noted)
        if not is_kept:
            keys = [(one.source_id, file.day) for one in same]
            cursor.executemany("DELETE FROM trackers_packedday WHERE source_id = %s AND day = %s", keys)
    return sum(one.reports for one in same)


def remove_unread(begun_before: datetime, *, most: int) -> int:
    """Removes up to `most` files in which nothing is read any more, or that were never finished; how many."""
    unfinished = Q(reports=0, begun_at__lt=begun_before)
    unread = ArchiveFile.objects.filter(Q(is_gone=True) | Q(is_stale=True) | unfinished).exclude(IS_READ)
    removed = 0
    for file in unread.order_by("pk")[:most]:
        if _is_gone(file):
            for path in (file.path, file.path + UNFINISHED):
                files().remove(path)
            file.delete()
            removed += 1
    return removed


@transaction.atomic
def _is_gone(file: ArchiveFile) -> bool:
    """Notes that nobody may use a file from now on, if nobody does."""
    return bool(lock_files([file.pk]).exclude(IS_READ).update(is_gone=True))
