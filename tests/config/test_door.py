"""The devices' door: what it serves, and that its connections have the bounds of those at daphne."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from config.bodies import bodies
from config.serving.door.application import counting_bodies, devices_only
from config.serving.door.connection import Bounds
from config.serving.door.server import DevicesDoor
from tests.end_to_end.test_smuggling import AMBIGUOUS
from tests.patience import PATIENCE_S

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
SHORT = Bounds(idle_s=0.2, head_s=0.2, request_s=0.2, close_s=0.2)


class Application:
    """Reads each body to its end and says which addresses were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append((scope["method"], scope["path"]))
        size, is_whole = 0, False
        while not is_whole:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            size += len(event.get("body", b""))
            is_whole = not event.get("more_body")
        await self.may_answer.wait()
        text = b"%d" % size
        length = [(b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": text})


@asynccontextmanager
async def opened(
    application: Any, *, admits: Callable[[], bool] = lambda: True, bounds: Bounds | None = None
) -> AsyncIterator[tuple[DevicesDoor, int]]:
    """A door and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    door = DevicesDoor(application, admits, bounds=bounds or Bounds())
    await door.open([listener])
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield door, listener.getsockname()[1]
    finally:
        await door.stop()


async def exchange(port: int, *pieces: bytes) -> bytes:
    """All that is answered until the door closes the line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def head(*lines: str, length: int = 0) -> bytes:
    return "\r\n".join(["POST /ingest/ngp HTTP/1.1", "Host: a", *lines, f"Content-Length: {length}", "", ""]).encode()


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /healthz HTT", head(length=5) + b"ab"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_who_is_too_slow_is_cut(said: bytes) -> None:
    async with opened(Application(), bounds=SHORT) as (door, port):
        assert await exchange(port, said) == b""
        while door.has_connections:
            await asyncio.sleep(0)


@pytest.mark.parametrize("is_whole", [True, False])
async def test_head_that_is_too_long_is_refused(is_whole: bool) -> None:
    async with opened(application := Application()) as (_, port):
        line = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000
        answer = await exchange(port, line + b"\r\n\r\n" if is_whole else line)
    # What was sent after that is not read, and may cost its sender the answer.
    assert answer.startswith(b"HTTP/1.1 400 ") or answer == b""
    assert application.asked == []


async def test_head_of_sixteen_kilobytes_is_taken() -> None:
    async with opened(Application()) as (_, port):
        line = f"X: {'x' * 16_000}"
        assert (await exchange(port, head(line, "Connection: close"))).startswith(b"HTTP/1.1 200 ")


async def test_bodies_beyond_the_bound_in_hand_get_503(settings: Any) -> None:
    settings.MAX_BODY_BYTES_IN_HAND = 400
    async with opened(counting_bodies(Application())) as (_, port):
        refused = await exchange(port, head("Connection: close", length=101) + b"x" * 101)
        taken = await exchange(port, head("Connection: close", length=100) + b"x" * 100)
    assert refused.startswith(b"HTTP/1.1 503 ") and b"retry-after: 5" in refused
    assert taken.endswith(b"100")
    assert bodies.bytes == 0


async def test_of_a_body_that_is_too_long_the_rest_is_dropped(settings: Any) -> None:
    settings.INGEST_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50_000
    async with opened(counting_bodies(Application())) as (_, port):
        answer = await exchange(port, head("Connection: close", length=900_000), *[b"x" * 100_000] * 9)
    assert answer.endswith(b"50001")
    assert bodies.bytes == 0


async def test_bytes_of_who_left_are_in_hand_no_longer() -> None:
    async with opened(counting_bodies(application := Application())) as (_, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(length=100) + b"x" * 60)
        while bodies.bytes != 60:
            await asyncio.sleep(0)
        writer.close()
        while bodies.bytes:
            await asyncio.sleep(0)
    assert len(application.asked) == 1


async def test_who_finds_no_room_hears_503() -> None:
    async with opened(application := Application(), admits=lambda: False) as (_, port):
        assert (await exchange(port, GET)).startswith(b"HTTP/1.1 503 ")
    assert application.asked == []


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with opened(application := Application()) as (_, port):
        asked = [head(length=size) + b"x" * size for size in (1, 2, 3)]
        answer = await exchange(port, b"".join(asked) + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert [line[-1:] for line in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]] == [b"1", b"2", b"3", b"0"]
    assert len(application.asked) == 4


async def test_end_lets_a_request_be_answered_and_says_that_it_was_the_last() -> None:
    application = Application()
    application.may_answer.clear()
    async with opened(application) as (door, port):
        asking = asyncio.ensure_future(exchange(port, GET))
        while not application.asked:
            await asyncio.sleep(0)
        door.end()
        door.stop_listening()
        assert door.is_busy and door.is_asked
        application.may_answer.set()
        answer = await asking
        assert answer.startswith(b"HTTP/1.1 200 ") and b"connection: close" in answer
        assert not door.is_busy


async def test_who_asks_nothing_at_the_end_may_ask_once_more() -> None:
    async with opened(Application()) as (door, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not door.has_connections:
            await asyncio.sleep(0)
        door.end()
        assert not door.is_asked
        writer.write(GET)
        assert b"connection: close" in await reader.read()
        writer.close()


async def test_who_asks_nothing_is_closed_in_the_end() -> None:
    async with opened(Application()) as (door, port):
        asking = asyncio.ensure_future(exchange(port, b""))
        while not door.has_connections:
            await asyncio.sleep(0)
        door.close_idle()
        assert await asking == b""


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_no_request_hides_another(name: str) -> None:
    hidden = "GET /ingest/osmand?id=van HTTP/1.1\r\nHost: a\r\nX-Rest: "
    body = AMBIGUOUS[name].format(length=len(hidden) + 5, size=len(hidden), hidden=hidden)
    async with opened(application := Application(), bounds=SHORT) as (_, port):
        await exchange(port, b"POST /ingest/ngp HTTP/1.1\r\nHost: a\r\n" + body.encode("latin-1"))
    assert {method for method, _ in application.asked} <= {"POST"}


@pytest.mark.parametrize(("path", "is_there"), [("/healthz", True), ("/admin/", False), ("/user/auth", False)])
async def test_nothing_but_ways_in_and_probes_is_there(path: str, is_there: bool) -> None:
    pages = Application()
    async with opened(devices_only(pages)) as (_, port):
        answer = await exchange(port, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 " if is_there else b"HTTP/1.1 404 ")
    assert pages.asked == ([("GET", path)] if is_there else [])
