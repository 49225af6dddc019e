"""Polling: a request is answered at once with what waits, or with nothing (protocol sheet 5.5)."""

from __future__ import annotations

from datetime import UTC, datetime

from events.hub import current_hub
from events.protocol.connection import PollConnection
from events.transports.exchange import PLAIN_TEXT, Exchange
from events.transports.long_polling import PollTransport


async def answer(exchange: Exchange) -> None:
    """Answers a single poll. It is no connection: it ends none, and its client stays away."""
    transport = PollTransport(exchange.caller.converse(PollConnection))
    client = current_hub().clients.find(exchange.caller.identity)
    if client is not None and not client.outbox.is_connected:
        now = datetime.now(UTC)
        client.outbox.attach(transport, now)
        client.outbox.detach(transport, now)
    body = transport.answer.result() if transport.answer.done() else ""
    await exchange.answer(200, body, {"Content-Type": PLAIN_TEXT})
