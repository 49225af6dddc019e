"""Node: this process's part in serving clients. Builds the hub and what is around it, and keeps them running."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from weakref import WeakSet

from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.loops import BackgroundTasks, PerLoop
from accounts.notices import LAYER_ERRORS, MAIN_LAYER, TICK_GROUP, layer_names
from accounts.wire.errors import first_line
from events.clients.client import Client
from events.clients.identity import Identity, is_of_ours
from events.clients.renderer import StateRenderer
from events.clients.transport import Transport
from events.commands.receive import receive_message, receive_push
from events.hub.channel import LayerChannel
from events.hub.hub import Hub
from events.hub.registry import ClientRegistry, may_go_on
from events.peers.connected_clients import ConnectedClients
from events.peers.handover import hand_over
from events.peers.left_behind import leave_behind
from events.peers.lost_clients import LostClients
from events.peers.marks import Marks
from events.peers.moves import Moves
from events.peers.presence import PEERS_GROUP, Presence
from events.peers.relay import Relay
from events.protocol.connection import read_message
from events.protocol.style import ItemShape
from trackers.engine.silence_clock import SilenceClock

logger = logging.getLogger(__name__)

BEAT_S = 1.0
RETRY_S = 1.0
# Connections that are ended at once when the process is about to end; all of them come back at once.
CLOSE_BATCH = 50
CLOSE_PAUSE_S = 0.05


class Node:
    """Hub, registry and peers of one event loop, wired to each other, and what transports do with them."""

    def __init__(self) -> None:
        self.channel = LayerChannel((TICK_GROUP, PEERS_GROUP), start=self.start)
        others = [name for name in layer_names() if name != MAIN_LAYER]
        self._channels = [self.channel, *(LayerChannel((TICK_GROUP,), start=self.start, layer=name) for name in others)]
        self.hub = Hub(self._channels)
        renderer = StateRenderer(ItemShape(settings.STATE_BATCH_ITEM))
        self.registry = ClientRegistry(self.hub, renderer, start=self.start)
        self.presence = Presence(self.channel)
        self.moves = Moves(self.channel, self.presence, self.registry, self.hub)
        self.relay = Relay(self.channel, self.presence, self.registry, self.hub, self.moves)
        self.connected_clients = ConnectedClients(self.channel, self.presence, self.registry)
        self._background = BackgroundTasks("node")
        self.marks = Marks()
        self._marked: WeakSet[Client] = WeakSet()
        self.lost_clients = LostClients(self.registry, self.marks)
        self._tasks: list[asyncio.Task[None]] = []
        self.is_ending = False
        """Whether whoever comes is sent elsewhere."""

    # Connections

    def enter(self, identity: Identity, transport: Transport, now: datetime, *, address: str) -> Client:
        """The client at the end of a new connection, which comes from `address`; `leave` must follow."""
        connection = transport.connection
        comes_back = connection.can_come_back and connection.parameters.tracking_id is not None
        if comes_back:
            self.look_for(identity, is_poll=transport.ends_with_sending)
        if self.is_ending:
            # Over a connection that was open before. Not here and now: its caller has yet to wait for the end.
            asyncio.get_running_loop().call_soon(transport.send_elsewhere)
        return self.registry.enter(identity, transport, now, address=address)

    def look_for(self, identity: Identity, *, is_poll: bool, answers_at_once: bool = False) -> None:
        """Has a client that is back go on with what it left elsewhere, or hear that nothing is left of it.

        To be called before it is met here; afterwards it is known, as every client is that is here already.
        """
        came_at = asyncio.get_running_loop().time()
        is_nowhere = partial(self.lost_clients.look_after, came_at=came_at, polls=answers_at_once)
        known = self.registry.find(identity)
        if known is not None and known.subscribers:
            if not may_go_on(known, identity, is_poll=is_poll):
                self._background.start(self.registry.forget(self.registry.disown(identity, datetime.now(UTC))))
                is_nowhere(identity)
        elif known is None and (is_poll or is_of_ours(identity.tracking_id)):
            self.moves.fetch(identity, is_nowhere=is_nowhere)
        elif known is None or not known.outbox.was_connected:
            # The others have nothing that it may go on with, or were asked by its push before it came back.
            is_nowhere(identity)

    async def leave(self, identity: Identity, client: Client, transport: Transport, now: datetime) -> None:
        """Ends a connection."""
        await self.registry.leave(identity, client, transport, now)

    async def send_everybody_elsewhere(self, *, within_s: float) -> None:
        """Ends all connections so that their clients come back to another process, in batches over so many seconds.

        Those that begin later end at once.
        """
        self.is_ending = True
        transports = self.registry.transports
        size = max(CLOSE_BATCH, math.ceil(len(transports) * CLOSE_PAUSE_S / within_s))
        for begin in range(0, len(transports), size):
            for transport in transports[begin : begin + size]:
                transport.send_elsewhere()
            await asyncio.sleep(CLOSE_PAUSE_S)

    async def leave_clients_behind(self) -> None:
        """Keeps what clients that are away left here for the processes in which they go on."""
        # What looks for clients here would find what is left.
        await self.relay.stop()
        await self.moves.stop()
        now = datetime.now(UTC)
        left = {identity: self.registry.disown(identity, now) for identity in self.registry.left_behind}
        await leave_behind({identity: hand_over(client) for identity, client in left.items()})

    async def receive(self, message: str, client: Client, identity: Identity) -> None:
        """Does what a client asks over its connection."""
        if client.has_moved:
            # The connection is about to end: what it still brings is for where its client went on.
            await self._carry_out(message, identity)
            return
        await receive_message(message, client, self.hub)
        self._mark(identity, client)

    async def push(self, text: str, identity: Identity) -> bool:
        """Does what a push asks of the client known by `identity`; False when too much waits for it already.

        The client may be connected to another process, or not yet anywhere: then the answer waits for it here.
        """
        message = read_message(text)
        return message is None or await self._carry_out(message, identity)

    async def _carry_out(self, message: str, identity: Identity) -> bool:
        known = self.registry.find(identity)
        if known is None or not known.outbox.was_connected:
            is_taken = await self.relay.push(identity, message)
            if is_taken is not None:
                return is_taken
        is_taken = await receive_push(message, identity, self.registry, self.hub)
        if (client := self.registry.find(identity)) is not None:
            self._mark(identity, client)
        return is_taken

    def _mark(self, identity: Identity, client: Client) -> None:
        """Notes that a client that may come back has subscribed, or that it knows that it has not."""
        if self.registry.find(identity) is not client:
            return
        if client.subscribers:
            self.marks.note(identity, anew=client not in self._marked)
            self._marked.add(client)
        elif client in self._marked:
            self._marked.discard(client)
            self.marks.forget(identity)

    async def say_goodbye(self, identity: Identity) -> None:
        """Ends the client that is known by this, wherever it is."""
        self.marks.forget(identity)
        await self.registry.say_goodbye(identity)
        await self.relay.say_goodbye(identity)

    # Running

    def start(self) -> None:
        """Begins to hear, to beat and to reload, unless it did already. A server says nothing of its own start."""
        if not self._tasks:
            self.hub.start()
            jobs: list[Callable[[], Coroutine[Any, Any, None]]]
            jobs = [*(channel.listen for channel in self._channels), self._beat, self.hub.reload_when_wanted]
            self._tasks = [asyncio.create_task(_keep_alive(job), name=f"node {job.__name__}") for job in jobs]

    async def stop(self) -> None:
        """Ends what runs; the clients stay as they are."""
        await self.relay.stop()
        await self.moves.stop()
        await self.connected_clients.stop()
        await self.lost_clients.stop()
        await self._background.stop()
        await self.marks.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _beat(self) -> None:
        # Who is away for a moment must not be forgotten because the clock was set.
        absence = SilenceClock(timedelta(seconds=settings.ATMOSPHERE_AWAY_S))
        while True:
            now = datetime.now(UTC)
            self.registry.beat(now)
            for identity, client in self.registry.take_known():
                self._mark(identity, client)
            judged_at = absence.read(now, timedelta(seconds=time.monotonic()))
            if absence.was_set_back:
                self.registry.set_back(now)
            await self.registry.forget_absent(judged_at)
            self.registry.relieve()
            await self.presence.announce()
            await self.moves.offer(self.registry.take_pushed())
            await self.hub.beat(now)
            await asyncio.sleep(BEAT_S)


async def _keep_alive(job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Begins a job again whenever it breaks off: what was not expected is logged."""
    while True:
        try:
            await job()
        except LAYER_ERRORS as error:
            logger.info("the channel layer cannot be reached: %s", error)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database cannot be read, trying again: %s", first_line(error))
        except Exception:
            logger.exception("unexpected error in the node")
        await asyncio.sleep(RETRY_S)


current_node = PerLoop(Node)
