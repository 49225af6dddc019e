"""Who is connected, to any of the processes: each tells of its own clients, and ends those that it is told to end.

Asked over the channel layer, on the group that the relay hears too. It may lose anything: who does not answer in time
is named, and nothing is asked twice.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Collection, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import nlargest
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from accounts.notices import LAYER_ERRORS
from accounts.selectors import CredentialKind
from events.clients.client import Client
from events.peers.relay import PROCESS_NAME, RELAY_GROUP

if TYPE_CHECKING:
    from events.hub.hub import Hub

logger = logging.getLogger(__name__)

SURVEY = "survey."
# How long the others have to answer.
ANSWER_S = 1.0
# Answers that are made at once; one takes a few milliseconds, and who asks may ask again.
MAX_TASKS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which clients are asked for: those of certain users or addresses, the newest first."""

    user_ids: frozenset[int] = frozenset()
    address: str = ""
    """Part of an address; empty, with no users either: all clients."""
    most: int = 1000

    def matches(self, client: Client) -> bool:
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
class Answer:
    """What one process says."""

    channel: str
    """By which it is told to end a client."""
    process: str
    total: int
    """How many clients match; not all of them need be here."""
    clients: tuple[ConnectedClient, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What all processes said, and the names of those that did not answer."""

    answers: tuple[Answer, ...]
    silent: tuple[str, ...]


@dataclass(slots=True)
class _Question:
    """What is asked, and who is known to be there to answer it."""

    expected: Collection[str]
    answers: list[Answer] = field(default_factory=list)
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)
    is_ended: bool | None = None

    def take(self, answer: Answer) -> None:
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


class Survey:
    """Asks the processes for their clients, and answers. The hub listens for it, on its channel."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._numbers = itertools.count(1)
        self._questions: dict[int, _Question] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # Asking

    async def collect(self, wanted: Wanted) -> Findings:
        """The clients of all processes, as far as these answer within ANSWER_S."""
        others: dict[str, str] = {}
        question = _Question(())
        if await self._hears():
            others = self._hub.relay.others
            question.expected = () if self._hub.relay.is_new else others.keys()
            if others or self._hub.relay.is_new:
                await self._ask(question, "ask", wanted=msgspec.json.encode(wanted))
        answered = {answer.channel for answer in question.answers}
        silent = sorted(name for channel, name in others.items() if channel not in answered)
        return Findings((self._answer(wanted), *question.answers), tuple(silent))

    async def end(self, channel: str, number: int) -> bool | None:
        """Ends a client of the process with this channel; whether it was there. None: the process did not answer."""
        if channel == self._channel:
            return self._end(number)
        if not await self._hears() or channel not in self._hub.relay.others:
            return None
        question = _Question(())
        await self._ask(question, "end", channel, client=number)
        return question.is_ended

    async def stop(self) -> None:
        """Ends what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hears(self) -> bool:
        """Whether there may be others, and they could be heard."""
        if not settings.REDIS_URL:
            return False
        try:
            await self._hub.hear()
        except TimeoutError:
            return False
        return True

    async def _ask(self, question: _Question, what: str, channel: str | None = None, **fields: Any) -> None:
        number = next(self._numbers)
        self._questions[number] = question
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._send(channel, what, number=number, **fields)
                await question.is_answered.wait()
        except TimeoutError:
            logger.info("not all processes told of their clients")
        finally:
            del self._questions[number]

    # Answering

    def hear(self, message: dict[str, Any]) -> None:
        """Does what another process asks for, or takes its answer."""
        sender, number = message["sender"], message["number"]
        if sender == self._hub.channel:
            return
        question = self._questions.get(number)
        match message["type"].removeprefix(SURVEY):
            case "ask":
                answer = self._answer(msgspec.json.decode(message["wanted"], type=Wanted))
                self._start(self._send(sender, "answer", number=number, answer=msgspec.json.encode(answer)))
            case "answer" if question is not None:
                question.take(msgspec.json.decode(message["answer"], type=Answer))
            case "end":
                is_ended = self._end(message["client"])
                self._start(self._send(sender, "ended", number=number, is_ended=is_ended))
            case "ended" if question is not None:
                question.is_ended = message["is_ended"]
                question.is_answered.set()

    def _answer(self, wanted: Wanted) -> Answer:
        found = [client for client in self._hub.all_clients if wanted.matches(client)]
        newest = nlargest(wanted.most, found, key=lambda client: client.since)
        return Answer(self._channel, PROCESS_NAME, len(found), tuple(map(describe, newest)))

    def _end(self, number: int) -> bool:
        for client in self._hub.all_clients:
            if client.number == number:
                client.outbox.expel(datetime.now(UTC))
                return True
        return False

    # The layer

    @property
    def _channel(self) -> str:
        return self._hub.channel or ""

    async def _send(self, channel: str | None, what: str, **fields: Any) -> None:
        """To the process with this channel, or to all."""
        message = {"type": SURVEY + what, "sender": self._hub.channel, **fields}
        try:
            if channel is None:
                await self._hub.layer.group_send(RELAY_GROUP, message)
            else:
                await self._hub.layer.send(channel, message)
        except LAYER_ERRORS as error:
            logger.info("the other processes cannot be asked for their clients: %s", error)

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MAX_TASKS:
            job.close()
            return
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
