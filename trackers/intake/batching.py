"""Reports that come one by one, stored together: a transaction for each would cost more than the reports.

While a transaction is under way deliveries are collected, and the next one takes them all. A delivery goes at once when
nothing is under way and nothing was a moment ago, else it waits for that moment to pass: the busier it is the less a
report costs. Between a transaction and the next is a pause, in which who was answered sends its next report.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from accounts.loops import BackgroundTasks, PerLoop
from trackers.intake.checkpoints import Checkpoints
from trackers.intake.lanes import Lane, LaneStuck
from trackers.reports.outcome import Outcome
from trackers.services.ingestion import Delivery, ingest_deliveries

logger = logging.getLogger(__name__)

# Beyond this many reports in one transaction there is nothing to be gained, and rows stay locked for longer.
MAX_REPORTS_PER_BATCH = 2_000
MAX_WAITING_REPORTS = 50_000
# Two on PostgreSQL: while it works for one transaction the next one is prepared. SQLite lets only one write at a time.
LANES = {"postgresql": 2, "sqlite": 1}
# From the start of one transaction to the start of the next. Short for who waits, and long enough that of a thousand
# reports a second several share a transaction and a notice: the server gets by with a fifth less CPU.
MIN_INTERVAL_S = 0.005
# From the end of one to the start of the next. Without it who is answered comes too late for the next one, and a busy
# server stores few reports and nearly all in turns, for the price of two transactions (docs/decisions/0142).
MIN_PAUSE_S = 0.001
# Traccar gives up after five seconds (api §6.3).
MAX_WAIT_S = 4.0
# Each holds a thread and a connection for as long as the kernel, or whoever is between, keeps it waiting.
MAX_STUCK_LANES = 6

_Lane = Lane[Sequence[Delivery], list[list[Outcome]]]


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

    def expire(self) -> None:
        """It waited too long."""
        self.fail(Overloaded())


class Batcher:
    """Stores the deliveries of one event loop, in as few transactions as their arrival allows."""

    def __init__(self) -> None:
        self._waiting: deque[_Job] = deque()
        self._waiting_reports = 0
        self._lanes = LANES[connection.vendor]
        self._idle = [Lane(ingest_deliveries) for _ in range(self._lanes)]
        self._working = BackgroundTasks("ingestion")
        self._stuck: set[asyncio.Future[Any]] = set()
        self._check: asyncio.Task[list[Outcome]] | None = None
        self._may_start_at = 0.0
        self._checkpoints = Checkpoints() if connection.vendor == "sqlite" else None

    @property
    def stuck_lanes(self) -> int:
        """How many were given up and have not come back."""
        return len(self._stuck)

    @property
    def waiting_reports(self) -> int:
        """How many wait for a transaction."""
        return self._waiting_reports

    async def store(self, delivery: Delivery) -> list[Outcome]:
        """What became of each report, once all of them are stored.

        Raises Overloaded when too much waits or the wait gets too long, and what the database raises.
        """
        if self._waiting_reports >= MAX_WAITING_REPORTS:
            raise Overloaded
        loop = asyncio.get_running_loop()
        job = _Job(delivery, loop.create_future())
        self._waiting.append(job)
        self._waiting_reports += len(delivery.reports)
        self._start()
        # A third of what `asyncio.timeout` takes, which looks after tasks as well.
        clock = loop.call_later(MAX_WAIT_S, job.expire)
        try:
            return await job.outcomes
        finally:
            clock.cancel()

    async def check(self) -> None:
        """Returns when reports could be stored now, by the way that they take; raises what `store` raises.

        Whoever asks meanwhile gets the same answer: strangers may ask, and each question would wait in line.
        """
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self.store(Delivery([], timezone.now())), name="check of ingestion")
            # Who asked may have gone away, and nobody looks at what it raises.
            self._check.add_done_callback(lambda check: check.cancelled() or check.exception())
        await asyncio.shield(self._check)

    async def close(self) -> None:
        """Stores what waits, and gives back threads and connections; those of stuck lanes end with the process."""
        await self._working.finish()
        await asyncio.gather(*(lane.close() for lane in self._idle))
        if self._checkpoints is not None:
            await self._checkpoints.close()

    def _start(self) -> None:
        """Sets an idle lane to work on what waits."""
        if self._idle and self._waiting:
            self._working.start(self._work(self._idle.pop()))

    async def _work(self, lane: _Lane) -> None:
        """Stores until nothing waits, or the lane is stuck."""
        try:
            while self._waiting:
                await self._wait_for_company()
                # Another lane may have taken them.
                if jobs := self._take():
                    await self._store(lane, jobs)
        except LaneStuck as stuck:
            self._give_up(lane, stuck.work)
        else:
            self._idle.append(lane)

    def _give_up(self, lane: _Lane, work: asyncio.Future[Any]) -> None:
        """Another lane takes its place, unless too many are stuck: then the next one that comes back does."""
        self._stuck.add(work)
        work.add_done_callback(partial(self._come_back, lane))
        logger.warning(
            "the database does not answer: a connection is given up; %s are, of at most %s",
            len(self._stuck),
            MAX_STUCK_LANES,
        )
        if len(self._stuck) > MAX_STUCK_LANES:
            self._lanes -= 1
        else:
            self._idle.append(Lane(ingest_deliveries))
            self._start()

    def _come_back(self, lane: _Lane, work: asyncio.Future[Any]) -> None:
        self._stuck.discard(work)
        if not work.cancelled() and (error := work.exception()):
            logger.info("a connection that was given up has failed: %s", str(error).partition("\n")[0])
        if self._lanes < LANES[connection.vendor]:
            self._lanes += 1
            self._idle.append(lane)
            self._start()
        else:
            lane.leave()

    async def _wait_for_company(self) -> None:
        """Returns when the last transaction was long enough ago, and notes that another one begins."""
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
            outcomes = await self._carry_out(lane, jobs)
        except LaneStuck:
            for job in jobs:
                job.fail(Overloaded())
            raise
        except (OperationalError, InterfaceError) as error:
            for job in jobs:
                job.fail(error)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].fail(error)
        else:
            for job, of_job in zip(jobs, outcomes, strict=True):
                job.succeed(of_job)
            if self._checkpoints is not None:
                self._checkpoints.note(sum(map(len, outcomes)))
        # A fault in one of them must not cost the others their reports. Not within the `except`: asgiref hands what is
        # being handled to its threads, which keep it and all in its frames.
        for job in jobs:
            if not job.outcomes.done():
                await self._store(lane, [job])

    async def _carry_out(self, lane: _Lane, jobs: Sequence[_Job]) -> list[list[Outcome]]:
        """One transaction. Raises what `Lane.do` raises."""
        try:
            return await lane.do([job.delivery for job in jobs], timeout_s=settings.INGEST_TIMEOUT_S)
        finally:
            ended_at = asyncio.get_running_loop().time()
            self._may_start_at = max(self._may_start_at, ended_at + MIN_PAUSE_S)


current_batcher = PerLoop(Batcher)
