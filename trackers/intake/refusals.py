"""Refused reports: noted in memory where they are refused, and written a little later by a task that nobody waits for.

So a refusal costs its sender no query, a flood of them a few rows, and a database that is away nobody anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from django.conf import settings
from django.db import Error

from accounts.loops import BackgroundTasks, PerLoop
from trackers.intake.lanes import Lane, LaneStuck
from trackers.reports.outcome import Outcome
from trackers.reports.refusal import Refusal, Refused, named_device, refusal_of
from trackers.reports.report import Report
from trackers.reports.requests import IngestRequest, Reading, RefusedRequest
from trackers.services.refusals import store_refused
from trackers.storage.refusals import MAX_PER_ADDRESS

logger = logging.getLogger(__name__)

MAX_NOTED = 500
FLUSH_INTERVAL_S = 2.0
# What a broker hands on comes from somebody whose address it does not tell.
BY_BROKER = "broker"


class RefusalNotes:
    """What was refused since it was last taken. Browsers' requests are served by several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted: dict[Refusal, Refused] = {}
        self._of_address: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, refusal: Refusal, time: datetime) -> None:
        """Counts a refusal; a new one beyond the bounds is forgotten."""
        with self._lock:
            before = self._noted.get(refusal)
            if before is None:
                sender = refusal.way, refusal.address
                if len(self._noted) >= MAX_NOTED or self._of_address[sender] >= MAX_PER_ADDRESS:
                    return
                self._of_address[sender] += 1
            self._noted[refusal] = Refused(refusal, time, 1 + (before.count if before else 0))

    def take(self) -> list[Refused]:
        """What was noted, which is forgotten here."""
        with self._lock:
            taken = list(self._noted.values())
            self._noted.clear()
            self._of_address.clear()
        return taken


refusals = RefusalNotes()
"""Of this process."""


class Writer:
    """Writes what was noted, for one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks("refusals", limit=1)
        self._is_failing = False

    def start(self) -> None:
        """Sees to it that what is noted gets written soon."""
        if refusals and not self._tasks:
            self._tasks.start(self._write_soon())

    async def close(self) -> None:
        """Writes what is noted, now."""
        await self._tasks.stop()
        await self._write()

    async def _write_soon(self) -> None:
        while refusals:
            await asyncio.sleep(FLUSH_INTERVAL_S)
            await self._write()

    async def _write(self) -> None:
        """Writes, or drops it: a trace is worth no memory, and no line in the log for each."""
        if not (taken := refusals.take()):
            return
        # A thread and a connection of its own, for as long as that takes: what waits for a lock here delays no report.
        lane = Lane(store_refused)
        try:
            await lane.do(taken, timeout_s=settings.INGEST_TIMEOUT_S)
        except (LaneStuck, Error) as error:
            if isinstance(error, LaneStuck):
                # Nobody else looks at what becomes of it.
                error.work.add_done_callback(lambda work: work.cancelled() or work.exception())
            if not self._is_failing:
                logger.warning("refused reports could not be noted: %r", error)
            self._is_failing = True
        else:
            self._is_failing = False
            await lane.close()
        finally:
            lane.leave()


current_writer = PerLoop(Writer)


def note_request(
    way: str, address: str, refusal: RefusedRequest, now: datetime, *, request: IngestRequest | None = None
) -> None:
    """Notes a request of which nothing was stored; of one that was not even read no device is known."""
    reason = refusal.answer.text or refusal.answer.status.phrase
    refusals.note(refusal_of(way, address, named_device(request) if request else "", reason), now)


def note_reading(
    way: str, address: str, request: IngestRequest, reading: Reading, outcomes: Sequence[Outcome], now: datetime
) -> None:
    """Notes the reports of a request that were not stored."""
    if len(outcomes) == len(reading.entries) and all(outcome is Outcome.STORED for outcome in outcomes):
        return
    left = iter(outcomes)
    unread = [entry for entry in reading.entries if not isinstance(entry, Report)]
    named = named_device(request) if unread else ""
    for entry in reading.entries:
        if not isinstance(entry, Report):
            refusals.note(refusal_of(way, address, named, str(entry)), now)
        elif (outcome := next(left)) is not Outcome.STORED:
            refusals.note(refusal_of(way, address, entry.device_id, outcome), now)
