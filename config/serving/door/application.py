"""What is served at the devices' door: the ways in and the probes, and nothing of what people use."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from config.bodies import REASON, RETRY_AFTER_S, bodies
from config.connections import PROBES
from trackers.intake.asgi import IngestApplication, way_of

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NOTHING_HERE = "Devices report here; everything else is at the site's own address.\n"


class _NoRoom(Exception):
    """More bodies are in hand than may be."""


class _CountedBody:
    """A body that counts as in hand until the request is answered. Of one that is too long the rest is dropped."""

    __slots__ = ("_peer", "_receive", "_taken")

    def __init__(self, peer: str, receive: Receive) -> None:
        self._peer = peer
        self._receive = receive
        self._taken = 0

    async def receive(self) -> Message:
        """ASGI's. Raises _NoRoom."""
        message = await self._receive()
        if piece := message.get("body"):
            # One byte more than the longest that is allowed anywhere is too long everywhere.
            longest = max(settings.INGEST_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            kept = piece[: longest + 1 - self._taken]
            if not bodies.take(self._peer, len(kept), now=time.monotonic()):
                raise _NoRoom
            self._taken += len(kept)
            message["body"] = kept
        return message

    def give_back(self) -> None:
        if self._taken:
            bodies.give_back(self._peer, self._taken)


def counting_bodies(application: Application) -> Application:
    """The application, with the bodies of its requests counted as those behind daphne are; 503 without room."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        body = _CountedBody((scope.get("client") or ("",))[0], receive)
        try:
            await application(scope, body.receive, send)
        except _NoRoom:
            await _answer(send, 503, REASON, (b"retry-after", str(RETRY_AFTER_S).encode()))
        finally:
            body.give_back()

    return serve


def devices_only(pages_and_calls: Application) -> Application:
    """The ways in, and what `pages_and_calls` has to say of them and of the probes; 404 for everything else."""

    async def serve_others(scope: Scope, receive: Receive, send: Send) -> None:
        # Browsers' reports and wrong methods are Django's to answer.
        if way_of(scope["path"])[0] is not None or scope["path"].encode() in PROBES:
            await pages_and_calls(scope, receive, send)
        else:
            await _answer(send, 404, NOTHING_HERE)

    return counting_bodies(IngestApplication(serve_others))


async def _answer(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode()
    told = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
