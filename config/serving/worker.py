"""A worker: daphne at a socket that its parent opened, which ends in good order when it is told to.

Started by `config/serving/workers.py` and by nobody else.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from typing import Any

# The first to be imported, as it installs the event loop of the process.
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor

from config.asgi import application, pages_and_calls
from config.connections import current_guards
from config.serving.drain import Door, Drain
from config.serving.handshakes import lay_out_nothing
from config.serving.listening import Listeners
from config.serving.orders import READY, Order
from config.serving.port import accept
from events.node import current_node
from events.web.readiness import readiness

logger = logging.getLogger(__name__)

RETRY_S = 0.25
# daphne's own five seconds are short when thousands connect at once.
CONNECT_TIMEOUT_S = 20


class Worker:
    """Serves, says when it is ready, and does what its parent says."""

    def __init__(self, listeners: Listeners, control: socket.socket, *, drain_s: float, is_passed: bool) -> None:
        self._listeners, self._control = listeners, control
        self._loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        self._server = _make_server(self._begin)
        self._doors: list[Door] = []
        self._make_drain = partial(Drain, self._server, self._doors, within_s=drain_s, leaves_queue=is_passed)
        self._drain: Drain | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Serves until the end."""
        lay_out_nothing()
        # Django would import them for the first request, with all others waiting.
        import_module(settings.ROOT_URLCONF)
        self._loop.add_reader(self._control, self._hear)
        # By hand, to one of several: the others go on, and the parent puts a new one in its place.
        self._loop.add_signal_handler(signal.SIGTERM, self._begin_end, Order.RETIRE)
        self._server.run()

    def _begin(self) -> None:
        for listener in self._listeners.site:
            accept(listener, self._server.http_factory, reactor)
            listener.close()
        self._start(self._get_ready())

    async def _get_ready(self) -> None:
        """Says that it is ready once it is: also to hear from the other processes of clients that come here."""
        current_node().start()
        await self._open_door()
        while not all((await readiness()).values()):
            await asyncio.sleep(RETRY_S)
        self._control.send(READY)

    async def _open_door(self) -> None:
        if not self._listeners.devices:
            return
        # It comes with an extra.
        from config.serving.door.application import devices_only
        from config.serving.door.server import DevicesDoor

        door = DevicesDoor(devices_only(pages_and_calls), current_guards()[0].admits)
        self._doors.append(door)
        await door.open(self._listeners.devices)

    def _hear(self) -> None:
        try:
            said = self._control.recv(16)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._loop.remove_reader(self._control)
        # Without a parent nobody could tell it to stop.
        self._begin_end(Order.RETIRE if said == Order.RETIRE.value else Order.STOP)

    def _begin_end(self, order: Order) -> None:
        if self._drain is not None:
            self._drain.heed(order)
            return
        self._drain = self._make_drain()
        self._start(self._end(self._drain.run(order)))

    async def _end(self, drain: Coroutine[Any, Any, None]) -> None:
        try:
            await drain
        except Exception:
            logger.exception("unexpected error at the end of a worker")
        for door in self._doors:
            await door.stop()
        reactor.stop()

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _make_server(begin: Callable[[], None]) -> Server:
    """daphne, which calls `begin` in the place of opening a port of its own."""
    # Its access log would hold the hashes that some clients put into addresses.
    server = Server(
        application,
        endpoints=["none"],
        signal_handlers=False,
        websocket_timeout=-1,
        websocket_connect_timeout=CONNECT_TIMEOUT_S,
        websocket_handshake_timeout=CONNECT_TIMEOUT_S,
        verbosity=0,
        ready_callable=begin,
    )
    # It refuses to be made without one, and takes sockets that are handed on for ones of IPv4.
    server.endpoints = []
    return server


def main(drain_s: str, origin: str, *numbers: str) -> None:
    """Works with sockets that the parent handed on, given by number: first the one that it gives orders by."""
    (control,), site, devices = (
        [socket.socket(fileno=int(number)) for number in of_one.split(",") if number] for of_one in numbers
    )
    Worker(Listeners(site, devices), control, drain_s=float(drain_s), is_passed=origin == "passed").run()


if __name__ == "__main__":
    main(*sys.argv[1:])
