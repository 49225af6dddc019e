"""Events over a websocket (protocol sheet 2, 6)."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings

from accounts.errors import ApiError, ErrorCode
from events.client import Client
from events.hub import current_hub
from events.protocol import messages
from events.protocol.commands import CommandError, parse_command
from events.protocol.connection import Connection
from events.protocol.parameters import read_parameters
from events.subscribing import carry_out
from events.transports.outgoing import Message, outgoing_transport

logger = logging.getLogger(__name__)

MAX_FRAME_CHARACTERS = 1024 * 1024
CLOSE_TOO_BIG = 1009
CLOSE_DENIED = 4403


class EventConsumer(AsyncConsumer):
    """The websocket at `/event/subscription`: commands in, responses and events out."""

    # The hub has the process's only channel; a consumer with one of its own would poll the layer.
    channel_layer_alias = ""

    async def __call__(self, *arguments: Any) -> None:
        """Serves a connection, and lets go of its client however that ends: the server may cancel it."""
        try:
            await super().__call__(*arguments)
        finally:
            if hasattr(self, "_client"):
                await self._client.close()
                await self._hub.disconnect(self._client)

    async def dispatch(self, message: Message) -> None:
        """Calls the handler, without the trip to a worker thread that Channels makes before each.

        Commands touch the database only through functions that look after its connections themselves.
        """
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.receive":
                await self._receive(message)
            case "websocket.disconnect":
                raise StopConsumer

    async def _connect(self) -> None:
        if not _is_origin_allowed(self.scope["headers"]):
            await self.send({"type": "websocket.close", "code": CLOSE_DENIED})
            raise StopConsumer
        self._hub = current_hub()
        await self.send({"type": "websocket.accept"})
        self._transport = outgoing_transport(self.base_send)
        self._client = Client(self._transport, _connection(self.scope), self._hub.renderer)
        self._hub.connect(self._client)
        for message in self._client.connection.open():
            self._client.queue(message)

    async def _receive(self, message: Message) -> None:
        text = message.get("text")
        if text is None:
            self._client.queue(messages.error(ApiError(ErrorCode.WRONG_FORMAT), None, {}))
            await self._client.drain()
            return
        if len(text) > MAX_FRAME_CHARACTERS:
            self._transport.abort(CLOSE_TOO_BIG)
            return
        command = self._client.connection.receive(text)
        if command is not None:
            await self._carry_out(command)
            # The next command is read when this answer is out: a client that does not read cannot pile up answers.
            await self._client.drain()

    async def _carry_out(self, text: str) -> None:
        try:
            command = parse_command(text)
        except CommandError as failure:
            self._client.queue(messages.error(failure.error, failure.action, failure.echo))
            return
        try:
            await carry_out(command, self._client, self._hub)
        except ApiError as error:
            self._client.queue(messages.error(error, command.action.full_name, command.echo))
        except Exception:
            logger.exception("unexpected error in %s", command.action.full_name)
            self._client.queue(messages.unexpected_error())


class RefusingConsumer(AsyncConsumer):
    """Refuses the upgrade at an address where there is no websocket."""

    channel_layer_alias = ""

    async def websocket_connect(self, message: Message) -> None:
        await self.send({"type": "websocket.close"})
        raise StopConsumer


def _connection(scope: dict[str, Any]) -> Connection:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return Connection(
        read_parameters(scope["query_string"].decode("latin-1"), headers),
        fresh_id=str(uuid.uuid4()),
        client_heartbeat_ms=settings.ATMOSPHERE_CLIENT_HEARTBEAT_MS,
        server_heartbeat=timedelta(seconds=settings.ATMOSPHERE_SERVER_HEARTBEAT_S),
    )


def _is_origin_allowed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Any origin unless a list is set; a program that sends none is no page and is let in."""
    origin = dict(headers).get(b"origin")
    if not settings.ALLOWED_ORIGINS or origin is None:
        return True
    return origin.decode("latin-1") in settings.ALLOWED_ORIGINS
