"""Days that are over for long go from the database into files of the archive, and files that nobody reads go away."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.archiving import begin_file, note_file, remove_unread, waiting_buckets, write_file
from trackers.storage.moments import number_of
from trackers.storage.packed_days import day_of

logger = logging.getLogger(__name__)

MAX_FAILURES = 3
"""Files in a row that cannot be written, after which the archive is taken to be away."""
WRITING_FOR = timedelta(days=1)
"""No file is written for longer: what is not finished then never will be."""
_FILES_PER_LOT = 10


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file that was written."""

    path: str
    reports: int
    size: int
    noted: int
    """How many of the reports are read from it from now on; the others changed meanwhile, and are written next time."""


def archive_history(now: datetime, *, older_than: timedelta, is_kept: bool = False) -> Iterator[ArchivedFile | None]:
    """Archives the packed days that ended so long ago, and writes files anew in which something has changed.

    A file at a time, each for good; None for one that could not be written, of which the log says why. Twice is once.
    Packed days go when they are noted as archived, unless they are to be kept. Raises ArchiveUnavailable after
    MAX_FAILURES in a row.
    """
    failures = 0
    for bucket in waiting_buckets(day_of(number_of(now - older_than)), is_kept=is_kept):
        try:
            done = _archive(bucket, now, is_kept=is_kept)
            failures = 0
        except ArchiveUnavailable as error:
            failures += 1
            if failures == MAX_FAILURES:
                raise
            logger.warning("a file of history is archived later: %s", error)
            done = None
        yield done
    while remove_unread_files(now, most=_FILES_PER_LOT):
        pass


def _archive(bucket: tuple[int, int], now: datetime, *, is_kept: bool) -> ArchivedFile:
    file = begin_file(bucket, now)
    written = write_file(file)
    noted = note_file(file, written, is_kept=is_kept)
    remove_unread_files(now, most=_FILES_PER_LOT)
    logger.info("%s reports archived in %s, %s bytes", noted, file.path, file.size)
    return ArchivedFile(file.path, file.reports, file.size, noted)


def remove_unread_files(now: datetime, *, most: int) -> int:
    """Removes up to `most` files that nobody reads any more; how many. Raises ArchiveUnavailable."""
    return remove_unread(now - WRITING_FOR, most=most)
