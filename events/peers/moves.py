"""Moves: clients that go on in another process than they were in (docs/decisions/0089).

The process to which one comes asks the others for it. The one that has it lets go of it, lays it into the broker and
says so; out of there it is taken by one process alone. So at no time two have it, and none but its own answers it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from django.conf import settings

from accounts.loops import BackgroundTasks
from events.clients.client import Client
from events.clients.identity import Identity
from events.hub.channel import LayerChannel, Message
from events.hub.hub import Hub
from events.hub.registry import ClientRegistry, may_go_on
from events.peers.handover import Handover, hand_over, take_over
from events.peers.left_behind import leave, take_what_was_left
from events.peers.presence import PEERS_GROUP, Presence

logger = logging.getLogger(__name__)

# How long the others have to answer; then what they left is looked for in the broker, and they are asked again.
ANSWER_S = 0.5
# The layer delivers at most once: a client is asked for so often, in case that the question or the answer is lost.
TRIES = 3
# What is under way. More is dropped, as the layer may drop anything.
MAX_TASKS = 1000
WARN_EVERY_S = 60.0
# At the end of the process: for what lies between two processes, which would be lost.
END_S = 2.0


@dataclass(slots=True, eq=False)
class _Search:
    """For a client that connected here, and that another process may have."""

    since: float
    """When it connected, as the time of day: of two processes that look for it the later one has it."""
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    is_answered: bool = False
    """Whether nobody else is known to have anything of it."""
    is_called_off: bool = False
    has_found: bool = False

    def answer(self) -> None:
        """It has all that was left."""
        self.is_answered = True
        self.is_over.set()

    def call_off(self) -> None:
        """Its client went on elsewhere."""
        self.is_called_off = True
        self.is_over.set()

    async def wait(self) -> bool:
        """Returns when it is over, or others had long enough to answer; whether it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self.is_over.wait()
        return self.is_over.is_set()


