"""Relay between processes: a push or a goodbye may land in another one than its client is in.

A proxy routes by tracking id, but a client that had none when it connected is anywhere (docs/architecture.md,
"Several processes").
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from typing import Any

from accounts.loops import BackgroundTasks
from events.clients.identity import Identity
from events.commands.receive import receive_push
from events.hub.channel import LayerChannel, Message
from events.hub.hub import Hub
from events.hub.registry import ClientRegistry
from events.peers.moves import Moves
from events.peers.presence import PEERS_GROUP, Presence

logger = logging.getLogger(__name__)

# How long the others have to say that a client is theirs; then it is nobody's. It is at once when all say that it is
# not theirs, so this is for those that are busy, or that are no more.
CLAIM_S = 2.0
# How long they have to do what it asks.
CARRY_OUT_S = 10.0
# A client that nobody claimed is nobody's for so long, unless another process asks for it.
UNCLAIMED_S = 10.0
MAX_UNCLAIMED = 10_000
# Pushes that wait for other processes; more are refused.
MAX_QUESTIONS = 1000
# What is under way for others. More is dropped, as the layer may drop anything.
MAX_TASKS = 1000
WARN_EVERY_S = 60.0


@dataclass(slots=True)
class _Question:
    """A push that another process was asked to carry out."""

    asked: frozenset[str]
    """The channels of those that are known to be there; empty when there may be more."""
    denied: set[str] = field(default_factory=set)
    """Of these the ones whose client it is not."""
    is_claimed: bool = False
    is_settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether it is claimed, or nobody's."""
    is_taken: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def claim(self) -> None:
        self.is_claimed = True
        self.is_settled.set()

    def deny(self, channel: str) -> None:
        self.denied.add(channel)
        if self.asked and self.asked <= self.denied:
            self.is_settled.set()


class Relay:
    """Has the other processes do what their clients ask here, and does what they ask."""

    def __init__(
        self, channel: LayerChannel, presence: Presence, registry: ClientRegistry, hub: Hub, moves: Moves
    ) -> None:
        self._channel, self._presence = channel, presence
        self._registry, self._hub, self._moves = registry, hub, moves
        self._numbers = itertools.count(1)
        self._questions: dict[int, _Question] = {}
        # Clients that nobody claimed, and when, by the loop's clock; the oldest first.
        self._unclaimed: OrderedDict[Identity, float] = OrderedDict()
        self._tasks = BackgroundTasks("relay", limit=MAX_TASKS)
        self._warned_at = -WARN_EVERY_S
        channel.on_message("relay.push", call=self._hear_push)
        channel.on_message("relay.claim", call=self._hear_claim)
        channel.on_message("relay.deny", call=self._hear_deny)
        channel.on_message("relay.taken", call=self._hear_taken)
        channel.on_message("relay.goodbye", call=self._hear_goodbye)
        moves.on_wanted(self._note_wanted)

    async def stop(self) -> None:
        """Ends what is under way."""
        await self._tasks.stop()

    # Pushes, and goodbyes

    async def push(self, identity: Identity, text: str) -> bool | None:
        """Has the process that a client is connected to carry out what it pushed; whether it took it.

        None: it is connected to no other, so far as they say.
        """
        if self._is_unclaimed(identity):
            return None
        if not await self._presence.has_others():
            await self._moves.resume(identity)
            return None
        if len(self._questions) >= MAX_QUESTIONS:
            return False
        question = await self._ask_others(identity, text)
        if question.is_taken.done() and not question.is_taken.cancelled():
            return question.is_taken.result()
        if question.is_claimed:
            return False  # it may have been carried out: done here as well, it would be done twice
        if not await self._moves.resume(identity):
            self._note_unclaimed(identity)
        return None

    async def _ask_others(self, identity: Identity, text: str) -> _Question:
        """The question after it was answered, or waited for long enough."""
        number, question = next(self._numbers), _Question(self._presence.known_others)
        self._questions[number] = question
        is_known = self._registry.find(identity) is not None
        # Nothing is done in an `except` here: asgiref hands what is being handled to its threads, which keep it and all
        # the texts in its frames.
        try:
            with suppress(TimeoutError):
                await self._tell_all("push", identity, number=number, text=text, is_known=is_known)
                async with asyncio.timeout(CLAIM_S):
                    await question.is_settled.wait()
                if question.is_claimed:
                    async with asyncio.timeout(CARRY_OUT_S):
                        await question.is_taken
        finally:
            del self._questions[number]
        return question

    async def say_goodbye(self, identity: Identity) -> None:
        """Tells the others that a client closed."""
        if await self._presence.has_others():
            await self._tell_all("goodbye", identity)

    def _is_unclaimed(self, identity: Identity) -> bool:
        asked_at = self._unclaimed.get(identity)
        return asked_at is not None and asyncio.get_running_loop().time() - asked_at < UNCLAIMED_S

    def _note_unclaimed(self, identity: Identity) -> None:
        # At the end of the order again, or it would be forgotten before its time.
        self._unclaimed.pop(identity, None)
        self._unclaimed[identity] = asyncio.get_running_loop().time()
        if len(self._unclaimed) > MAX_UNCLAIMED:
            self._unclaimed.popitem(last=False)

    def _note_wanted(self, identity: Identity) -> None:
        """It is somebody's now: the next push is to find it."""
        self._unclaimed.pop(identity, None)

    def _hear_push(self, message: Message) -> None:
        client = self._registry.find(_identity(message))
        # Two processes may know a client that only pushed; then it is the asking one's.
        if client is not None and (client.outbox.was_connected or not message["is_known"]):
            self._start(self._carry_out(message))
        else:
            self._start(self._tell(message["sender"], "deny", _identity(message), number=message["number"]))

    async def _carry_out(self, message: Message) -> None:
        sender, identity, number = message["sender"], _identity(message), message["number"]
        # Claimed before it is carried out, which may take longer than the other waits for a claim.
        await self._tell(sender, "claim", identity, number=number)
        is_taken = await receive_push(message["text"], identity, self._registry, self._hub)
        await self._tell(sender, "taken", identity, number=number, is_taken=is_taken)

    def _hear_claim(self, message: Message) -> None:
        if (question := self._questions.get(message["number"])) is not None:
            question.claim()

    def _hear_deny(self, message: Message) -> None:
        if (question := self._questions.get(message["number"])) is not None:
            question.deny(message["sender"])

    def _hear_taken(self, message: Message) -> None:
        question = self._questions.get(message["number"])
        # It comes too late when nobody waits any more.
        if question is not None and not question.is_taken.done():
            question.is_taken.set_result(message["is_taken"])
            question.claim()

    def _hear_goodbye(self, message: Message) -> None:
        self._start(self._registry.say_goodbye(_identity(message)))

    # Telling, and doing

    async def _tell_all(self, what: str, identity: Identity, **fields: Any) -> None:
        await self._channel.send_to_group(PEERS_GROUP, f"relay.{what}", identity=list(astuple(identity)), **fields)

    async def _tell(self, channel: str, what: str, identity: Identity, **fields: Any) -> None:
        await self._channel.send(channel, f"relay.{what}", identity=list(astuple(identity)), **fields)

    def _start(self, job: Coroutine[Any, Any, Any]) -> None:
        """Begins a job, unless there are too many."""
        now = asyncio.get_running_loop().time()
        if not self._tasks.start(job) and now - self._warned_at >= WARN_EVERY_S:
            self._warned_at = now
            logger.warning("more to do for other processes than can be done; some pushes are not carried out")


def _identity(message: Message) -> Identity:
    return Identity(*message["identity"])
