"""The ear of a process: its one channel on the channel layer, and who is called for what is heard on it.

The layer is a broker between processes, or memory within one; it delivers at most once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from accounts.notices import LAYER_ERRORS

logger = logging.getLogger(__name__)

# A process that has just begun joins its groups first.
OPEN_TIMEOUT_S = 2.0

Message = dict[str, Any]


class LayerChannel:
    """Channel of this process on the channel layer: joins groups, sends, and hands on what is heard by its type."""

    def __init__(self, groups: Iterable[str], *, start: Callable[[], None]) -> None:
        """Hears `groups` from the beginning. `start` sees to it that `listen` runs, and may be called again."""
        self.name: str | None = None
        """By which others send to this process; None until the layer was reached for the first time."""
        self._layer = get_channel_layer()
        self._groups = tuple(groups)
        self._start = start
        self._is_open = asyncio.Event()
        self._hearers: dict[str, Callable[[Message], None]] = {}
        self._on_open: list[Callable[[], Awaitable[None]]] = []

    # Hearing

    def on_message(self, *types: str, call: Callable[[Message], None]) -> None:
        """Has messages of these types handed to `call`, which must not wait: all others wait behind it."""
        self._hearers.update(dict.fromkeys(types, call))

    def on_open(self, call: Callable[[], Awaitable[None]]) -> None:
        """Has `call` awaited for each channel that is opened, before anything is heard on it."""
        self._on_open.append(call)

    async def wait_until_open(self) -> None:
        """Returns when the groups are heard. Raises TimeoutError when that takes too long."""
        self._start()
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            await self._is_open.wait()

    async def reaches_others(self) -> bool:
        """Whether other processes would hear: not with a layer in memory, nor with one that is down."""
        if not settings.REDIS_URL:
            return False
        try:
            await self.wait_until_open()
        except TimeoutError:
            return False
        return True

    async def listen(self) -> None:
        """Opens a channel and hears it until the layer fails; to be begun anew then."""
        name = await self._layer.new_channel()
        for group in self._groups:
            await self._layer.group_add(group, name)
        self.name = name
        self._is_open.set()
        for call in self._on_open:
            await call()
        while True:
            self.hear(await self._layer.receive(name))

    def hear(self, message: Message) -> None:
        """Hands a message to whoever is there for its type; nobody may be, as processes of two versions may meet."""
        hearer = self._hearers.get(message["type"])
        # Who sends to a group is in it and hears himself.
        if hearer is None or (self.name is not None and message.get("sender") == self.name):
            return
        try:
            hearer(message)
        except Exception:
            # The channel stays: the layer would fill a forsaken one for ever.
            logger.exception("unexpected error in a message of the channel layer")

    # Speaking

    async def send(self, channel: str, message_type: str, **fields: Any) -> None:
        """To the process with this channel. What cannot be sent is lost, as anything may be on the layer."""
        await self._try(self._layer.send(channel, self._message(message_type, fields)))

    async def send_to_group(self, group: str, message_type: str, **fields: Any) -> None:
        """To all processes that joined a group, but not to this one."""
        await self._try(self._layer.group_send(group, self._message(message_type, fields)))

    def _message(self, message_type: str, fields: dict[str, Any]) -> Message:
        return {"type": message_type, "sender": self.name, **fields}

    async def _try(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except LAYER_ERRORS as error:
            logger.info("the other processes cannot be reached: %s", error)

    # Groups

    async def join(self, group: str) -> bool:
        """Joins a group; whether the layer could be reached. Only for who knows that the channel is open."""
        try:
            await self._layer.group_add(group, self.name)
        except LAYER_ERRORS:
            return False
        return True

    async def leave(self, group: str) -> None:
        """Leaves a group, if the layer can be reached; else this process hears what nobody here wants."""
        try:
            await self._layer.group_discard(group, self.name)
        except LAYER_ERRORS:
            logger.info("could not leave the group %s", group)