class Moves:
    """Looks for clients that come, and gives away those that others look for."""

    def __init__(self, channel: LayerChannel, presence: Presence, registry: ClientRegistry, hub: Hub) -> None:
        self._channel, self._presence = channel, presence
        self._registry, self._hub = registry, hub
        self._searches: dict[Identity, _Search] = {}
        # One thing at a time for each client: what is being taken over is given away afterwards.
        self._turns: WeakValueDictionary[Identity, asyncio.Lock] = WeakValueDictionary()
        self._on_wanted: list[Callable[[Identity], None]] = []
        self._tasks = BackgroundTasks("moves", limit=MAX_TASKS)
        self._is_ending = False
        self._warned_at = -WARN_EVERY_S
        channel.on_message("moves.wanted", call=self._hear_wanted)
        channel.on_message("moves.left", call=self._hear_left)
        channel.on_message("moves.offered", call=self._hear_offered)
        channel.on_message("moves.accepted", call=self._hear_accepted)
        channel.on_message("relay.handover", call=self._hear_handover)

    def on_wanted(self, call: Callable[[Identity], None]) -> None:
        """Has `call` told of each client that came to another process."""
        self._on_wanted.append(call)

    async def stop(self) -> None:
        """Finishes what is under way, looks for nobody any more, and gives nobody away."""
        self._is_ending = True
        for search in self._searches.values():
            search.is_over.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self._tasks.finish()
        await self._tasks.stop()

    # Coming

    def fetch(self, identity: Identity, *, is_nowhere: Callable[[Identity], None]) -> None:
        """Lets a client that connected here go on with what it left in another process.

        `is_nowhere` is called when no process has it, so far as they say.
        """
        if not settings.REDIS_URL:
            is_nowhere(identity)
        elif identity not in self._searches:
            search = _Search(time.time())
            if self._start(self._fetch(identity, search, is_nowhere)):
                self._searches[identity] = search

    async def _fetch(self, identity: Identity, search: _Search, is_nowhere: Callable[[Identity], None]) -> None:
        try:
            is_settled = await self._look_for(identity, search)
        finally:
            if self._searches.get(identity) is search:
                del self._searches[identity]
        if not is_settled:
            is_nowhere(identity)

    async def _look_for(self, identity: Identity, search: _Search) -> bool:
        """Returns whether it came, or need not be looked for any longer."""
        for _ in range(TRIES if await self._presence.has_others() else 0):
            await self._tell_all("wanted", identity, since=search.since)
            # Processes of 0.2, which these take the place of one by one, hear this.
            await self._tell_everybody("relay.wanted", identity)
            if await search.wait() or await self._take_for(identity, search):
                return True
        return await self._take_for(identity, search) or search.has_found or search.is_over.is_set()

    async def _take_for(self, identity: Identity, search: _Search) -> bool:
        is_found = await self._take(identity, lambda: not search.is_called_off)
        search.has_found = search.has_found or is_found
        return is_found

    async def resume(self, identity: Identity) -> bool:
        """Lets a client go on with what it left in a process that ended; whether it left anything."""
        return await self._take(identity, lambda: True)

    async def _take(self, identity: Identity, is_for_here: Callable[[], bool]) -> bool:
        """Takes what the broker has of a client, if it is for here when its turn has come; whether there was any."""
        if not settings.REDIS_URL:
            return False
        async with self._turn(identity):
            if not is_for_here() or (handover := await take_what_was_left(identity)) is None:
                return False
            await self._take_over(identity, handover)
        return True

    async def _take_over(self, identity: Identity, handover: Handover) -> None:
        client = self._registry.meet(identity, datetime.now(UTC))
        # Held, the client is not forgotten when it goes again meanwhile, and its commands wait for their turn.
        async with client.receiving:
            await take_over(handover, client, self._hub)

    def _hear_left(self, message: Message) -> None:
        identity = _identity(message)
        search = self._searches.get(identity)
        if search is not None or self._has_come(identity):
            is_for_here = message["asker"] == self._channel.name
            self._start(self._go_on(identity, search, is_whole=message["is_whole"], is_for_here=is_for_here))

    async def _go_on(self, identity: Identity, search: _Search | None, *, is_whole: bool, is_for_here: bool) -> None:
        if search is None:
            # Later than it was waited for, or what it left when it had gone on twice.
            await self._take(identity, lambda: self._has_come(identity))
            return
        await self._take_for(identity, search)
        if is_whole and (is_for_here or search.has_found):
            search.answer()

    def _has_come(self, identity: Identity) -> bool:
        client = self._registry.find(identity)
        return client is not None and client.outbox.was_connected

    def _hear_handover(self, message: Message) -> None:
        """A process of 0.2 gives a client away; it keeps it until it hears that it has come."""
        identity = _identity(message)
        search = self._searches.get(identity)
        if search is not None and not search.is_over.is_set():
            search.answer()
            handover = msgspec.json.decode(message["body"], type=Handover)
            self._start(self._receive(identity, handover, sender=message["sender"]))

    async def _receive(self, identity: Identity, handover: Handover, *, sender: str) -> None:
        async with self._turn(identity):
            await self._take_over(identity, handover)
        count = len(handover.messages)
        await self._channel.send(sender, "relay.received", identity=list(astuple(identity)), count=count)

    def _hear_offered(self, message: Message) -> None:
        """Another process has something of clients that never came to it: those that came here are for here."""
        for fields in message["identities"]:
            if self._has_come(Identity(*fields)):
                self._start(self._channel.send(message["sender"], "moves.accepted", identity=fields))

    # Going

    async def offer(self, identities: Collection[Identity]) -> None:
        """Offers clients that only pushed, and for whom something waits here, to the processes where they are.

        A push is carried out here when no other process says that its client is there; but what they say may be lost,
        and its answer would wait here while its client waits there. To be called every second or so.
        """
        if identities and settings.REDIS_URL and self._presence.others:
            offered = [list(astuple(identity)) for identity in identities]
            await self._channel.send_to_group(PEERS_GROUP, "moves.offered", identities=offered)

    def _hear_wanted(self, message: Message) -> None:
        identity, search = _identity(message), self._searches.get(_identity(message))
        if search is not None:
            if (message["since"], message["sender"]) < (search.since, self._channel.name):
                return  # it came here since, and the other hears so
            # Going on with that would call it back.
            search.call_off()
            del self._searches[identity]
        self._let_go(identity, asker=message["sender"], search=search)

    def _hear_accepted(self, message: Message) -> None:
        identity = _identity(message)
        if not self._has_come(identity):
            self._let_go(identity, asker=message["sender"], search=None)

    def _let_go(self, identity: Identity, *, asker: str, search: _Search | None) -> None:
        for call in self._on_wanted:
            call(identity)
        self._start(self._give(identity, asker=asker, search=search))

    async def _give(self, identity: Identity, *, asker: str, search: _Search | None) -> None:
        """Lays a client into the broker for who asks; it was looked for here by `search`, if at all."""
        async with self._turn(identity):
            client = self._registry.find(identity)
            if client is None or not may_go_on(client, identity, is_poll=True):
                return
            # Known no longer, and its connection ended, before the copy is made: what is sent or asked after it would
            # come twice, or not at all.
            self._registry.disown(identity, datetime.now(UTC))
            client.has_moved = True
            is_left = await self._leave(identity, client)
            await self._registry.forget(client)
            is_whole = search is None or search.is_answered
        if is_left:
            await self._tell_all("left", identity, asker=asker, is_whole=is_whole)

    async def _leave(self, identity: Identity, client: Client) -> bool:
        # What a command that is being carried out leads to goes along.
        async with client.receiving:
            if not client.holds_something and client.numbering is None:
                return True
            handover = hand_over(client)
            if await leave(identity, handover):
                return True
        await self._take_over(identity, handover)
        return False

    # Telling, and doing

    def _turn(self, identity: Identity) -> asyncio.Lock:
        if (turn := self._turns.get(identity)) is None:
            turn = self._turns[identity] = asyncio.Lock()
        return turn

    async def _tell_all(self, what: str, identity: Identity, **fields: Any) -> None:
        await self._tell_everybody(f"moves.{what}", identity, **fields)

    async def _tell_everybody(self, message_type: str, identity: Identity, **fields: Any) -> None:
        await self._channel.send_to_group(PEERS_GROUP, message_type, identity=list(astuple(identity)), **fields)

    def _start(self, job: Coroutine[Any, Any, None]) -> bool:
        """Begins a job, which does not run before this returns, unless there are too many; whether it did."""
        if self._is_ending:
            job.close()
            return False
        is_begun = self._tasks.start(job)
        now = asyncio.get_running_loop().time()
        if not is_begun and now - self._warned_at >= WARN_EVERY_S:
            self._warned_at = now
            logger.warning("more clients move than can be looked for; some begin anew")
        return is_begun


def _identity(message: Message) -> Identity:
    return Identity(*message["identity"])
