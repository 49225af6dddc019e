"""Transports and a layer that do what a test tells them."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import threading
from collections.abc import Sequence
from typing import Any

from channels.layers import InMemoryChannelLayer
from django.core.cache.backends.locmem import LocMemCache

from accounts.notices import current_publisher
from events.clients.transport import Transport
from events.protocol.close_codes import CLOSE_NORMAL
from events.protocol.connection import Connection, PollConnection
from tests.described import check_message
from tests.events.builders import make_connection
from tests.patience import PATIENCE_S


class FakeTransport(Transport):
    """Keeps the frames; can be told to take no more of them, to fail, or to be gone."""

    def __init__(self, connection: Connection | None = None) -> None:
        super().__init__(connection or make_connection())
        self.frames: asyncio.Queue[str] = asyncio.Queue()
        self.ended_with: int | None = None
        self.is_released = False
        self.fails = False
        self._is_gone = False
        self._room = math.inf
        self._is_open = asyncio.Event()
        self._is_open.set()

    @property
    def is_gone(self) -> bool:
        return self._is_gone

    def send(self, messages: Sequence[str]) -> bool:
        if self.fails:
            raise RuntimeError("the transport fails")
        [message] = messages
        return self._take(self.connection.frame(message))

    def beat(self) -> None:
        if (beat := self.connection.heartbeat()) is not None:
            self._take(beat)

    async def wait(self) -> None:
        await self._is_open.wait()

    def end(self, code: int) -> None:
        self.ended_with = code

    def end_later(self, wait_s: float) -> None:
        self.end(CLOSE_NORMAL)

    def release(self) -> None:
        self.is_released = True

    def block(self) -> None:
        self._is_open.clear()

    def unblock(self, *, room: float = math.inf) -> None:
        """Takes frames again, so many."""
        self._room = room
        self._is_open.set()

    def lose(self) -> None:
        """The connection is gone; whoever waits for it is told."""
        self._is_gone = True
        self._is_open.set()

    def taken(self) -> list[str]:
        """The frames that nobody looked at yet."""
        return [self.frames.get_nowait() for _ in range(self.frames.qsize())]

    async def frame(self) -> str:
        """The next frame."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.frames.get()

    async def message(self) -> dict[str, Any]:
        """The next frame as a document."""
        message = json.loads(await self.frame())
        check_message(message)
        return message

    async def messages(self, count: int) -> list[dict[str, Any]]:
        return [await self.message() for _ in range(count)]

    def _take(self, frame: str) -> bool:
        is_taken = self._is_open.is_set() and not self._is_gone
        if is_taken:
            self.frames.put_nowait(frame)
            self._room -= 1
            if not self._room:
                self.block()
        return is_taken


class FakePoll(FakeTransport):
    """A poll: it is over with its answer, and can give the messages in it back."""

    ends_with_sending = True

    def __init__(self, connection: PollConnection | None = None) -> None:
        self._poll = connection or make_connection(kind=PollConnection)
        super().__init__(self._poll)
        self.answered: Sequence[str] = ()

    @property
    def batch_limit(self) -> int:
        return 1000 if self._poll.takes_batches else 1

    def send(self, messages: Sequence[str]) -> bool:
        self.answered = messages
        return self._answer(self._poll.body(messages))

    def beat(self) -> None:
        self._answer(self._poll.heartbeat())

    def _answer(self, body: str) -> bool:
        is_taken = self._take(body)
        if is_taken:
            self.lose()
        return is_taken


class MemoryBroker(LocMemCache):
    """The broker's cache, in memory."""

    fails = False
    is_open = threading.Event()
    """While it is not set whoever leaves something waits."""
    is_open.set()

    def add(self, key: str, value: bytes, timeout: float = 300, version: int | None = None) -> bool:
        """Keeps a value unless there is one."""
        self.is_open.wait(PATIENCE_S)
        if self.fails:
            raise OSError("the broker fails")
        return super().add(key, value, timeout, version)

    def take(self, key: str) -> bytes | None:
        """The value, for the one who takes it."""
        name = self.make_and_validate_key(key)
        with self._lock:
            pickled = self._cache.pop(name, None)
            self._expire_info.pop(name, None)
        return None if pickled is None else pickle.loads(pickled)


class LossyLayer(InMemoryChannelLayer):
    """Delivers at most once, like any layer; loses what it is told to lose."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.loses = False
        self.is_down = False
        self.loses_next: set[str] = set()
        """The types of message of which the next one is lost."""
        self.holds: set[str] = set()
        """The types of message that do not arrive yet."""
        self.held_count = 0
        self.breaks_on: set[str] = set()
        """The types of message of which the next one breaks the channel that receives it."""
        self.deaf: set[str] = set()
        """Channels at which nothing arrives any more, although nothing fails."""
        self.opened: list[str] = []
        """Every channel that there was, in order."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        name: str = await super().new_channel(prefix)
        self.opened.append(name)
        return name

    def deafen(self) -> None:
        """Lets the channels that are open hear nothing any more; new ones hear."""
        self.deaf.update(self.opened)

    async def held(self, count: int = 1) -> None:
        """Returns when so many messages are held."""
        async with asyncio.timeout(PATIENCE_S):
            while self.held_count < count:
                await asyncio.sleep(0)

    async def heal(self) -> None:
        """Loses nothing from now on, but all that was published until now."""
        await current_publisher().flush()
        self.loses = self.is_down = False

    async def group_add(self, group: str, channel: str) -> None:
        if self.is_down:
            raise OSError("the layer is down")
        await super().group_add(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_down:
            raise OSError("the layer is down")
        kind = message["type"]
        if kind in self.loses_next:
            self.loses_next.remove(kind)
        elif not self.loses:
            await super().group_send(group, message)

    async def receive(self, channel: str) -> dict[str, Any]:
        message: dict[str, Any] = await super().receive(channel)
        if message["type"] in self.breaks_on:
            self.breaks_on.remove(message["type"])
            raise OSError("the layer broke")
        return message

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind in self.loses_next:
            self.loses_next.remove(kind)
            return
        self.held_count += kind in self.holds
        while kind in self.holds:
            await asyncio.sleep(0)
        if channel not in self.deaf:
            await super().send(channel, message)
