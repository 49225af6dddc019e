"""What clients left behind in a process that ended or that they left, kept for the process in which they go on.

It lies in the cache, which is the broker's where there are several processes, no longer than a client may stay away.
Whoever takes it there has it alone (docs/decisions/0089).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Protocol, cast

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from events.clients.identity import Identity
from events.peers.handover import Handover, joined

logger = logging.getLogger(__name__)

# Written in one go.
BATCH = 200
# A client for which more waits begins anew: in the broker it would be in the way of notices.
MAX_BYTES = 1024 * 1024
# One that moves takes along whatever its outbox may hold.
MAX_MOVED_BYTES = 32 * 1024 * 1024
# Of two processes that leave something of one client at the same moment.
LEAVE_TRIES = 5
ERRORS = (RedisError, OSError)


class _Store(Protocol):
    """What the broker's cache can do (config/caching.py)."""

    def add(self, key: str, value: bytes, timeout: float) -> bool:
        """Keeps a value unless there is one."""

    def take(self, key: str) -> bytes | None:
        """Takes the value away; nobody else has it then."""


_store = cast(_Store, cache)


async def leave(identity: Identity, handover: Handover) -> bool:
    """Keeps what a client that moves left, with what lies there already; whether it is kept."""
    try:
        return await sync_to_async(_leave, thread_sensitive=False)(_key(identity), handover)
    except ERRORS as error:
        logger.warning("what a client takes along cannot be kept for it: %s", error)
        return False


async def leave_behind(handovers: Mapping[Identity, Handover]) -> None:
    """Keeps what these clients left. What cannot be kept is lost, and its client begins anew."""
    encoded = {_key(identity): msgspec.json.encode(handover) for identity, handover in handovers.items()}
    small = [(key, body) for key, body in encoded.items() if len(body) <= MAX_BYTES]
    for begin in range(0, len(small), BATCH):
        await _try_to_keep(dict(small[begin : begin + BATCH]))


async def take_what_was_left(identity: Identity) -> Handover | None:
    """What a client left, if anything; nobody finds it afterwards."""
    try:
        body = await sync_to_async(_store.take, thread_sensitive=False)(_key(identity))
        return None if body is None else msgspec.json.decode(body, type=Handover)
    except (*ERRORS, msgspec.MsgspecError) as error:
        logger.info("what a client left behind cannot be read: %s", error)
        return None


async def _try_to_keep(batch: dict[str, bytes]) -> None:
    try:
        await sync_to_async(cache.set_many, thread_sensitive=False)(batch, settings.ATMOSPHERE_AWAY_S)
    except ERRORS as error:
        logger.warning("what clients leave behind cannot be kept, and they begin anew: %s", error)


def _leave(key: str, handover: Handover) -> bool:
    for _ in range(LEAVE_TRIES):
        body = msgspec.json.encode(handover)
        if len(body) > MAX_MOVED_BYTES:
            logger.warning("a client that moves would take along more than the broker keeps for one")
            return False
        if _store.add(key, body, settings.ATMOSPHERE_AWAY_S):
            return True
        # Another process left something of the same client, which must not be overwritten.
        if (there := _store.take(key)) is not None:
            handover = joined(msgspec.json.decode(there, type=Handover), handover)
    return False


def _key(identity: Identity) -> str:
    """Not the tracking id itself, by which its client is let in."""
    parts = "\0".join((identity.path, identity.tracking_id, identity.address))
    return f"left:{hashlib.sha256(parts.encode()).hexdigest()}"
