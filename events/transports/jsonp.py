"""JSONP: long-polling by scripts, for browsers and pages that can do no better (atmosphere §5.5)."""

from __future__ import annotations

from events.protocol.connection import ScriptPollConnection
from events.transports._exchange import Exchange
from events.transports.long_polling import answer_poll


async def serve(exchange: Exchange) -> None:
    """Answers a poll with a call of the client's function; it must be named."""
    if not exchange.caller.parameters.callback:
        await exchange.answer(400, headers={"X-Atmosphere-error": "jsonpTransport is missing."})
        return
    connection = exchange.caller.make_connection(ScriptPollConnection)
    await answer_poll(exchange, connection, content_type="application/javascript; charset=utf-8")
