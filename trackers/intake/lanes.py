"""Threads that store, each with a connection of its own to the database, which stays open.

No wait for a database is sure to end: behind a proxy that died in silence the kernel has every byte acknowledged. So a
lane that does not come back in time is left to itself, and its connection is ended. Its thread keeps nobody from ending
the process.
"""

from __future__ import annotations

import asyncio
import os
import socket
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, ParamSpec, TypeVar, cast

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trackers.storage.plans import open_with_plans
from trackers.storage.waits import is_read_only

Item = TypeVar("Item")
P = ParamSpec("P")
R = TypeVar("R")
Call = Callable[[], None]


class LaneStuck(Exception):
    """The work of a lane is not done in time; it goes on, and what becomes of it is not known."""

    def __init__(self, work: asyncio.Future[Any]) -> None:
        super().__init__("the database does not answer")
        self.work = work


class Lane(Generic[Item, R]):
    """Does one kind of work, an item at a time."""

    def __init__(self, work: Callable[[Item], R]) -> None:
        self._work = work
        self._thread = _DaemonThread()
        # asgiref asks for a pool, and does nothing with it but submit.
        executor = cast(ThreadPoolExecutor, self._thread)
        self._call = sync_to_async(self._work_over_connection, thread_sensitive=False, executor=executor)
        self._database: BaseDatabaseWrapper | None = None
        self._is_given_up = False

    async def do(self, item: Item, *, timeout_s: float) -> R:
        """What comes of the work. Raises LaneStuck when that takes longer, and what the work raises."""
        work = asyncio.ensure_future(self._call(item))
        await asyncio.wait([work], timeout=timeout_s)
        if not work.done():
            self._is_given_up = True
            self._hang_up()
            raise LaneStuck(work)
        return work.result()

    def _work_over_connection(self, item: Item) -> R:
        """Over this thread's connection, which stays open; a new one is made when the old one broke."""
        self._is_given_up = False
        self._database = connections[DEFAULT_DB_ALIAS]
        before = self._database.connection
        try:
            return self._do(item)
        except (OperationalError, InterfaceError) as error:
            if is_read_only(error):
                # A new one may lead to the server that takes writes now.
                self._database.close()
                raise
            _drop_if_broken(self._database)
            # Who is given up is waited for by nobody.
            if self._is_given_up or self._database.connection is before:
                raise
        return self._do(item)

    def _do(self, item: Item) -> R:
        open_with_plans(connections[DEFAULT_DB_ALIAS])
        return self._work(item)

    def _hang_up(self) -> None:
        """Shuts the connection down, so that who waits there for an answer hears that it broke; SQLite has none."""
        database = self._database
        if database is None or database.vendor != "postgresql" or database.connection is None:
            return
        # As psycopg is there only where it is needed, it is asked for by way of Django.
        broken = (database.Database.Error, OSError)  # type: ignore[attr-defined]
        with suppress(*broken), socket.socket(fileno=os.dup(database.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        """Gives back thread and connection; nothing may be under way."""
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self.leave()

    def leave(self) -> None:
        """Lets the thread give back its connection, and end, when it comes to it."""
        self._thread.shutdown()


def _drop_if_broken(database: BaseDatabaseWrapper) -> None:
    """Has the next use open a new connection.

    Django does so where it cannot even roll back, and keeps one that broke outside of a transaction, as it is opened.
    """
    if getattr(database.connection, "closed", False):
        database.close()


class _DaemonThread(Executor):
    """One thread for all calls. Python waits at its end for those of a pool, however long they take."""

    def __init__(self) -> None:
        calls: SimpleQueue[Call | None] = SimpleQueue()
        self._calls = calls
        Thread(target=_carry_out, args=[calls], name="ingestion", daemon=True).start()
        # The thread knows the queue alone, so that it ends with a loop that nobody closed.
        self._end = weakref.finalize(self, calls.put, None)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        future: Future[R] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._calls.put(call)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._end()


def _carry_out(calls: SimpleQueue[Call | None]) -> None:
    while (call := calls.get()) is not None:
        call()
        del call  # what it holds must not live until the next one
    connections.close_all()
