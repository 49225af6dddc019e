"""Lets the processes find each other's clients, when a push or a connection lands where its client is not.

A proxy routes by tracking id, but a client that had none when it connected is anywhere (docs/architecture.md,
"Several processes").
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from accounts.notices import LAYER_ERRORS
from events.clients.identity import Identity
from events.commands.receive import receive_message
from events.peers.handover import Parcel, pack, unpack
from events.protocol.messages import is_event

if TYPE_CHECKING:
    from events.hub.hub import Hub

logger = logging.getLogger(__name__)

RELAY_GROUP = "clients"
# How long the others have to say that a client is theirs; then it is nobody's.
CLAIM_S = 0.5
# How long they have to do what it asks.
CARRY_OUT_S = 10.0
# The layer delivers at most once: a client is asked for so often, in case that the question or the answer is lost.
FETCH_TRIES = 3
# Each process says this often that it is there; one that was not heard for so long is not, nor is it waited for.
HERE_S = 1.0
GONE_AFTER_S = 3.5
# By what people know a process.
PROCESS_NAME = f"{socket.gethostname()}:{os.getpid()}"
NOBODY = Identity("", "", "")
# A client that nobody claimed is nobody's for so long, unless another process asks for it.
UNCLAIMED_S = 10.0
MAX_UNCLAIMED = 10_000
# Pushes that wait for other processes; more are refused.
MAX_QUESTIONS = 1000
# What is under way for others, or to find clients. More is dropped, as the layer may drop anything.
MAX_TASKS = 1000
WARN_EVERY_S = 60.0


@dataclass(slots=True)
class _Question:
    """A push that another process was asked to carry out."""

    is_claimed: asyncio.Event = field(default_factory=asyncio.Event)
    is_taken: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Relay:
    """Asks the other processes for clients, and answers them. The hub listens for it, on its channel."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._numbers = itertools.count(1)
        self._questions: dict[int, _Question] = {}
        self._wanted: dict[Identity, asyncio.Event] = {}
        # Clients that nobody claimed, and when, by the loop's clock; the oldest first.
        self._unclaimed: OrderedDict[Identity, float] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._warned_at = -WARN_EVERY_S
        # When others were heard last, by their channels and the loop's clock, and what they call themselves.
        self._others: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._began_at: float | None = None

    # Asking

    async def push(self, identity: Identity, text: str) -> bool | None:
        """Has the process that a client is connected to carry out what it pushed; whether it took it.

        None: it is connected to no other, so far as they say.
        """
        if self._is_unclaimed(identity) or not await self._has_others():
            return None
        if len(self._questions) >= MAX_QUESTIONS:
            return False
        number, question = next(self._numbers), _Question()
        self._questions[number] = question
        is_known = self._hub.clients.find(identity) is not None
        try:
            await self._tell_all("push", identity, number=number, text=text, is_known=is_known)
            async with asyncio.timeout(CLAIM_S):
                await question.is_claimed.wait()
            async with asyncio.timeout(CARRY_OUT_S):
                return await question.is_taken
        except TimeoutError:
            if question.is_claimed.is_set():
                return False
            self._note_unclaimed(identity)
            return None
        finally:
            del self._questions[number]

    def fetch(self, identity: Identity) -> None:
        """Lets a client that connected here go on with what it left in another process, if there is one."""
        if settings.REDIS_URL and identity not in self._wanted and self._start(self._fetch(identity)):
            self._wanted[identity] = asyncio.Event()

    @property
    def others(self) -> dict[str, str]:
        """The other processes as far as they are known: what they call themselves, by channel."""
        return {channel: self._names[channel] for channel in self._others}

    @property
    def is_new(self) -> bool:
        """Whether others may not have been heard of yet."""
        return self._began_at is None or asyncio.get_running_loop().time() - self._began_at < GONE_AFTER_S

    async def say_goodbye(self, identity: Identity) -> None:
        """Tells the others that a client closed."""
        if await self._has_others():
            await self._tell_all("goodbye", identity)

    async def say_here(self) -> None:
        """Lets the others know of this process, and forgets those that are gone. To be called every HERE_S."""
        now = asyncio.get_running_loop().time()
        self._others = {name: at for name, at in self._others.items() if now - at < GONE_AFTER_S}
        self._names = self.others
        if settings.REDIS_URL and self._hub.channel is not None:
            self._began_at = self._began_at or now
            await self._tell_all("here", NOBODY, name=PROCESS_NAME)

    async def stop(self) -> None:
        """Ends what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_unclaimed(self, identity: Identity) -> bool:
        asked_at = self._unclaimed.get(identity)
        return asked_at is not None and asyncio.get_running_loop().time() - asked_at < UNCLAIMED_S

    def _note_unclaimed(self, identity: Identity) -> None:
        self._unclaimed.pop(identity, None)
        self._unclaimed[identity] = asyncio.get_running_loop().time()
        if len(self._unclaimed) > MAX_UNCLAIMED:
            self._unclaimed.popitem(last=False)

    async def _fetch(self, identity: Identity) -> None:
        try:
            tries = FETCH_TRIES if await self._has_others() else 0
            for _ in range(tries):
                await self._tell_all("wanted", identity)
                try:
                    async with asyncio.timeout(CLAIM_S):
                        await self._wanted[identity].wait()
                    return
                except TimeoutError:
                    continue
        finally:
            del self._wanted[identity]

    # Answering

    def hear(self, message: dict[str, Any]) -> None:
        """Does what another process's message asks for, or takes its answer."""
        sender, identity = message["sender"], Identity(*message["identity"])
        if sender == self._hub.channel:
            return
        match message["type"].removeprefix("relay."):
            case "here":
                self._others[sender] = asyncio.get_running_loop().time()
                self._names[sender] = message["name"]
            case "push":
                self._hear_push(sender, identity, message)
            case "claim":
                self._question(message).is_claimed.set()
            case "taken":
                self._hear_taken(message)
            case "goodbye":
                self._start(self._hub.clients.say_goodbye(identity))
            case "wanted":
                self._unclaimed.pop(identity, None)
                self._start(self._hand_over(sender, identity))
            case "parcel":
                self._hear_parcel(sender, identity, message["body"])
            case "received":
                self._start(self._let_go(sender, identity, message["count"]))
            case "rest":
                self._hear_rest(identity, message["messages"])

    def _hear_push(self, sender: str, identity: Identity, message: dict[str, Any]) -> None:
        client = self._hub.clients.find(identity)
        if client is not None and (client.outbox.was_connected or not message["is_known"]):
            self._start(self._carry_out(sender, identity, message["number"], message["text"]))

    async def _carry_out(self, sender: str, identity: Identity, number: int, text: str) -> None:
        await self._tell(sender, "claim", identity, number=number)
        client = self._hub.clients.meet(identity, datetime.now(UTC))
        is_taken = not client.outbox.is_full
        if is_taken:
            await receive_message(self._hub, client, text)
        await self._tell(sender, "taken", identity, number=number, is_taken=is_taken)

    def _question(self, message: dict[str, Any]) -> _Question:
        """The question that an answer is for; one that nobody waits for when it comes too late."""
        return self._questions.get(message["number"]) or _Question()

    def _hear_taken(self, message: dict[str, Any]) -> None:
        is_taken = self._question(message).is_taken
        if not is_taken.done():
            is_taken.set_result(message["is_taken"])

    async def _hand_over(self, sender: str, identity: Identity) -> None:
        client = self._hub.clients.find(identity)
        if client is None:
            return
        if identity in self._wanted:
            # It was looked for when it came; going on with that would call it back.
            self._wanted[identity].set()
        # What a command that is being carried out leads to goes along.
        async with client.receiving:
            client.outbox.end(datetime.now(UTC))
            # It stays here until the other has it: the parcel may be lost.
            body = msgspec.json.encode(pack(client))
        await self._tell(sender, "parcel", identity, body=body)

    def _hear_parcel(self, sender: str, identity: Identity, body: bytes) -> None:
        is_here = self._wanted.get(identity)
        if is_here is None or is_here.is_set():
            return
        if self._start(self._take_in(sender, identity, msgspec.json.decode(body, type=Parcel))):
            is_here.set()

    async def _take_in(self, sender: str, identity: Identity, parcel: Parcel) -> None:
        client = self._hub.clients.meet(identity, datetime.now(UTC))
        # Held, the client is not forgotten when it goes again meanwhile, and its commands wait for their turn.
        async with client.receiving:
            await unpack(parcel, client, self._hub)
        await self._tell(sender, "received", identity, count=len(parcel.messages))

    async def _let_go(self, sender: str, identity: Identity, count: int) -> None:
        """Forgets a client that went on elsewhere, and sends what came for it meanwhile after it."""
        client = self._hub.clients.find(identity)
        if client is None:
            return
        async with client.receiving:
            # What happened to sources and logins since then the other hears itself, or read in the database.
            rest = [message for message in client.outbox.waiting[count:] if not is_event(message)]
        await self._hub.clients.dismiss(identity)
        if rest:
            await self._tell(sender, "rest", identity, messages=rest)

    def _hear_rest(self, identity: Identity, rest: list[str]) -> None:
        client = self._hub.clients.meet(identity, datetime.now(UTC))
        for message in rest:
            client.queue(message)

    # The layer

    async def _has_others(self) -> bool:
        """Whether there may be other processes to ask: not with a layer in memory, nor with one that is down.

        A process that has just begun does not know yet.
        """
        if not settings.REDIS_URL:
            return False
        try:
            await self._hub.hear()
        except TimeoutError:
            return False
        return self.is_new or bool(self._others)

    async def _tell_all(self, what: str, identity: Identity, **fields: Any) -> None:
        try:
            await self._hub.layer.group_send(RELAY_GROUP, self._message(what, identity, fields))
        except LAYER_ERRORS as error:
            logger.info("the other processes cannot be asked for a client: %s", error)

    async def _tell(self, channel: str, what: str, identity: Identity, **fields: Any) -> None:
        try:
            await self._hub.layer.send(channel, self._message(what, identity, fields))
        except LAYER_ERRORS as error:
            logger.info("another process cannot be answered: %s", error)

    def _message(self, what: str, identity: Identity, fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": f"relay.{what}", "sender": self._hub.channel, "identity": list(astuple(identity)), **fields}

    def _start(self, job: Coroutine[Any, Any, Any]) -> bool:
        """Begins a job, which does not run before this returns, unless there are too many; whether it did."""
        if len(self._tasks) >= MAX_TASKS:
            job.close()
            self._warn_of_too_much()
            return False
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    def _warn_of_too_much(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._warned_at >= WARN_EVERY_S:
            self._warned_at = now
            logger.warning("more to do for other processes than can be done; some clients are not found")

    async def _run(self, job: Coroutine[Any, Any, Any]) -> None:
        try:
            await job
        except Exception:
            logger.exception("unexpected error in the relay")
