"""What lives in an event loop: objects of which each loop has one, and tasks that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

logger = logging.getLogger(__name__)

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One object for each event loop: made when it is first asked for, forgotten with its loop.

    A server has one loop; tests, commands and calls of `async_to_sync` have others, and no task or lock of one may be
    waited for in another.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def __call__(self) -> T:
        """The object of the running loop. Raises RuntimeError where none runs."""
        loop = asyncio.get_running_loop()
        made = self._made.get(loop)
        if made is None:
            made = self._made[loop] = self._make()
        return made


class BackgroundTasks:
    """Tasks that nobody waits for, at most `limit` at once; their owner ends them. What one raises is logged."""

    def __init__(self, name: str, *, limit: int | None = None) -> None:
        self.limit = limit
        self._name = name
        # The loop itself keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, job: Coroutine[Any, Any, Any]) -> bool:
        """Begins a job, which does not run before this returns, unless there are too many; whether it did."""
        if self.limit is not None and len(self._tasks) >= self.limit:
            job.close()
            return False
        task = asyncio.create_task(job, name=self._name)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return True

    async def finish(self) -> None:
        """Returns when all that was begun until now is done."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Cancels what is under way and waits for its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("unexpected error in a task of the %s", self._name, exc_info=error)
