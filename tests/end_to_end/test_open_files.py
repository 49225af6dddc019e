"""A server that may open few files: it says so, answers probes and refuses the rest, and recovers by itself."""

from __future__ import annotations

import shlex
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.end_to_end.conftest import database_url
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import ROOT, Broker, Daphne, wait_until
from tests.patience import PATIENCE_S

LIMIT = 256
# So long a connection that says nothing keeps its place.
RESERVED_S = 5
NO_ROOM = "new connections get 503"


class NarrowDaphne(Daphne):
    """The web server under a limit of open files, of which a shell gives it half."""

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        server = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port)]
        limits = f"ulimit -Sn {LIMIT // 2}; ulimit -Hn {LIMIT}"
        command = ["sh", "-c", f"{limits}; exec {shlex.join([*server, 'config.asgi:application'])}"]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=output, stderr=output)


@pytest.fixture
def server(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[NarrowDaphne]:
    with NarrowDaphne({"DATABASE_URL": database_url(), "REDIS_URL": broker.url}, tmp_path / "log") as server:
        yield server
        assert "Traceback" not in server.log_text()


@pytest.fixture
def crowd(server: NarrowDaphne) -> Iterator[ExitStack]:
    """More connections than the server can hold, which say nothing."""
    with ExitStack() as crowd:
        yield crowd


def flood(crowd: ExitStack, server: NarrowDaphne, count: int = LIMIT) -> None:
    for _ in range(count):
        crowd.enter_context(socket.create_connection(("127.0.0.1", server.port)))


def status(server: NarrowDaphne, path: str) -> int:
    """Of a request over a connection of its own."""
    return httpx.get(f"{server.url}{path}", timeout=PATIENCE_S).status_code


def test_it_is_said_at_the_start_when_the_limit_does_not_carry_the_connections(server: NarrowDaphne) -> None:
    assert f"{LIMIT} files may be open, enough for" in server.log_text()
    assert "and MAX_CONNECTIONS is 20000" in server.log_text()


def test_soft_limit_is_raised_so_that_more_connections_are_carried(server: NarrowDaphne, crowd: ExitStack) -> None:
    flood(crowd, server, LIMIT // 2)
    assert status(server, "/docs/openapi.json") == 200
    assert NO_ROOM not in server.log_text()


def test_full_server_answers_probes_and_refuses_the_rest_until_there_is_room(
    server: NarrowDaphne, crowd: ExitStack
) -> None:
    with PlainClient(server) as client:
        flood(crowd, server)
        for _ in range(20):
            assert status(server, "/healthz") == 200
            assert status(server, "/readyz") == 200
            refused = httpx.get(f"{server.url}/docs/openapi.json", timeout=PATIENCE_S)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        # Who was here before goes on.
        client.send('{"action":"delete"}')
        assert client.message()["status"]["code"] == 7
        assert server.log_text().count(NO_ROOM) == 1
        crowd.close()
        wait_until(lambda: status(server, "/docs/openapi.json") == 200, "room")


def test_flood_that_goes_on_keeps_no_probe_out(server: NarrowDaphne, crowd: ExitStack) -> None:
    flood(crowd, server)
    took_s = []
    for _ in range(10):
        began = time.monotonic()
        flood(crowd, server, 40)
        assert status(server, "/healthz") == 200
        took_s.append(time.monotonic() - began)
    # A busy machine may hold up a few of the probes.
    assert statistics.median(took_s) < RESERVED_S
