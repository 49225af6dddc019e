"""Presence: which other processes there are. Each says once a second that it is there, and by what people know it."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass

from django.conf import settings

from events.hub.channel import LayerChannel, Message

# The group of the channel layer that all processes are in.
PEERS_GROUP = "clients"
# By what people know this process.
PROCESS_NAME = f"{socket.gethostname()}:{os.getpid()}"
# One that was not heard for so long is gone and is not waited for.
GONE_AFTER_S = 3.5


@dataclass(frozen=True, slots=True)
class _Peer:
    """Another process, and when it was heard last by the loop's clock."""

    name: str
    heard_at: float


class Presence:
    """Directory of the other processes, by the channels that they hear."""

    def __init__(self, channel: LayerChannel) -> None:
        self._channel = channel
        self._peers: dict[str, _Peer] = {}
        self._began_at: float | None = None
        channel.on_message("presence.here", call=self._hear)

    @property
    def others(self) -> dict[str, str]:
        """The other processes as far as they are known: what people call them, by channel."""
        return {channel: peer.name for channel, peer in self._peers.items()}

    @property
    def is_new(self) -> bool:
        """Whether others may not have been heard of yet."""
        return self._began_at is None or asyncio.get_running_loop().time() - self._began_at < GONE_AFTER_S

    @property
    def known_others(self) -> frozenset[str]:
        """The channels of all the others; empty when one may be among them that was not heard of yet."""
        return frozenset() if self.is_new else frozenset(self._peers)

    async def has_others(self) -> bool:
        """Whether there may be other processes to ask; one that has just begun does not know yet."""
        return await self._channel.reaches_others() and (self.is_new or bool(self._peers))

    async def announce(self) -> None:
        """Lets the others know of this process, and forgets those that are gone. To be called every second or so."""
        now = asyncio.get_running_loop().time()
        self._peers = {channel: peer for channel, peer in self._peers.items() if now - peer.heard_at < GONE_AFTER_S}
        if settings.REDIS_URL and self._channel.name is not None:
            self._began_at = self._began_at or now
            await self._channel.send_to_group(PEERS_GROUP, "presence.here", name=PROCESS_NAME)

    def _hear(self, message: Message) -> None:
        self._peers[message["sender"]] = _Peer(message["name"], asyncio.get_running_loop().time())
