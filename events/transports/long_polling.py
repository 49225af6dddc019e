"""Long-polling: each request is answered by the next message (atmosphere §5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from events.clients.transport import Transport
from events.protocol.close_codes import CLOSE_NORMAL
from events.protocol.connection import PollConnection
from events.transports._exchange import PLAIN_TEXT, Exchange
from events.transports._holding import hold
from events.transports._outlets import Outlet, body_outlet

MAX_BATCH = 1000


class PollTransport(Transport):
    """One request that is held until there is something to answer."""

    ends_with_sending = True

    def __init__(self, connection: PollConnection, outlet: Outlet) -> None:
        super().__init__(connection)
        self.batch_limit = MAX_BATCH if connection.takes_batches else 1
        self._poll = connection
        self._outlet = outlet

    @property
    def is_gone(self) -> bool:
        return self._outlet.is_gone

    @property
    def held_bytes(self) -> int:
        return self._outlet.held_bytes

    def abort(self) -> None:
        self._outlet.abort()

    def send(self, messages: Sequence[str]) -> bool:
        return self._finish(self._poll.body(messages))

    def beat(self) -> None:
        self._finish(self._poll.heartbeat())

    async def wait(self) -> None:
        await self._outlet.wait()

    def end(self, code: int) -> None:
        self._outlet.end(code)

    def send_elsewhere(self) -> None:
        """As after a silence: a bare end would be counted as a loss by some clients (atmosphere point 26)."""
        self.beat()

    def _finish(self, body: str) -> bool:
        is_taken = not body or self._outlet.send(body)
        if is_taken:
            self._outlet.end(CLOSE_NORMAL)
        return is_taken


async def serve(exchange: Exchange) -> None:
    """Answers a poll."""
    await answer_poll(exchange, exchange.caller.make_connection(PollConnection), content_type=PLAIN_TEXT)


async def answer_poll(exchange: Exchange, connection: PollConnection, *, content_type: str) -> None:
    """Answers with the handshake if it is due, else with what waits, or with the next message when it comes."""
    headers = {"Content-Type": content_type}
    if (first := connection.handshake()) is not None:
        await exchange.answer(200, connection.body([first]), headers)
        return
    await exchange.begin(connection.opening(), headers)
    await hold(exchange, PollTransport(connection, body_outlet(exchange.send)))
