"""Events over a websocket (atmosphere §2, §6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings

from accounts.wire.errors import ApiError, ErrorCode
from events.node import current_node
from events.protocol import messages
from events.protocol.close_codes import CLOSE_DENIED, CLOSE_TOO_BIG, CLOSE_TRY_AGAIN_LATER
from events.protocol.connection import Connection, read_message
from events.transports._asgi import Message, Receive, Send
from events.transports._caller import REFUSAL_DELAY_S, Caller
from events.transports._daphne import CLOSE_FRAME
from events.transports._outlets import SocketOutlet, prepare_socket, socket_outlet
from events.transports._streams import OutletTransport

logger = logging.getLogger(__name__)


class SocketTransport(OutletTransport):
    """Frames of a websocket."""

    batch_characters = 64 * 1024

    __slots__ = ("_send_all", "batch_limit")

    def __init__(self, connection: Connection, outlet: SocketOutlet) -> None:
        super().__init__(connection, outlet)
        self.batch_limit = outlet.frames_at_once
        self._send_all = outlet.send_all

    def send(self, messages: Sequence[str]) -> bool:
        return self._send_all([self._frame(message) for message in messages])

    def release(self) -> None:
        """Leaves it open: the client closes it itself; a close from here would make it come back (atmosphere §6.1)."""


class EventConsumer(AsyncConsumer):
    """The websocket at `/event/subscription`: commands in, responses and events out."""

    # The node has the process's only channel; a consumer with one of its own would poll the layer.
    channel_layer_alias = ""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serves a connection, and lets go of its client however that ends: the server may cancel it.

        Without the task that Channels makes for each message, to wait for a channel layer as well: while a client is
        idle that is a quarter of what it costs here in memory.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            logger.debug("a websocket ended")
        finally:
            if hasattr(self, "_client"):
                now = datetime.now(UTC)
                await self._node.leave(self._identity, self._client, self._transport, now)

    async def dispatch(self, message: Message) -> None:
        """Calls the handler, without the trip to a worker thread that Channels makes before each.

        Commands touch the database only through functions that look after its connections themselves.
        """
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.receive":
                with self._outlet.reading_nothing():
                    await self._receive(message)
            case "websocket.disconnect":
                raise StopConsumer
            case kind if kind == CLOSE_FRAME:
                message["answer"]()

    async def _connect(self) -> None:
        # Kept no longer than this: of a client that is idle the headers are no small part.
        caller = Caller(self.scope)
        self._node = current_node()
        if not caller.is_of_allowed_origin:
            await self._refuse()
        elif not self._node.registry.has_room_for(caller.address):
            await self._turn_away(caller)
        else:
            await self._open(caller)

    async def _open(self, caller: Caller) -> None:
        prepare_socket(self.base_send)
        await self.send({"type": "websocket.accept"})
        connection = caller.make_connection(Connection)
        self._outlet = socket_outlet(self.base_send)
        if opening := connection.opening():
            self._outlet.send(opening)
        self._transport = SocketTransport(connection, self._outlet)
        self._identity = caller.identity
        self._client = self._node.enter(self._identity, self._transport, datetime.now(UTC), address=caller.address)

    async def _refuse(self) -> None:
        await asyncio.sleep(REFUSAL_DELAY_S)
        await self.send({"type": "websocket.close", "code": CLOSE_DENIED})
        raise StopConsumer

    async def _turn_away(self, caller: Caller) -> None:
        """Lets some clients in and out again, as they fall back to another transport only then (atmosphere §6.3)."""
        if caller.parameters.falls_back_only_after_accept:
            await self.send({"type": "websocket.accept"})
            outlet = socket_outlet(self.base_send)
            outlet.end(CLOSE_TRY_AGAIN_LATER)
            await outlet.wait()
            raise StopConsumer
        await self._refuse()

    async def _receive(self, message: Message) -> None:
        text = message.get("text")
        if text is None:
            self._client.queue(messages.error(ApiError(ErrorCode.WRONG_FORMAT), None, {}))
        elif len(text.encode()) > settings.MAX_MESSAGE_BYTES:
            self._transport.end(CLOSE_TOO_BIG)
            return
        elif (command := read_message(text)) is not None:
            await self._node.receive(command, self._client, self._identity)
        # The next command is read when this answer is out: a client that does not read cannot pile up answers.
        await self._client.outbox.drain()


class RefusingConsumer(AsyncConsumer):
    """Refuses the upgrade at an address where there is no websocket."""

    channel_layer_alias = ""

    async def websocket_connect(self, message: Message) -> None:
        await self.send({"type": "websocket.close"})
        raise StopConsumer
