"""Reports that come one by one, stored together: a transaction for each would cost more than the reports.

While a transaction is under way deliveries are collected, and the next one takes them all. A delivery goes at once when
nothing is under way and nothing was a moment ago, else it waits for that moment to pass: the busier it is the less a
report costs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection, connections

from accounts.loops import BackgroundTasks, PerLoop
from trackers.reports.outcome import Outcome
from trackers.services.ingestion import Delivery, ingest_deliveries

# Beyond this many reports in one transaction there is nothing to be gained, and rows stay locked for longer.
MAX_REPORTS_PER_BATCH = 2_000
MAX_WAITING_REPORTS = 50_000
# Two on PostgreSQL: while it works for one transaction the next one is prepared. SQLite lets only one write at a time.
LANES = {"postgresql": 2, "sqlite": 1}
# From the start of one transaction to the start of the next. Short for who waits, and long enough that of a thousand
# reports a second several share a transaction and a notice: the server gets by with a fifth less CPU.
MIN_INTERVAL_S = 0.005
# Traccar gives up after five seconds (api §6.3).
MAX_WAIT_S = 4.0


class Overloaded(Exception):
    """Too much waits to be stored; what raises this was not, or its outcome is not known."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A delivery and whom to tell what became of it."""

    delivery: Delivery
    outcomes: asyncio.Future[list[Outcome]]

    def succeed(self, outcomes: list[Outcome]) -> None:
        if not self.outcomes.done():  # its caller may have gone away
            self.outcomes.set_result(outcomes)

    def fail(self, error: Exception) -> None:
        if not self.outcomes.done():
            self.outcomes.set_exception(error)


class _Lane:
    """A thread that stores, with a connection of its own, which stays open."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingestion")
        self._store = sync_to_async(_store, thread_sensitive=False, executor=self._thread)

    async def store(self, deliveries: Sequence[Delivery]) -> list[list[Outcome]]:
        outcomes: list[list[Outcome]] = await self._store(deliveries)
        return outcomes

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown()


class Batcher:
    """Stores the deliveries of one event loop, in as few transactions as their arrival allows."""

    def __init__(self) -> None:
        self._waiting: deque[_Job] = deque()
        self._waiting_reports = 0
        self._idle = [_Lane() for _ in range(LANES[connection.vendor])]
        self._working = BackgroundTasks("ingestion")
        self._may_start_at = 0.0

    async def store(self, delivery: Delivery) -> list[Outcome]:
        """What became of each report, once all of them are stored.

        Raises Overloaded when too much waits or the wait gets too long, and what the database raises.
        """
        if self._waiting_reports >= MAX_WAITING_REPORTS:
            raise Overloaded
        job = _Job(delivery, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._waiting_reports += len(delivery.reports)
        if self._idle:
            self._working.start(self._work(self._idle.pop()))
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                return await job.outcomes
        except TimeoutError as error:
            raise Overloaded from error

    async def close(self) -> None:
        """Stores what waits, and gives back threads and connections."""
        await self._working.finish()
        await asyncio.gather(*(lane.close() for lane in self._idle))

    async def _work(self, lane: _Lane) -> None:
        """Stores until nothing waits."""
        try:
            while self._waiting:
                await self._wait_for_company()
                # Another lane may have taken them.
                if jobs := self._take():
                    await self._store(lane, jobs)
        finally:
            self._idle.append(lane)

    async def _wait_for_company(self) -> None:
        """Returns when the last transaction began long enough ago, and notes that another one begins."""
        loop = asyncio.get_running_loop()
        while (wait_s := self._may_start_at - loop.time()) > 0:
            await asyncio.sleep(wait_s)
        self._may_start_at = loop.time() + MIN_INTERVAL_S

    def _take(self) -> list[_Job]:
        """The next deliveries whose callers still wait."""
        jobs: list[_Job] = []
        count = 0
        while self._waiting and (not jobs or count + len(self._waiting[0].delivery.reports) <= MAX_REPORTS_PER_BATCH):
            job = self._waiting.popleft()
            self._waiting_reports -= len(job.delivery.reports)
            if not job.outcomes.done():
                jobs.append(job)
                count += len(job.delivery.reports)
        return jobs

    async def _store(self, lane: _Lane, jobs: Sequence[_Job]) -> None:
        try:
            outcomes = await lane.store([job.delivery for job in jobs])
        except (OperationalError, InterfaceError) as error:
            for job in jobs:
                job.fail(error)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].fail(error)
                return
            # A fault in one of them must not cost the others their reports.
            for job in jobs:
                await self._store(lane, [job])
        else:
            for job, of_job in zip(jobs, outcomes, strict=True):
                job.succeed(of_job)


def _store(deliveries: Sequence[Delivery]) -> list[list[Outcome]]:
    """Stores them over this thread's connection, which stays open; a new one is made when the old one broke."""
    before = connection.connection
    try:
        return ingest_deliveries(deliveries)
    except (OperationalError, InterfaceError):
        # Django drops a connection over which it cannot even roll back.
        if connection.connection is before:
            raise
    return ingest_deliveries(deliveries)


current_batcher = PerLoop(Batcher)
