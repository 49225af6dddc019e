"""Notices: what one process tells the others about an account, over the channel layer.

The layer delivers at most once. Each notice therefore carries its publisher and a number that runs per account, and
each publisher says once a second which numbers it gave out last, so that a hearer notices whatever was lost and reads
the database instead (docs/architecture.md, "When notices get lost").
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec
from asgiref.sync import SyncToAsync, async_to_sync
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.loops import BackgroundTasks, PerLoop
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.notices import Stream, notice, notice_class

logger = logging.getLogger(__name__)

MAIN_LAYER = DEFAULT_CHANNEL_LAYER
"""The channel layer of the first broker, over which processes talk of other things than accounts as well."""
TICK_GROUP = "ticks"
TICK_INTERVAL_S = 1.0
# So many notices wait for one answer.
MOST_AT_ONCE = 500
# What a broken or missing broker raises; anything else is a bug and is not caught.
LAYER_ERRORS = (RedisError, OSError)

Message = dict[str, Any]


@notice("logins_ended")
@dataclass(frozen=True, slots=True)
class LoginsEnded:
    """Credentials that are worth nothing from now on, by digest."""

    digests: tuple[str, ...]
    cause: LogoutCause


@notice("settings_changed")
@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """A user's time zone is another one from now on."""

    user_id: int
    time_zone: str


@notice("session_renewed")
@dataclass(frozen=True, slots=True)
class SessionRenewed:
    """A session got a new end, in seconds since the epoch."""

    digest: str
    expires_at: float


def layer_names() -> tuple[str, ...]:
    """The channel layers that notices travel over: one for each broker."""
    return tuple(settings.CHANNEL_LAYERS)


def layer_of(account_id: int) -> str:
    """The channel layer over which an account's notices travel; all processes must have the same brokers."""
    names = layer_names()
    # Accounts are users, whose ids have no even distances.
    return names[crc32(account_group(account_id).encode()) % len(names)] if len(names) > 1 else names[0]


def account_group(account_id: int) -> str:
    """The group of the channel layer on which an account's notices travel, but for those of its shards."""
    return Stream(account_id).group


def decode_notice(envelope: dict[str, Any]) -> Any:
    """The notice in a message of the layer."""
    return msgspec.json.decode(envelope["body"], type=notice_class(envelope["kind"]))


@dataclass(frozen=True, slots=True)
class Encoded:
    """A notice as it is sent."""

    account_id: int
    kind: str
    body: bytes
    shard: int | None = None

    @property
    def stream(self) -> Stream:
        """In which it is numbered."""
        return Stream(self.account_id, self.shard)


class Publisher:
    """Sends the notices of one event loop over one channel layer, and numbers them."""

    def __init__(self, layer: str = MAIN_LAYER) -> None:
        self.identity = uuid.uuid4().hex
        self._layer = channel_layers[layer]
        self._title = "" if layer == MAIN_LAYER else f" {layer}"
        self._numbers: Counter[Stream] = Counter()
        # How many notices each stream got since the last tick.
        self._counts: Counter[Stream] = Counter()
        self._tick_number = 0
        self._ticked_s = time.monotonic()
        self._ticking: asyncio.Task[None] | None = None
        self._is_down = False
        self._sending = asyncio.Lock()
        self._handed_over = BackgroundTasks("publisher")

    def begin_sending(self, notices: Sequence[Encoded]) -> None:
        """Sends notices without being waited for; `stop` waits."""
        self.start_ticking()
        self._handed_over.start(self.send_all(notices))

    async def send(self, account_id: int, kind: str, body: bytes) -> None:
        """Sends a notice, or gives it a number and drops it while the layer is down: hearers notice the gap."""
        await self.send_all([Encoded(account_id, kind, body)])

    async def send_all(self, notices: Sequence[Encoded]) -> None:
        """Sends several as `send` does one."""
        # One at a time: of many that are sent at once only the first waits for a layer that does not answer, and they
        # are heard in the order of their numbers.
        async with self._sending:
            messages = [(one.stream.group, self._number(one)) for one in notices]
            for begin in range(0, len(messages), MOST_AT_ONCE):
                if not self._is_down:
                    await self._send_to_layer(messages[begin : begin + MOST_AT_ONCE])

    def _number(self, sent: Encoded) -> Message:
        self._numbers[sent.stream] += 1
        self._counts[sent.stream] += 1
        message = {
            "type": "notice",
            "publisher": self.identity,
            "number": self._numbers[sent.stream],
            "account": sent.account_id,
            "kind": sent.kind,
            "body": sent.body,
        }
        return message if sent.shard is None else {**message, "shard": sent.shard}

    def start_ticking(self) -> None:
        """Begins to repeat the last numbers once a second, for as long as the loop runs."""
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick_forever(), name="publisher ticks")

    async def flush(self) -> None:
        """Returns when all that was handed over is sent."""
        await self._handed_over.finish()

    async def stop(self) -> None:
        """Sends what was handed over and says goodbye, so that nobody takes the silence for a loss.

        The publisher can be used again afterwards.
        """
        await self.flush()
        if self._ticking is not None:
            async with self._sending:  # not in the middle of a tick
                self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
            self._ticking = None
        await self._tick(is_last=True)

    async def _tick_forever(self) -> None:
        while True:
            await self._tick()
            await asyncio.sleep(TICK_INTERVAL_S)

    async def _tick(self, *, is_last: bool = False) -> None:
        # Behind the notices whose numbers it tells.
        async with self._sending:
            self._tick_number += 1
            counts, self._counts = self._counts, Counter()
            earlier_s, self._ticked_s = self._ticked_s, time.monotonic()
            message = {
                "type": "tick",
                "publisher": self.identity,
                "number": self._tick_number,
                "after_s": self._ticked_s - earlier_s,
                "numbers": [[one.account_id, self._numbers[one], counts[one]] for one in counts if one.shard is None],
                "shards": [[*one, self._numbers[one], counts[one]] for one in counts if one.shard is not None],
                "is_last": is_last,
            }
            await self._send_to_layer([(TICK_GROUP, message)])

    async def _send_to_layer(self, messages: Sequence[tuple[str, Message]]) -> None:
        try:
            await self._send_twice(messages)
        except LAYER_ERRORS as error:
            if not self._is_down:
                logger.warning("channel layer%s is down, notices wait for it: %s", self._title, error)
            self._is_down = True
        else:
            if self._is_down:
                logger.warning("channel layer%s is back", self._title)
            self._is_down = False

    async def _send_twice(self, messages: Sequence[tuple[str, Message]]) -> None:
        """Sends once more what was not answered in time: hearers drop what comes twice.

        A loop that was blocked finds the time over before it finds the answer, and a busy machine is no broken layer.
        """
        try:
            await _send_all(self._layer, messages)
        except (TimeoutError, RedisTimeoutError):
            await _send_all(self._layer, messages)


