"""The two edges through which devices' requests come in, spoken to in the same way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.asgi import get_asgi_application
from django.db import connection
from django.test import Client

from tests.described import check_way_in
from trackers.intake.asgi import IngestApplication
from trackers.intake.batching import current_batcher


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer; the names of headers in lower case."""

    status: int
    text: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request."""

    method: str
    address: str
    body: bytes
    headers: dict[str, str]


class Transport(Protocol):
    def __call__(self, sent: Sent) -> Heard: ...


class Edge:
    """A way for requests to come in."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, method: str, address: str, body: bytes, content_type: str = "application/json", **headers: str):
        heard = self._transport(Sent(method, address, body, {"Content-Type": content_type, **headers}))
        check_way_in(address, heard.status, heard.headers["content-type"], heard.text)
        return heard

    def post(self, address: str, document: Any, **headers: str) -> Heard:
        return self.send("POST", address, json.dumps(document).encode(), **headers)

    def get(self, address: str) -> Heard:
        return self.send("GET", address, b"")


def send_to_view(sent: Sent) -> Heard:
    content_type = sent.headers["Content-Type"]
    others = {name: value for name, value in sent.headers.items() if name != "Content-Type"}
    response = Client(enforce_csrf_checks=True).generic(
        sent.method, sent.address, sent.body, content_type=content_type, headers=others
    )
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Heard(response.status_code, response.content.decode(), headers)


async def send_to_application(sent: Sent, *, pieces: int = 2) -> Heard:
    """The answer of the application in front of Django, to a body that comes in several pieces."""
    incoming = iter(_body_events(sent.body, pieces))
    outgoing: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        for event in incoming:
            return event
        return await asyncio.get_running_loop().create_future()  # the sender stays until it is answered

    async def send(event: dict[str, Any]) -> None:
        outgoing.append(event)

    await IngestApplication(get_asgi_application())(_scope(sent), receive, send)
    start, *bodies = outgoing
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Heard(start["status"], b"".join(event.get("body", b"") for event in bodies).decode(), headers)


def _body_events(body: bytes, pieces: int) -> Sequence[dict[str, Any]]:
    size = len(body) // pieces + 1
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    last = len(parts) - 1
    return [{"type": "http.request", "body": part, "more_body": at < last} for at, part in enumerate(parts)]


def _scope(sent: Sent) -> dict[str, Any]:
    # As a server reads the line of a request, whatever stands in it.
    path, _, query = sent.address.partition("?")
    headers = {"Host": "localhost", "Content-Length": str(len(sent.body)), **sent.headers}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }


@contextmanager
def edge_named(name: str) -> Iterator[Edge]:
    """The view or the application; the latter is served by one loop until the end of the block."""
    if name == "view":
        yield Edge(send_to_view)
        return
    with asyncio.Runner() as loop:
        yield Edge(lambda sent: loop.run(send_to_application(sent)))
        loop.run(_close_batcher())


async def _close_batcher() -> None:
    await current_batcher().close()


@contextmanager
def without_database() -> Iterator[None]:
    """Lets nobody connect to the database; who is connected stays so."""
    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "/nowhere/at-all"
    try:
        yield
    finally:
        connection.settings_dict["NAME"] = name
