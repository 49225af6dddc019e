"""Files of the archive that are missing or damaged: which they are, and that reading goes on without them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from accounts.metrics.registry import gauge
from trackers.storage.archive_check import Checked, check_files, lost_reports, note_lost

logger = logging.getLogger(__name__)

_lost = gauge(
    "archived_reports_lost", "Reports that are read no more, as their file of the archive is missing or damaged."
)


def check_archive() -> Iterator[Checked]:
    """Reads each file, and tells of those that are not as the database knows them. It changes nothing.

    Raises ArchiveUnavailable when the archive as a whole is away.
    """
    return (one for one in check_files() if one.missing or one.found)


def forget_lost(checked: Checked) -> None:
    """Has calls go on without the days that a file has not, and read again those that it has again."""
    note_lost(checked.missing, is_lost=True)
    note_lost(checked.found, is_lost=False)
    missing, found = (sum(day.reports for day in days) for days in (checked.missing, checked.found))
    logger.warning("%s of the archive: %s reports are lost, %s are there again", checked.path, missing, found)


def tell_what_is_lost() -> None:
    """Puts how many reports are lost into the metrics of this process."""
    _lost.set(lost_reports())
