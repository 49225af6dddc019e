"""Marks: which clients had subscribed, for longer than any process keeps them (docs/decisions/0033).

In the broker, where they outlive the process; without one, in this process. A mark says nothing but that there was a
subscription, and is a digest: who reads the broker learns no id by it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import astuple
from hashlib import sha256
from typing import Any

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.exceptions import RedisError

from accounts.loops import BackgroundTasks
from accounts.wire.broker_urls import parse_watched
from events.clients.identity import Identity

logger = logging.getLogger(__name__)

# A weekend, and the hours around it.
KEPT_S = 3 * 24 * 3600
# A mark is made anew so often while its client is known.
RENEWED_S = 3600.0
ANSWER_S = 0.5
# So often it is asked for a mark: a process that has just started may be busy for longer than an answer takes.
TRIES = 4
MAX_CONNECTIONS = 10
# How long one waits for a connection.
TURN_S = 10.0
MAX_MARKS = 100_000
# What is being written; what is beyond is written with the next beat.
MAX_TASKS = 100
_BROKER_ERRORS = (RedisError, OSError, TimeoutError)


class Marks:
    """Directory of the clients that had subscribed, by digests of what they are known by."""

    def __init__(self) -> None:
        # When each was written last, by the loop's clock; the oldest first.
        self._written: OrderedDict[Identity, float] = OrderedDict()
        self._tasks = BackgroundTasks("marks", limit=MAX_TASKS)
        self._broker: Any = None
        if settings.REDIS_URL:
            self._broker = Redis(connection_pool=_make_pool(settings.REDIS_URL))

    def note(self, identity: Identity, *, anew: bool = True) -> None:
        """Marks a client that has subscribed; unless `anew`, not if it was done of late."""
        now = asyncio.get_running_loop().time()
        if not anew and now - self._written.get(identity, -RENEWED_S) < RENEWED_S:
            return
        if self._broker is None or self._tasks.start(self._write(identity)):
            self._keep(identity, now)

    def forget(self, identity: Identity) -> None:
        """Takes the mark away from a client that said goodbye, or that knows that it has no subscription."""
        self._written.pop(identity, None)
        if self._broker is not None:
            self._tasks.start(self._delete(_key(identity)))

    async def take(self, identity: Identity) -> bool:
        """Takes the mark away; whether there was one. False when the broker does not answer, and then it stays."""
        was_here = self._written.pop(identity, None) is not None
        if self._broker is None:
            return was_here
        # Asked first, and as often as need be: of a removal whose answer is late nobody would know what it removed.
        is_marked = await self._is_marked(_key(identity))
        if is_marked:
            await self._delete(_key(identity))
        return is_marked

    async def stop(self) -> None:
        """Ends what is under way."""
        await self._tasks.stop()
        if self._broker is not None:
            pool = self._broker.connection_pool
            await self._broker.aclose(close_connection_pool=True)
            if isinstance(pool, SentinelConnectionPool):
                await asyncio.gather(*(one.aclose() for one in pool.sentinel_manager.sentinels))

    def _keep(self, identity: Identity, now: float) -> None:
        self._written.pop(identity, None)
        self._written[identity] = now
        if len(self._written) > MAX_MARKS:
            self._written.popitem(last=False)

    async def _write(self, identity: Identity) -> None:
        try:
            await self._broker.set(_key(identity), b"", ex=KEPT_S)
        except _BROKER_ERRORS as error:
            self._written.pop(identity, None)
            logger.info("a client that subscribed could not be marked: %s", error)

    async def _is_marked(self, key: str) -> bool:
        fault: Exception | None = None
        for _ in range(TRIES):
            try:
                return bool(await self._broker.exists(key))
            except _BROKER_ERRORS as error:
                fault = error
        logger.info("the broker did not say whether a client had subscribed: %s", fault)
        return False

    async def _delete(self, key: str) -> None:
        try:
            await self._broker.unlink(key)
        except _BROKER_ERRORS as error:
            logger.info("the mark of a client could not be removed: %s", error)


def _make_pool(url: str) -> ConnectionPool:
    waits: dict[str, Any] = {"socket_connect_timeout": ANSWER_S, "socket_timeout": ANSWER_S}
    if (watched := parse_watched(url)) is not None:
        sentinel = Sentinel(watched.sentinels, sentinel_kwargs=waits)  # type: ignore[no-untyped-call]
        # This one cannot wait for a turn: there are no more turns than tasks.
        options = {"protocol": 2, "max_connections": 2 * MAX_TASKS, **waits, **watched.options}
        return SentinelConnectionPool(watched.master, sentinel, **options)  # type: ignore[no-untyped-call]
    # All clients of a process that died come at once: they wait for each other, and are not refused.
    return BlockingConnectionPool.from_url(url, max_connections=MAX_CONNECTIONS, timeout=TURN_S, protocol=2, **waits)


def _key(identity: Identity) -> str:
    digest = sha256("\n".join(astuple(identity)).encode()).hexdigest()
    return f"{settings.REDIS_PREFIX}.subscribed.{digest}"
