"""The ear of a process: its one channel on the channel layer, and who is called for what is heard on it.

The layer is a broker between processes, or memory within one; it delivers at most once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.layers import channel_layers
from django.conf import settings

from accounts.notices import LAYER_ERRORS, MAIN_LAYER

logger = logging.getLogger(__name__)

# A process that has just begun joins its groups first.
OPEN_TIMEOUT_S = 2.0
# What hangs on a dead connection gives up after half a second (CHANNEL_LAYERS), and two such may wait for each other.
FORSAKE_TIMEOUT_S = 2.0

Message = dict[str, Any]


class LayerChannel:
    """Channel of this process on the channel layer: joins groups, sends, and hands on what is heard by its type."""

    def __init__(self, groups: Iterable[str], *, start: Callable[[], None], layer: str = MAIN_LAYER) -> None:
        """Hears `groups` from the beginning. `start` sees to it that `listen` runs, and may be called again."""
        self.layer = layer
        """The name of the channel layer, which is a broker's."""
        self.title = "" if layer == MAIN_LAYER else f" {layer}"
        """What tells it from others in a line of the log."""
        self.name: str | None = None
        """By which others send to this process; None until the layer was reached for the first time."""
        self._layer = channel_layers[layer]
        self._groups = tuple(groups)
        self._start = start
        self._is_open = asyncio.Event()
        self._hearing: asyncio.Timeout | None = None
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
        if self.name is not None:
            return self._is_open.is_set()  # only a process that has just begun has reason to wait
        try:
            await self.wait_until_open()
        except TimeoutError:
            return False
        return True

    async def listen(self) -> None:
        """Hears a channel, and a new one after each `open_anew`, until the layer fails; to be begun anew then."""
        try:
            while True:
                await self._hear_channel(await self._open())
        except Exception:
            # The layer would fill for ever what was opened by half.
            await self._forsake()
            raise

    @property
    def is_heard(self) -> bool:
        """Whether a channel is open and waited for, be it in vain; else one is being opened already."""
        return self._hearing is not None

    async def open_anew(self) -> None:
        """Has `listen` open a new channel over a new connection, and forgets the one that `is_heard`."""
        # First the layer forgets the channel: at the end of a `receive` it would have a dead connection unsubscribe.
        await self._forsake()
        # Looked at only now, as the layer may have failed meanwhile.
        if (hearing := self._hearing) is not None:
            self._hearing = None
            hearing.reschedule(asyncio.get_running_loop().time())

    async def _open(self) -> str:
        name: str = await self._layer.new_channel()
        for group in self._groups:
            await self._layer.group_add(group, name)
        self.name = name
        self._is_open.set()
        for call in self._on_open:
            await call()
        return name

    async def _hear_channel(self, name: str) -> None:
        """Returns when the channel was forsaken."""
        try:
            async with asyncio.timeout(None) as hearing:
                self._hearing = hearing
                while True:
                    self.hear(await self._layer.receive(name))
        except TimeoutError:
            if not hearing.expired():
                raise
        finally:
            self._hearing = None

    async def _forsake(self) -> None:
        """Has the layer forget every channel and close its connections; it opens new ones as it needs them."""
        self._is_open.clear()
        try:
            async with asyncio.timeout(FORSAKE_TIMEOUT_S):
                # As read in channels_redis 4.3.0: the pub/sub layer subscribes by one connection, and has a task that
                # reads it for ever. Only `flush` (an extension in the specification of channel layers) replaces the
                # two, and it concerns this event loop alone; the core layer's would take the groups of all processes.
                # It takes a cancellation for that of its own task: therefore the shield.
                await asyncio.shield(self._layer.flush())
        except LAYER_ERRORS as error:
            logger.info("a connection to the channel layer could not be closed properly: %s", error)

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
        """Joins a group; whether the layer could be reached. Only for who knows that a channel was opened."""
        if not self._is_open.is_set():
            return False  # the layer raises for a channel that it has forgotten
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
