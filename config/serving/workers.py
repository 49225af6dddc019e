"""A worker process as its parent sees it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from config.places import ROOT
from config.serving.listening import Listeners
from config.serving.orders import READY, Order

logger = logging.getLogger(__name__)


class Worker:
    """A running process, the orders that it is given and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self.is_ready = asyncio.Event()
        self.pid = process.pid
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(control, self._hear)
        self._end = asyncio.ensure_future(self._wait_for_end())

    def tell(self, order: Order) -> None:
        """Gives an order; one that is gone hears nothing any more."""
        with suppress(OSError):
            self._control.send(order.value)

    def kill(self) -> None:
        """Ends it without a word."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def wait(self) -> int:
        """Its exit status, once it has ended; that of a signal is negative."""
        return await asyncio.shield(self._end)

    async def _wait_for_end(self) -> int:
        status = await self._process.wait()
        self._loop.remove_reader(self._control)
        self._control.close()
        return status

    def _hear(self) -> None:
        try:
            said = self._control.recv(16)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if READY in said:
            self.is_ready.set()
        if not said:
            self._loop.remove_reader(self._control)


Starter = Callable[[Listeners], Awaitable[Worker]]


def starter(*, drain_s: float, is_passed: bool) -> Starter:
    """What starts a worker that accepts connections from sockets that it is given."""

    async def start(listeners: Listeners) -> Worker:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        try:
            process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "config.serving.worker"],
                *[str(drain_s), "passed" if is_passed else "own", str(theirs.fileno())],
                _numbers(listeners.site),
                _numbers(listeners.devices),
                pass_fds=[one.fileno() for one in (theirs, *listeners.site, *listeners.devices)],
                stdin=asyncio.subprocess.DEVNULL,
                cwd=ROOT,
                env=os.environ,
                # What a terminal sends to all is the parent's to pass on.
                start_new_session=True,
            )
        finally:
            theirs.close()
        return Worker(process, ours)

    return start


def _numbers(sockets: Sequence[socket.socket]) -> str:
    return ",".join(str(one.fileno()) for one in sockets)


def describe_status(status: int) -> str:
    """How a process ended, in words."""
    return f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
