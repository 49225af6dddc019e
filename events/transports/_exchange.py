"""One HTTP request at the address of events, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from events.transports._asgi import Receive, Send
from events.transports._caller import Caller

PLAIN_TEXT = "text/plain; charset=utf-8"
# So that nobody between keeps an answer (atmosphere §1.5).
CACHE_HEADERS = {
    "Cache-Control": "no-store, no-cache, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "-1",
}
STREAM_HEADERS = {
    # For nginx, which would hold an answer back until it is whole.
    "X-Accel-Buffering": "no",
    # Without it a browser shows nothing of a text before its first kilobyte (atmosphere §5.1).
    "X-Content-Type-Options": "nosniff",
}
EXPOSED_HEADERS = "X-Atmosphere-tracking-id, X-Heartbeat-Server"


class BodyTooLong(Exception):
    """A request's body passes the limit; the rest of it was not kept."""


class Aborted(Exception):
    """The client went away in the middle of a request."""


class Exchange:
    """Reads a request and answers it, at once or bit by bit."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.caller = Caller(scope)
        self.send = send
        self._receive = receive

    async def read_body(self, *, limit: int) -> bytes:
        """The whole body. Raises BodyTooLong beyond `limit` bytes, Aborted when it breaks off."""
        body = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Aborted
            body += message.get("body", b"")
            if len(body) > limit:
                raise BodyTooLong
            if not message.get("more_body", False):
                return bytes(body)

    async def wait_for_end(self) -> None:
        """Returns when the client is gone, or the answer is complete."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def answer(self, status: int, body: str = "", headers: Mapping[str, str] | None = None) -> None:
        """The whole answer."""
        content = body.encode()
        length = {"Content-Length": str(len(content))}
        await self._start(status, {**(headers or {}), **length})
        await self.send({"type": "http.response.body", "body": content})

    async def begin(self, opening: str, headers: Mapping[str, str]) -> None:
        """The beginning of an answer that goes on; daphne sends the headers with the first bit of body, if empty."""
        await self._start(200, {**STREAM_HEADERS, **headers})
        await self.go_on(opening)

    async def go_on(self, text: str) -> None:
        """The next write of an answer that was begun."""
        await self.send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        fields = {"X-Atmosphere-tracking-id": self.caller.tracking_id, **self._cors(), **headers}
        if self.method != "OPTIONS":
            fields |= CACHE_HEADERS
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})

    def _cors(self) -> dict[str, str]:
        """What lets the page of another origin read the answer (atmosphere §5.7)."""
        origin = self.caller.origin
        if origin is None or not self.caller.is_of_allowed_origin:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": EXPOSED_HEADERS,
            "Vary": "Origin",
        }