async def _send_all(layer: Any, messages: Sequence[tuple[str, Message]]) -> None:
    """Sends each message to its group: in one go if the layer can (config/pubsub.py)."""
    if len(messages) > 1 and hasattr(layer, "group_send_all"):
        await layer.group_send_all(messages)
        return
    for group, message in messages:
        await layer.group_send(group, message)


def _make_publishers() -> dict[str, Publisher]:
    return {name: Publisher(name) for name in layer_names()}


_publishers = PerLoop(_make_publishers)


def current_publisher(layer: str = MAIN_LAYER) -> Publisher:
    """That of the running loop for one channel layer."""
    return _publishers()[layer]


def start_ticking() -> None:
    """Has the publishers of the running loop repeat their last numbers once a second."""
    for publisher in _publishers().values():
        publisher.start_ticking()


async def stop_publishing() -> None:
    """Has the publishers of the running loop send what they have, and say goodbye."""
    await asyncio.gather(*(publisher.stop() for publisher in _publishers().values()))


def publish(account_id: int, sent: Any) -> None:
    """Tells all processes of a notice, once the current transaction is committed. Not for coroutines.

    In a thread that serves an event loop the notice is handed over to that loop; elsewhere it is sent before this
    returns.
    """
    publish_all([(Stream(account_id), sent)])


def publish_all(sent: Iterable[tuple[Stream, Any]]) -> None:
    """The same with notices of several streams, which together cost little more than one."""
    encoded = [Encoded(stream.account_id, one.kind, msgspec.json.encode(one), stream.shard) for stream, one in sent]
    if encoded:
        transaction.on_commit(lambda: _send_or_hand_over(encoded))


def _send_or_hand_over(notices: Sequence[Encoded]) -> None:
    # asgiref notes there which loop a thread works for.
    loop = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    if loop is None:
        async_to_sync(_publish)(notices)
    elif loop.is_running():
        # Without waiting for it: whoever waited would do so for ever when the server is told to stop meanwhile.
        loop.call_soon_threadsafe(_begin_publishing, notices)
    else:
        logger.info("a notice came too late for a server that stops; hearers notice its silence")


async def _publish(notices: Sequence[Encoded]) -> None:
    # At the same time: one broker that does not answer keeps nobody from the others.
    await asyncio.gather(*(_publish_over(layer, of_layer) for layer, of_layer in _by_layer(notices).items()))


async def _publish_over(layer: str, notices: Sequence[Encoded]) -> None:
    publisher = current_publisher(layer)
    await publisher.send_all(notices)
    await publisher.stop()  # with the loop, which was made for this


def _begin_publishing(notices: Sequence[Encoded]) -> None:
    for layer, of_layer in _by_layer(notices).items():
        current_publisher(layer).begin_sending(of_layer)


def _by_layer(notices: Iterable[Encoded]) -> Mapping[str, Sequence[Encoded]]:
    found: defaultdict[str, list[Encoded]] = defaultdict(list)
    for one in notices:
        found[layer_of(one.account_id)].append(one)
    return found
