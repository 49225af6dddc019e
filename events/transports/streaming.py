"""Streaming: a text that never ends, read while it grows (protocol sheet 5.2)."""

from __future__ import annotations

from events.protocol.connection import StreamConnection
from events.transports.exchange import PLAIN_TEXT, Exchange
from events.transports.streams import hold_stream


async def serve(exchange: Exchange) -> None:
    """Serves a stream until either side ends it."""
    await hold_stream(exchange, exchange.caller.converse(StreamConnection), content_type=PLAIN_TEXT)
