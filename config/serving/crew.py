"""The parent: keeps a crew of workers complete, replaces them on SIGHUP and ends with them."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accounts.loops import BackgroundTasks
from config.serving.listening import Listeners
from config.serving.orders import Order
from config.serving.service_manager import tell_ready
from config.serving.workers import Starter, Worker, describe_status
from events.hub.backoff import Backoff

logger = logging.getLogger(__name__)

# A worker loads in a second or two; a busy machine takes many times that.
READY_TIMEOUT_S = 60.0
# One that fell is started anew at once, and after pauses if it goes on falling.
PAUSE_FIRST_S = 0.5
PAUSE_MOST_S = 30.0
# One that lived for so long fell by chance.
SETTLED_AFTER_S = 30.0
# So many falls before any worker was ever ready: none will be.
HOPELESS_FALLS = 3
# Kept of the time for a drain, for the end of the processes themselves.
KILL_MARGIN_S = 0.5


@dataclass(slots=True)
class _Place:
    """A place in the crew: where it is listened, who is in it now, and since when by the loop's clock."""

    listeners: Listeners
    worker: Worker
    since_s: float
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=PAUSE_FIRST_S, most_s=PAUSE_MOST_S))


class Crew:
    """As many workers as there are places, for as long as nobody says stop."""

    def __init__(self, start: Starter, listeners: Sequence[Listeners], *, drain_s: float) -> None:
        """`listeners`: of each place; `drain_s`: how many seconds a stop may take."""
        self._start = start
        self._listeners = listeners
        self._drain_s = drain_s
        self._places: list[_Place] = []
        # Also those that are not in their places yet, or no more.
        self._workers: set[Worker] = set()
        self._tasks = BackgroundTasks("crew")
        self._stopping = asyncio.Event()
        self._replacing = asyncio.Lock()
        self._was_ready = False
        self._falls = 0

    async def run(self) -> int:
        """Serves until SIGTERM or SIGINT; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._hear_hangup)
        for listeners in self._listeners:
            self._places.append(_Place(listeners, await self._add(listeners), loop.time()))
        for place in self._places:
            self._tasks.start(self._watch(place))
        self._tasks.start(self._announce())
        await self._stopping.wait()
        is_hopeless = self._is_hopeless
        await self._tasks.stop()
        await self._stop_workers()
        return 1 if is_hopeless else 0

    @property
    def _is_hopeless(self) -> bool:
        return not self._was_ready and self._falls >= HOPELESS_FALLS

    async def _announce(self) -> None:
        """Says when all are ready."""
        for place in self._places:
            await place.worker.is_ready.wait()
            self._was_ready = True
        count = len(self._places)
        logger.info("serving, with %s", "a worker" if count == 1 else f"{count} workers")
        tell_ready(os.environ)

    async def _add(self, listeners: Listeners) -> Worker:
        worker = await self._start(listeners)
        self._workers.add(worker)
        return worker

    # Those that fall

    async def _watch(self, place: _Place) -> None:
        while not self._stopping.is_set():
            worker = place.worker
            status = await worker.wait()
            self._workers.discard(worker)
            async with place.changing:
                if place.worker is worker:
                    await self._fill(place, status)

    async def _fill(self, place: _Place, status: int) -> None:
        loop = asyncio.get_running_loop()
        self._was_ready = self._was_ready or place.worker.is_ready.is_set()
        self._falls += 1
        if self._is_hopeless:
            logger.error("no worker could be started; the lines above may say why")
            self._stopping.set()
            return
        if loop.time() - place.since_s >= SETTLED_AFTER_S:
            place.backoff.reset()
        how, pause_s = describe_status(status), place.backoff.pause_s
        place.backoff.take(loop.time())
        logger.error("worker %s %s; another one starts in %g s", place.worker.pid, how, pause_s)
        await asyncio.sleep(pause_s)
        place.worker, place.since_s = await self._add(place.listeners), loop.time()

    # Those that are replaced

    def _hear_hangup(self) -> None:
        self._tasks.start(self._replace_all())

    async def _replace_all(self) -> None:
        """Replaces one worker after the other; leaves those in their places for which no successor gets ready."""
        async with self._replacing:
            for place in self._places:
                async with place.changing:
                    if not await self._replace(place):
                        logger.error("the worker's successor did not get ready: those that serve go on")
                        return
            logger.info("all workers were replaced")

    async def _replace(self, place: _Place) -> bool:
        successor = await self._add(place.listeners)
        if not await _gets_ready(successor):
            successor.kill()
            return False
        predecessor, place.worker, place.since_s = place.worker, successor, asyncio.get_running_loop().time()
        await self._end([predecessor], Order.RETIRE)
        return True

    # The end

    async def _stop_workers(self) -> None:
        await self._end(tuple(self._workers), Order.STOP)

    async def _end(self, workers: Collection[Worker], order: Order) -> None:
        """Returns when these have ended: by the order, or else by force."""
        for worker in workers:
            worker.tell(order)
        if not workers:
            return
        ends = {asyncio.ensure_future(worker.wait()): worker for worker in workers}
        _, late = await asyncio.wait(ends, timeout=self._drain_s - KILL_MARGIN_S)
        for end in late:
            logger.warning("worker %s did not end within %g s", ends[end].pid, self._drain_s)
            ends[end].kill()
        await asyncio.gather(*late)
        self._workers.difference_update(workers)


async def _gets_ready(worker: Worker) -> bool:
    """Whether a worker is ready before it ends or the time is over."""
    ready, end = asyncio.ensure_future(worker.is_ready.wait()), asyncio.ensure_future(worker.wait())
    done, pending = await asyncio.wait({ready, end}, timeout=READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return ready in done
