"""Streaming: a text that never ends, read while it grows (protocol sheet 5.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from events.protocol.connection import Connection, StreamConnection
from events.transports.exchange import PLAIN_TEXT, Exchange
from events.transports.outgoing import Outlet
from events.transports.streams import OutletTransport, hold_stream

# Without message sizes a browser takes what it reads at once for one message, and a busy page reads late.
GAP_S = 0.1


class SpacedTransport(OutletTransport):
    """A stream on which each message must arrive alone."""

    def __init__(self, connection: Connection, outlet: Outlet) -> None:
        super().__init__(connection, outlet)
        self._free_at = self._now() + GAP_S

    def send(self, messages: Sequence[str]) -> bool:
        is_taken = self._now() >= self._free_at and super().send(messages)
        if is_taken:
            self._free_at = self._now() + GAP_S
        return is_taken

    def beat(self) -> None:
        super().beat()
        self._free_at = self._now() + GAP_S

    async def wait(self) -> None:
        await super().wait()
        await asyncio.sleep(self._free_at - self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def serve(exchange: Exchange) -> None:
    """Serves a stream until either side ends it."""
    connection = exchange.caller.converse(StreamConnection)
    kind = SpacedTransport if connection.tells_by_time else OutletTransport
    await hold_stream(exchange, connection, kind, content_type=PLAIN_TEXT)
