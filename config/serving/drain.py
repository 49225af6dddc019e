"""How a worker ends: everybody is told, what is under way is finished, and nobody is kept waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from accounts.notices import stop_publishing
from config.connections import current_guards
from config.serving.orders import Order
from events.node import current_node
from trackers.intake.refusals import current_writer

logger = logging.getLogger(__name__)

# Of the whole time: for the ends of connections, one batch after the other.
SHARE_FOR_CLOSING = 0.4
# Kept for what comes after the last wait.
MARGIN_S = 1.0
LOOK_EVERY_S = 0.05
# A connection that is kept open for further requests may bring one more in this time, and is told that it was the last.
IDLE_GRACE_S = 2.0
# A request that has begun to come may take so long to be complete. Who sends a letter a minute is not waited for.
ASKED_WITHIN_S = 5.0
# What a client left here it takes along when it comes to another process, which most do at once; the rest is kept.
FETCHED_WITHIN_S = 2.0


class Entrance(Protocol):
    """Where connections come in, whichever server takes them."""

    @property
    def is_asked(self) -> bool:
        """Whether a request is on its way here, or its answer on its way back."""

    @property
    def has_connections(self) -> bool:
        """Whether any is open over which a request could come."""

    def stop_listening(self) -> None:
        """Leaves what connects from now on to others at the same socket."""

    def end(self) -> None:
        """Refuses who comes from now on, and has each connection end with its next answer."""

    def close_idle(self) -> None:
        """Closes the connections over which nothing is asked."""


class Door(Entrance, Protocol):
    """The devices' own."""

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""

    async def stop(self) -> None:
        """Cuts what is open."""


class Drain:
    """Ends what a server does, within a bound."""

    def __init__(self, server: Any, doors: Sequence[Door], *, within_s: float, leaves_queue: bool) -> None:
        """With `leaves_queue` what connects meanwhile is left waiting for the process that comes next."""
        self._doors = doors
        self._server = server
        self._within_s = within_s
        self._leaves_queue = leaves_queue
        self._order = Order.STOP
        self._entrances: list[Entrance] = [*current_guards(), *doors]

    def heed(self, order: Order) -> None:
        """Goes by a later order."""
        self._order = order

    async def run(self, order: Order) -> None:
        """Returns when all has ended, or the time is over."""
        self._order = order
        node, loop = current_node(), asyncio.get_running_loop()
        began_at = loop.time()
        until = began_at + max(self._within_s - MARGIN_S, self._within_s / 2)
        self._stop_accepting(order)
        await node.send_everybody_elsewhere(within_s=self._within_s * SHARE_FOR_CLOSING)
        await self._wait(lambda: not (self._is_busy() or self._is_being_asked()), min(until, began_at + ASKED_WITHIN_S))
        if not await self._wait(lambda: not self._is_busy(), until):
            logger.warning("some requests or websockets did not end in time and are broken off")
        await self._wait(lambda: not self._has_idle_connections(), min(until, began_at + IDLE_GRACE_S))
        for entrance in self._entrances:
            entrance.close_idle()
        await self._wait(self._is_left, min(until, loop.time() + FETCHED_WITHIN_S))
        await self._finish()
        logger.info("ended in %.1f s", loop.time() - began_at)

    def _stop_accepting(self, order: Order) -> None:
        for entrance in self._entrances:
            entrance.end()
            if order is Order.RETIRE or self._leaves_queue:
                entrance.stop_listening()

    def _is_busy(self) -> bool:
        """Whether a request is being answered, or a websocket is open."""
        applications = (details.get("application_instance") for details in self._server.connections.values())
        is_answering = any(application is not None and not application.done() for application in applications)
        return is_answering or any(door.is_busy for door in self._doors)

    def _is_being_asked(self) -> bool:
        return any(entrance.is_asked for entrance in self._entrances)

    def _has_idle_connections(self) -> bool:
        return any(entrance.has_connections for entrance in self._entrances)

    def _is_left(self) -> bool:
        """Whether no client has left anything here that it may still come for by another process."""
        return self._order is not Order.RETIRE or not current_node().registry.left_behind

    async def _wait(self, is_so: Callable[[], bool], until: float) -> bool:
        """Returns True when it is so, and False at the time `until` by the loop's clock."""
        while not is_so():
            if asyncio.get_running_loop().time() >= until:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def _finish(self) -> None:
        await current_writer().close()
        await current_node().leave_clients_behind()
        await stop_publishing()
        await current_node().stop()
