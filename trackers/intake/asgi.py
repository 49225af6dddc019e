"""The ways in for devices, in front of Django: a request of theirs needs no sessions, cookies or templates."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from trackers.intake.batching import Overloaded, current_batcher
from trackers.intake.throttling import count_devices, count_sender
from trackers.intake.views import current_limits
from trackers.reports.requests import WAYS_IN, Answer, IngestRequest, Limits, Read, RefusedRequest, failed, unavailable
from trackers.services.ingestion import Delivery

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_ADDRESSES: dict[str, Read] = {
    f"{prefix}/ingest/{name}{slash}": read
    for name, read in WAYS_IN.items()
    for prefix in ("", "/v2", "/api-v2", "/api")
    for slash in ("", "/")
}


class Disconnected(Exception):
    """The sender went away in the middle of a request."""


class IngestApplication:
    """Serves the ways in, and hands all other requests on to `others`.

    Those of browsers are handed on too: only Django's middleware answers pages of other origins.
    """

    def __init__(self, others: Application) -> None:
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = _ADDRESSES.get(scope["path"])
        headers = dict(scope["headers"])
        if read is None or scope["method"] not in ("GET", "POST") or b"origin" in headers:
            await self._others(scope, receive, send)
            return
        limits = current_limits()
        try:
            address = count_sender((scope.get("client") or [""])[0] or "", _forwarded_for(scope))
            body = await _read_body(receive, limits.bytes)
        except RefusedRequest as refusal:
            await _send_answer(send, refusal.answer)
        except Disconnected:
            return
        else:
            await _send_answer(send, await _take(read, _request(scope, headers, body), limits, address))


def _forwarded_for(scope: Scope) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")


async def _read_body(receive: Receive, max_bytes: int) -> bytes:
    """The body, or somewhat more of it than is allowed."""
    pieces: list[bytes] = []
    size = 0
    while size <= max_bytes:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Disconnected
        pieces.append(event.get("body", b""))
        size += len(pieces[-1])
        if not event.get("more_body", False):
            break
    return b"".join(pieces)


def _request(scope: Scope, headers: dict[bytes, bytes], body: bytes) -> IngestRequest:
    return IngestRequest(
        method=scope["method"],
        query=scope["query_string"].decode("latin-1"),
        content_type=headers.get(b"content-type", b"").decode("latin-1"),
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        body=body,
    )


async def _take(read: Read, request: IngestRequest, limits: Limits, address: str) -> Answer:
    now = timezone.now()
    try:
        reading = read(request, now=now, limits=limits)
        reports = reading.reports
        count_devices(address, reports)
        outcomes = await current_batcher().store(Delivery(reports, now, reading.key)) if reports else []
        return reading.answer(outcomes)
    except RefusedRequest as refusal:
        return refusal.answer
    except Overloaded:
        logger.warning("reports wait too long to be stored")
        return unavailable()
    except (OperationalError, InterfaceError) as error:
        logger.warning("reports could not be stored: %s", error)
        return unavailable()
    except Exception:
        logger.exception("unexpected error in a way in")
        return failed()


async def _send_answer(send: Send, answer: Answer) -> None:
    body = answer.text.encode()
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(body)), **answer.headers}
    await send(
        {
            "type": "http.response.start",
            "status": int(answer.status),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
