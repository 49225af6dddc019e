"""What strangers leave behind: it is bounded in sum, however many they pretend to be."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PATIENCE_S, PlainClient
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_limits import MEGABYTE, reads_memory
from tests.end_to_end.test_slow_reader import resident_bytes
from tests.end_to_end.transports.wire import PATH, dial, post

PUSHES = 100
# Each character of it takes six in JSON's ASCII.
WRONG = json.dumps({"action": "fly", "note": "é" * 480_000}, ensure_ascii=False).encode()
# What is parsed just now, and what the allocator keeps of it.
MOST_GROWTH_BYTES = 60 * MEGABYTE


def push_as_somebody_new(line: HTTPConnection, body: bytes) -> int:
    """A push to an id that nobody has; the status of its answer."""
    line.request("POST", PATH, body, {"X-Atmosphere-tracking-id": str(uuid4())})
    with line.getresponse() as response:
        response.read()
        return response.status


def push_many(server: Daphne, count: int) -> set[int]:
    """Pushes over one connection; the statuses that were answered."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        return {push_as_somebody_new(line, WRONG) for _ in range(count)}
    finally:
        line.close()


@reads_memory
def test_wrong_pushes_to_fresh_ids_fill_no_memory(serve: Start) -> None:
    server = serve(name="filled", REDIS_URL="")
    push_many(server, 5)
    before = resident_bytes(server.pid)
    assert push_many(server, PUSHES) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    assert resident_bytes(server.pid) - before < MOST_GROWTH_BYTES


@reads_memory
def test_pushes_that_others_are_asked_about_fill_no_memory(server: Daphne, serve: Start) -> None:
    asking = serve(name="asking")
    with PlainClient(server) as client, ThreadPoolExecutor(8) as pool:
        client.is_silent()
        push_many(asking, 8)
        before = resident_bytes(asking.pid)
        list(pool.map(partial(push_many, asking), [10] * 8))
        assert resident_bytes(asking.pid) - before < MOST_GROWTH_BYTES


# Bodies that come slowly


def begin_body(server: Daphne, crowd: ExitStack, size: int) -> socket.socket:
    """A push of which so much is sent, and the rest is not."""
    line = crowd.enter_context(dial(server))
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MEGABYTE}\r\n\r\n"
    line.sendall(head.encode() + bytes(size))
    return line


def push(server: Daphne) -> int:
    """The status of a push of 200 kB that says no id: 409 unless it is refused before it is read."""
    with post(server, (), "x" * 200_000) as response:
        return response.status


def test_many_slow_bodies_have_a_bound_in_sum(serve: Start) -> None:
    server = serve(name="slowly", MAX_BODY_BYTES_IN_HAND=str(4 * MEGABYTE))
    with ExitStack() as crowd:
        lines: list[socket.socket] = []

        def is_full() -> bool:
            """Whether an address has its quarter of the bound in hand; if not, one more begins."""
            if push(server) == HTTPStatus.SERVICE_UNAVAILABLE:
                return True
            lines.append(begin_body(server, crowd, 100_000))
            return False

        wait_until(is_full, "a refusal")
        with post(server, (), "x" * 200_000) as refusal:
            assert (refusal.status, refusal.headers["retry-after"]) == (503, "5")
        bodiless = httpx.get(f"{server.url}/healthz", timeout=PATIENCE_S)
        assert bodiless.status_code == HTTPStatus.OK
        for line in lines:
            line.sendall(bytes(MEGABYTE - 100_000))
        answers = {line.recv(12) for line in lines}
        assert b"HTTP/1.1 503" in answers <= {b"HTTP/1.1 503", b"HTTP/1.1 409"}
    wait_until(lambda: push(server) == HTTPStatus.CONFLICT, "room again")


@reads_memory
def test_body_longer_than_any_is_not_kept(serve: Start) -> None:
    server = serve(name="endless")
    before = resident_bytes(server.pid)
    with dial(server) as line:
        head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {100 * MEGABYTE}\r\n\r\n"
        line.sendall(head.encode())
        for _ in range(100):
            line.sendall(bytes(MEGABYTE))
        assert line.recv(12) == b"HTTP/1.1 413"
    assert resident_bytes(server.pid) - before < 40 * MEGABYTE


@reads_memory
@pytest.mark.parametrize(("size", "count"), [(99_998, 500), (900_000, 50)], ids=["in memory", "in files"])
def test_bodies_that_break_off_leave_nothing(serve: Start, size: int, count: int) -> None:
    server = serve(name="broken off")
    with ExitStack() as first:
        begin_body(server, first, size)
    files, before = open_files(server), resident_bytes(server.pid)
    for _ in range(count):
        with ExitStack() as crowd:
            begin_body(server, crowd, size)
    wait_until(lambda: open_files(server) <= files, "the end of what was begun")
    assert resident_bytes(server.pid) - before < 20 * MEGABYTE


def open_files(server: Daphne) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
