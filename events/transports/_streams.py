"""What streaming and server-sent events have in common: a response that goes on as long as its client stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from events.clients.transport import Transport
from events.node import current_node
from events.protocol.connection import Connection
from events.transports._exchange import Exchange
from events.transports._holding import hold
from events.transports._outlets import Outlet, body_outlet


class OutletTransport(Transport):
    """Sends each message as a frame of its own, through the outlet of a connection."""

    __slots__ = ("_frame", "_outlet")

    def __init__(self, connection: Connection, outlet: Outlet) -> None:
        super().__init__(connection)
        self._outlet = outlet
        self._frame = connection.frame

    @property
    def is_gone(self) -> bool:
        return self._outlet.is_gone

    @property
    def has_room(self) -> bool:
        return self._outlet.has_room and not self.is_gone

    @property
    def held_bytes(self) -> int:
        return self._outlet.held_bytes

    def abort(self) -> None:
        self._outlet.abort()

    def send(self, messages: Sequence[str]) -> bool:
        return self.send_one(messages[0])

    def send_one(self, message: str) -> bool:
        return self._outlet.send(self._frame(message))

    def beat(self) -> None:
        if (beat := self.connection.heartbeat()) is not None:
            self._outlet.send(beat)

    async def wait(self) -> None:
        await self._outlet.wait()

    def end(self, code: int) -> None:
        self._outlet.end(code)


async def hold_stream(
    exchange: Exchange,
    connection: Connection,
    transport_type: type[OutletTransport] = OutletTransport,
    *,
    content_type: str,
) -> None:
    """Opens a stream and keeps it until either side ends it."""
    if connection.can_come_back and connection.parameters.tracking_id is None:
        # It may push as soon as it reads its id, to another process, which asks whose it is.
        current_node().registry.meet(exchange.caller.identity, datetime.now(UTC))
    first, *others = connection.opening_writes()
    await exchange.begin(first, {"Content-Type": content_type})
    for text in others:
        await exchange.go_on(text)
    await hold(exchange, transport_type(connection, body_outlet(exchange.send)))
