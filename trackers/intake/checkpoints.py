"""Sees to it that SQLite's log is carried over into the database beside the transactions, and not by one of them."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error

from accounts.loops import BackgroundTasks
from accounts.wire.errors import first_line
from trackers.intake.lanes import Lane, LaneStuck
from trackers.storage.checkpoints import carry_over

logger = logging.getLogger(__name__)

# About what is written, in pages: the rows of a report are in some pages of their own, and beside each other in others.
PAGES_PER_TRANSACTION = 8
PAGES_PER_REPORT = 2
# SQLite's own measure. It carries over by itself at ten times that (config/database.py).
PAGES_PER_CHECKPOINT = 1_000


class Checkpoints:
    """Those of one batcher, each in a thread and over a connection of its own, as a transaction is."""

    def __init__(self) -> None:
        self._lane = _new_lane()
        self._working = BackgroundTasks("checkpoints", limit=1)
        self._pages = 0

    def note(self, reports: int) -> None:
        """Counts a transaction with so many reports; enough of them are carried over, while others go on."""
        self._pages += PAGES_PER_TRANSACTION + reports * PAGES_PER_REPORT
        if self._pages >= PAGES_PER_CHECKPOINT and not self._working:
            self._pages = 0
            self._working.start(self._carry_over())

    async def close(self) -> None:
        """Waits for the one that is under way, and gives back thread and connection."""
        await self._working.finish()
        await self._lane.close()

    async def _carry_over(self) -> None:
        try:
            await self._lane.do(None, timeout_s=settings.INGEST_TIMEOUT_S)
        except LaneStuck as stuck:
            # Its thread ends with the process; nobody looks at what becomes of it.
            stuck.work.add_done_callback(lambda work: work.cancelled() or work.exception())
            self._lane.leave()
            self._lane = _new_lane()
        except Error as error:
            logger.warning("what reports wrote is still in the log of the database: %s", first_line(error))


def _new_lane() -> Lane[None, None]:
    return Lane(lambda _: carry_over())
