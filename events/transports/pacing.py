"""Long answers at the pace of who reads them: behind daphne `send` never waits, and all would lie in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from accounts.api.answers import AnswerCut
from events.transports._asgi import Message, Receive, Send
from events.transports._daphne import DaphneBodyOutlet
from events.transports._outlets import Outlet, body_outlet

Scope = dict[str, object]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class PacedResponses:
    """Has an application wait with the next piece of a body until the connection has room for it.

    One of which nothing is taken for CLIENT_STALL_S is cut (decision 36).
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(send)
        try:
            await self._application(scope, receive, body.send)
        except Exception as error:
            if not body.cut() or not isinstance(error, AnswerCut):
                raise


class _Body:
    """The body of one response."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._outlet: Outlet | None = None

    async def send(self, message: Message) -> None:
        is_last = not message.get("more_body") and message["type"] == "http.response.body"
        if self._outlet is not None and is_last:
            await self._end(message)
            return
        await self._send(message)
        if message.get("more_body"):
            self._outlet = self._outlet or body_outlet(self._send)
            await self._outlet.wait()

    async def _end(self, message: Message) -> None:
        assert self._outlet is not None
        if message.get("body"):
            await self._send({**message, "more_body": True})
        self._outlet.end(0)
        await self._outlet.wait()

    def cut(self) -> bool:
        """Cuts off what was begun, as daphne would leave the client waiting; False where the server will do so."""
        if not isinstance(self._outlet, DaphneBodyOutlet):
            return False
        self._outlet.abort()
        return True
