"""Streaming: a text that never ends, read while it grows (atmosphere §5.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from events.clients.identity import Identity
from events.protocol.connection import Connection, StreamConnection
from events.transports._exchange import PLAIN_TEXT, Exchange
from events.transports._outlets import Outlet
from events.transports._streams import OutletTransport, hold_stream

# Longer than a browser usually is too busy to read.
PAUSE_S = 0.2


class PausingTransport(OutletTransport):
    """Leaves time between messages: a client that asked for no lengths takes for one what it reads at once."""

    def __init__(self, connection: Connection, outlet: Outlet) -> None:
        super().__init__(connection, outlet)
        self._loop = asyncio.get_running_loop()
        self._rest()

    def send(self, messages: Sequence[str]) -> bool:
        if self._loop.time() < self._free_at or not super().send(messages):
            return False
        self._rest()
        return True

    def beat(self) -> None:
        if self._loop.time() >= self._free_at:
            super().beat()
            self._rest()

    async def wait(self) -> None:
        await super().wait()
        await asyncio.sleep(self._free_at - self._loop.time())

    def _rest(self) -> None:
        self._free_at = self._loop.time() + PAUSE_S


async def serve(exchange: Exchange) -> None:
    """Serves a stream until either side ends it."""
    connection = exchange.caller.make_connection(StreamConnection)
    if connection.may_come_back_twice and not await _is_the_last(exchange.caller.identity):
        # Were it begun and ended, the client would come back for it as well, and so on until it gives up.
        await exchange.answer(200, headers={"Content-Type": PLAIN_TEXT})
        return
    transport_type = OutletTransport if connection.tells_messages_apart else PausingTransport
    await hold_stream(exchange, connection, transport_type, content_type=PLAIN_TEXT)


_beginning: dict[Identity, asyncio.Event] = {}


async def _is_the_last(identity: Identity) -> bool:
    """Waits a moment; whether the client opened no other stream meanwhile: if it does, there is no more to wait for."""
    if identity in _beginning:
        _beginning[identity].set()
    is_overtaken = _beginning[identity] = asyncio.Event()
    try:
        await asyncio.wait_for(is_overtaken.wait(), PAUSE_S)
    except TimeoutError:
        return True
    finally:
        if _beginning.get(identity) is is_overtaken:
            del _beginning[identity]
    return False
