"""Server-sent events (atmosphere §5.3)."""

from __future__ import annotations

from events.protocol.connection import EventStreamConnection
from events.transports._exchange import Exchange
from events.transports._streams import OutletTransport, hold_stream


async def serve(exchange: Exchange) -> None:
    """Serves an event stream until either side ends it."""
    connection = exchange.caller.make_connection(EventStreamConnection)
    await hold_stream(exchange, connection, OutletTransport, content_type="text/event-stream;charset=utf-8")
