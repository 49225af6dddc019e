"""Polling: a request is answered at once with what waits, or with nothing (atmosphere §5.5)."""

from __future__ import annotations

from datetime import UTC, datetime

from events.node import current_node
from events.protocol.connection import PollConnection
from events.transports._exchange import PLAIN_TEXT, Exchange
from events.transports.long_polling import PollTransport


class KeptText:
    """An outlet that keeps what is to be answered."""

    is_gone = False
    has_room = True
    held_bytes = 0

    def __init__(self) -> None:
        self.text = ""

    def send(self, text: str) -> bool:
        self.text += text
        return True

    async def wait(self) -> None:
        """There is always room."""

    def end(self, code: int) -> None:
        self.is_gone = True

    def abort(self) -> None:
        self.is_gone = True


async def serve(exchange: Exchange) -> None:
    """Answers a single poll. It is no connection: it ends none, and its client stays away."""
    kept = KeptText()
    identity = exchange.caller.identity
    client = current_node().registry.find(identity)
    if client is None and exchange.caller.parameters.tracking_id is not None:
        current_node().look_for(identity, is_poll=True, answers_at_once=True)
    elif client is not None and not client.outbox.is_connected:
        now = datetime.now(UTC)
        transport = PollTransport(exchange.caller.make_connection(PollConnection), kept)
        client.outbox.attach(transport, now)
        client.outbox.detach(transport, now)
    await exchange.answer(200, kept.text, {"Content-Type": PLAIN_TEXT})
