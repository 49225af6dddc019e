"""Lost clients: they come back and nobody knows them any more. Who had subscribed is told (docs/decisions/0033)."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from accounts.loops import BackgroundTasks
from accounts.wire.logout_causes import LogoutCause
from events.clients.client import Client
from events.clients.identity import Identity
from events.hub.registry import ClientRegistry
from events.peers.marks import Marks
from events.protocol import messages

logger = logging.getLogger(__name__)

# Many subscribe again by themselves when they are back; those need not be told. Published clients do so within 0.2 s of
# their connection, on a machine that has ten times as much to do as it can; the rest is for slow networks.
GRACE_S = 2.0
# However long the others were asked: what came while this process was busy is to be read first.
LEAST_GRACE_S = 0.5
MAX_TASKS = 10_000


class LostClients:
    """Tells clients that had subscribed, and of which nobody knows any more, that this is over."""

    def __init__(self, registry: ClientRegistry, marks: Marks) -> None:
        self._registry, self._marks = registry, marks
        self._tasks = BackgroundTasks("lost clients", limit=MAX_TASKS)

    async def stop(self) -> None:
        """Ends what is under way."""
        await self._tasks.stop()

    def look_after(self, identity: Identity, *, came_at: float, polls: bool = False) -> None:
        """Called for a client that came back, by the loop's clock at `came_at`, and that no process knows.

        One too many is looked after next time. For one that `polls` it waits until it does so again.
        """
        if not self._tasks.start(self._look_after(identity, came_at, polls)):
            logger.warning("more clients came back than can be looked after")

    async def _look_after(self, identity: Identity, came_at: float, polls: bool) -> None:
        if not await self._marks.take(identity):
            return
        rest_s = came_at + GRACE_S - asyncio.get_running_loop().time()
        await asyncio.sleep(max(rest_s, LEAST_GRACE_S))
        client = self._registry.meet(identity, datetime.now(UTC)) if polls else self._registry.find(identity)
        if client is None or not (polls or client.outbox.is_connected):
            # Between two polls, or gone again: told when it is back.
            self._marks.note(identity)
            return
        # A command that is being carried out may be what it subscribes by.
        async with client.receiving:
            self._tell(client)

    def _tell(self, client: Client) -> None:
        if client.subscribers:
            return
        logger.debug("client %d hears logout: %s", client.number, LogoutCause.CLIENT_LOST.sentence)
        client.queue(messages.logout())
