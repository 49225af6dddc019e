"""Connected clients of all processes: each tells of its own, and ends those that it is told to end.

Asked over the channel layer, which may lose anything: who does not answer in time is named, and nothing is asked twice.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import nlargest
from typing import Any

import msgspec

from accounts.loops import BackgroundTasks
from accounts.selectors import CredentialKind
from events.clients.client import Client
from events.hub.channel import LayerChannel, Message
from events.hub.registry import ClientRegistry
from events.peers.presence import PEERS_GROUP, PROCESS_NAME, Presence

logger = logging.getLogger(__name__)

# How long the others have to answer.
ANSWER_S = 1.0
# Answers that are made at once; one takes a few milliseconds, and who asks may ask again.
MAX_TASKS = 10


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Which clients are asked for: those of certain users or addresses, the newest first."""

    user_ids: frozenset[int] = frozenset()
    address: str = ""
    """Part of an address; empty, with no users either: all clients."""
    most: int = 1000

    def matches(self, client: Client) -> bool:
        """Whether a client is asked for; `most` is not looked at."""
        if not (self.user_ids or self.address):
            return True
        is_of_user = any(login.principal.user_id in self.user_ids for login in client.subscribers)
        return is_of_user or bool(self.address and self.address in client.address)


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """What is told of a client: nothing by which its messages could be had."""

    number: int
    logins: tuple[tuple[int, CredentialKind], ...]
    """User ids, and by what they logged in."""
    address: str
    transport: str
    """What carries it, or carried it last; empty when it only pushed."""
    since: datetime
    """When it was first heard of in its process; UTC."""
    away_since: datetime | None
    followed: dict[str, int]
    """How many trackers, by the type of events."""
    frames: int
    bytes: int
    waiting_messages: int
    waiting_states: int


@dataclass(frozen=True, slots=True)
class ProcessAnswer:
    """What one process says of its clients."""

    channel: str
    """By which it is told to end a client."""
    process: str
    total: int
    """How many clients match; not all of them need be here."""
    clients: tuple[ConnectedClient, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What all processes said, and the names of those that did not answer."""

    answers: tuple[ProcessAnswer, ...]
    silent: tuple[str, ...]


@dataclass(slots=True)
class _Question:
    """What is asked, and which channels are known to be there to answer it."""

    expected: Collection[str]
    answers: list[ProcessAnswer] = field(default_factory=list)
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)
    is_ended: bool | None = None

    def take(self, answer: ProcessAnswer) -> None:
        self.answers.append(answer)
        if self.expected and {one.channel for one in self.answers}.issuperset(self.expected):
            self.is_answered.set()


def describe(client: Client) -> ConnectedClient:
    """What is told of a client."""
    outbox = client.outbox
    subscriptions = [(kind.name, one) for subscriber in client.subscribers for kind, one in subscriber.in_use]
    followed: dict[str, int] = {}
    for name, subscription in subscriptions:
        followed[name] = followed.get(name, 0) + len(subscription.source_ids)
    return ConnectedClient(
        client.number,
        tuple((login.principal.user_id, login.principal.kind) for login in client.subscribers),
        client.address,
        outbox.last_transport,
        client.since,
        None if outbox.is_connected else outbox.away_since,
        followed,
        outbox.frames_sent,
        outbox.bytes_sent,
        outbox.waiting_count,
        sum(subscription.waiting_count for _, subscription in subscriptions),
    )


class ConnectedClients:
    """Asks the processes for their clients, and answers when they ask."""

    def __init__(self, channel: LayerChannel, presence: Presence, registry: ClientRegistry) -> None:
        self._channel, self._presence, self._registry = channel, presence, registry
        self._numbers = itertools.count(1)
        self._questions: dict[int, _Question] = {}
        self._tasks = BackgroundTasks("connected clients", limit=MAX_TASKS)
        channel.on_message("clients.list", call=self._hear_list)
        channel.on_message("clients.listed", call=self._hear_listed)
        channel.on_message("clients.end", call=self._hear_end)
        channel.on_message("clients.ended", call=self._hear_ended)

    async def stop(self) -> None:
        """Ends what is under way."""
        await self._tasks.stop()

    # Asking

    async def find(self, wanted: ClientFilter) -> Findings:
        """The clients of all processes, as far as these answer within ANSWER_S."""
        others: dict[str, str] = {}
        question = _Question(())
        if await self._channel.reaches_others():
            others = self._presence.others
            # A process that has just begun knows too few to tell when all have answered; it waits the whole time.
            question.expected = self._presence.known_others
            if others or self._presence.is_new:
                await self._ask(question, "clients.list", wanted=msgspec.json.encode(wanted))
        answered = {answer.channel for answer in question.answers}
        silent = sorted(name for channel, name in others.items() if channel not in answered)
        return Findings((self._list(wanted), *question.answers), tuple(silent))

    async def end(self, channel: str, number: int) -> bool | None:
        """Ends a client of the process with this channel; whether it was there. None: the process did not answer."""
        if channel == (self._channel.name or ""):
            return self._end(number)
        if not await self._channel.reaches_others() or channel not in self._presence.others:
            return None
        question = _Question(())
        await self._ask(question, "clients.end", channel, client=number)
        return question.is_ended

    async def _ask(self, question: _Question, what: str, channel: str | None = None, **fields: Any) -> None:
        """Asks the process with this channel, or all, and waits for the answers."""
        number = next(self._numbers)
        self._questions[number] = question
        try:
            async with asyncio.timeout(ANSWER_S):
                if channel is None:
                    await self._channel.send_to_group(PEERS_GROUP, what, number=number, **fields)
                else:
                    await self._channel.send(channel, what, number=number, **fields)
                await question.is_answered.wait()
        except TimeoutError:
            logger.info("not all processes told of their clients")
        finally:
            del self._questions[number]

    def _hear_listed(self, message: Message) -> None:
        if (question := self._questions.get(message["number"])) is not None:
            question.take(msgspec.json.decode(message["answer"], type=ProcessAnswer))

    def _hear_ended(self, message: Message) -> None:
        if (question := self._questions.get(message["number"])) is not None:
            question.is_ended = message["is_ended"]
            question.is_answered.set()

    # Answering

    def _hear_list(self, message: Message) -> None:
        answer = msgspec.json.encode(self._list(msgspec.json.decode(message["wanted"], type=ClientFilter)))
        self._answer(message, "clients.listed", answer=answer)

    def _hear_end(self, message: Message) -> None:
        self._answer(message, "clients.ended", is_ended=self._end(message["client"]))

    def _answer(self, message: Message, what: str, **fields: Any) -> None:
        self._tasks.start(self._channel.send(message["sender"], what, number=message["number"], **fields))

    def _list(self, wanted: ClientFilter) -> ProcessAnswer:
        found = [client for client in self._registry.clients if wanted.matches(client)]
        newest = nlargest(wanted.most, found, key=lambda client: client.since)
        return ProcessAnswer(self._channel.name or "", PROCESS_NAME, len(found), tuple(map(describe, newest)))

    def _end(self, number: int) -> bool:
        for client in self._registry.clients:
            if client.number == number:
                client.outbox.expel(datetime.now(UTC))
                return True
        return False
