"""The ways in for devices, in front of Django: a request of theirs needs no sessions, cookies or templates."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.wire.errors import first_line
from trackers.intake.batching import Overloaded, current_batcher
from trackers.intake.left_out import left_out
from trackers.intake.metrics import count_failed, count_refused, count_reports
from trackers.intake.refusals import current_writer, note_reading, note_request
from trackers.intake.throttling import count_devices, count_sender, sender_address
from trackers.intake.views import KEY_IN_PATH, current_limits
from trackers.reports.requests import WAYS_IN, Answer, IngestRequest, Limits, RefusedRequest, failed, unavailable
from trackers.services.ingestion import Delivery

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_ADDRESS = re.compile(rf"(?:/v2|/api-v2|/api)?/ingest/(?P<way>{'|'.join(WAYS_IN)})(?:/{KEY_IN_PATH})?/?")
# Some clients write a whole URL into the request line, as to a proxy, and some addresses end in a slash too many.
_AUTHORITY = re.compile(r"\A[a-z]+://[^/]*", re.IGNORECASE)
_SLASHES = re.compile(r"//+")
# To the bare host come the reports of apps that know no path: by the names of OsmAnd's form.
_NAMES_DEVICE = re.compile(rb"(?:\A|&)(?:id|deviceid)=")


class Disconnected(Exception):
    """The sender went away in the middle of a request."""


class IngestApplication:
    """Serves the ways in, and hands all other requests on to `others`.

    Those of browsers are handed on too: only Django's middleware answers pages of other origins.
    """

    def __init__(self, others: Application) -> None:
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _plain(scope["path"])
        way, key = ("osmand", "") if path == "/" and _is_report(scope) else way_of(path)
        headers = dict(scope["headers"])
        if way is None or scope["method"] not in ("GET", "POST") or b"origin" in headers:
            await self._others(scope if way is None else _at(scope, path), receive, send)
        else:
            await _serve(way, scope, headers, receive, send, key=key)
        if way is not None:
            current_writer().start()


async def _serve(
    way: str, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send, *, key: str
) -> None:
    limits = current_limits()
    address = sender_address((scope.get("client") or [""])[0] or "", _forwarded_for(scope))
    try:
        count_sender(address)
        body = await _read_body(receive, limits.bytes)
    except RefusedRequest as refusal:
        count_refused(way, refusal.answer.status)
        note_request(way, address, refusal, timezone.now())
        await _send_answer(send, refusal.answer)
    except Disconnected:
        return
    else:
        await _send_answer(send, await _take(way, _request(scope, headers, body, key), limits, address))


def way_of(path: str) -> tuple[str | None, str]:
    """The way in at an address, and the key in it."""
    match = _ADDRESS.fullmatch(path)
    return (match["way"], match["key"] or "") if match else (None, "")


def _plain(path: str) -> str:
    """The path alone, of what may have been written as a whole URL."""
    if not path.startswith("/"):
        path = _AUTHORITY.sub("", path)
    return _SLASHES.sub("/", path) if "//" in path else path


def _is_report(scope: Scope) -> bool:
    """Whether a request to the bare host is a device's. Nothing else is posted there."""
    return scope["method"] == "POST" or bool(_NAMES_DEVICE.search(scope["query_string"]))


def _at(scope: Scope, path: str) -> Scope:
    return scope if path == scope["path"] else {**scope, "path": path, "raw_path": path.encode()}


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


def _request(scope: Scope, headers: dict[bytes, bytes], body: bytes, key: str) -> IngestRequest:
    return IngestRequest(
        method=scope["method"],
        query=scope["query_string"].decode("latin-1"),
        content_type=headers.get(b"content-type", b"").decode("latin-1"),
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        body=body,
        device=headers.get(b"x-limit-d", b"").decode("latin-1"),
        key=key,
    )


async def _take(way: str, request: IngestRequest, limits: Limits, address: str) -> Answer:
    now = timezone.now()
    try:
        reading = WAYS_IN[way](request, now=now, limits=limits)
        reports = reading.reports
        count_devices(address, reports)
        outcomes = await current_batcher().store(Delivery(reports, now, reading.key)) if reports else []
        left_out.note(way, reports, now)
        count_reports(way, reading.entries, outcomes, now)
        note_reading(way, address, request, reading, outcomes, now)
        return reading.answer(outcomes)
    except RefusedRequest as refusal:
        count_refused(way, refusal.answer.status)
        note_request(way, address, refusal, now, request=request)
        return refusal.answer
    except Overloaded:
        logger.warning("reports wait too long to be stored")
        answer = unavailable()
    except (OperationalError, InterfaceError) as error:
        logger.warning("reports could not be stored: %s", first_line(error))
        answer = unavailable()
    except Exception:
        logger.exception("unexpected error in a way in")
        answer = failed()
    count_failed(way, answer.status)
    return answer


async def _send_answer(send: Send, answer: Answer) -> None:
    body = answer.text.encode()
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
