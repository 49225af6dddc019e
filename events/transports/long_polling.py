"""Long-polling: each request is answered by the next message (protocol sheet 5.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from events.client import Client
from events.hub import current_hub
from events.protocol.connection import PollConnection
from events.transports.base import Transport
from events.transports.exchange import PLAIN_TEXT, Exchange

MAX_BATCH = 1000
# Two requests with one id, repeated as soon as they are answered, would end each other in a hot loop (point 46).
LEAST_HOLD_S = 1.0


class PollTransport(Transport):
    """One request that is held until there is something to answer."""

    ends_with_sending = True

    def __init__(self, connection: PollConnection) -> None:
        super().__init__(connection)
        self._poll = connection
        self.batch_limit = MAX_BATCH if connection.takes_batches else 1
        self._began = asyncio.get_running_loop().time()
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.taken: Sequence[str] = ()
        """The messages in the answer."""

    @property
    def is_gone(self) -> bool:
        return self.answer.done()

    def send(self, messages: Sequence[str]) -> bool:
        if self.answer.done():
            return False
        self.taken = messages
        self.answer.set_result(self._poll.body(messages))
        return True

    def beat(self) -> None:
        self._finish(self._poll.heartbeat())

    async def wait(self) -> None:
        await asyncio.wait([self.answer])

    def end(self, code: int) -> None:
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self._began + LEAST_HOLD_S), self._finish, "")

    def release(self) -> None:
        self._finish("")

    def _finish(self, body: str) -> None:
        if not self.answer.done():
            self.answer.set_result(body)


async def hold(exchange: Exchange) -> None:
    """Answers a poll."""
    await hold_poll(exchange, exchange.caller.converse(PollConnection), content_type=PLAIN_TEXT)


async def hold_poll(exchange: Exchange, connection: PollConnection, *, content_type: str) -> None:
    """Answers with the handshake if it is due, else with what waits, or with the next message when it comes."""
    headers = {"Content-Type": content_type}
    if (first := connection.handshake()) is not None:
        await exchange.answer(200, connection.body([first]), headers)
        return
    hub, identity = current_hub(), exchange.caller.identity
    transport = PollTransport(connection)
    client = hub.clients.enter(identity, transport, datetime.now(UTC))
    try:
        if transport.answer.done():
            await exchange.answer(200, transport.answer.result(), headers)
        else:
            await exchange.begin(connection.opening(), headers)
            await _answer_later(exchange, transport, client)
    finally:
        await hub.clients.leave(identity, client, transport, datetime.now(UTC))


async def _answer_later(exchange: Exchange, transport: PollTransport, client: Client) -> None:
    gone: asyncio.Future[Any] = asyncio.ensure_future(exchange.wait_for_end())
    answer: asyncio.Future[Any] = transport.answer
    try:
        await asyncio.wait([gone, answer], return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await exchange.finish(answer.result())
        elif transport.taken:
            client.outbox.put_back(transport.taken, datetime.now(UTC))
    finally:
        gone.cancel()
