"""The simulator's reporter against a real server, and the command itself."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.trackers.simulation.test_fleet import NOW, devices_of
from trackers.reports.osmand import parse_query
from trackers.simulation.fleet import Fleet
from trackers.simulation.reporter import Reporter, wait_until_ready

ROOT = Path(__file__).resolve().parents[3]


class Listener(ThreadingHTTPServer):
    """A server that keeps what devices report, and answers each with what `answers` says, else 200.

    It has enough when each of the `devices` has reported `times` times.
    """

    def __init__(self, port: int, devices: int, times: int, answers: dict[str, int]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers = answers
        self.reports: list[dict[str, str]] = []
        self.has_enough = asyncio.Event()
        self._devices, self._times = devices, times
        self._loop = asyncio.get_running_loop()

    def note(self, path: str) -> int:
        parts = urlsplit(path)
        assert parts.path == "/ingest/osmand"
        self.reports.append(dict(parse_qsl(parts.query)))
        counts = Counter(report["id"] for report in self.reports)
        if len(counts) == self._devices and min(counts.values()) == self._times:
            self._loop.call_soon_threadsafe(self.has_enough.set)
        return self.answers.get(self.reports[-1]["id"], 200)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener

    def do_GET(self) -> None:
        self.send_response(self.server.note(self.path))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def listening(
    devices: int, *, times: int = 1, port: int = 0, answers: dict[str, int] | None = None
) -> Iterator[Listener]:
    """A listener that serves until the end."""
    with Listener(port, devices, times, answers or {}) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()


async def run_until(reporter: Reporter, *happened: asyncio.Event) -> None:
    """Runs the reporter until all of that happened; then it must end soon."""
    stopping = asyncio.Event()
    running = asyncio.create_task(reporter.run(stopping))
    try:
        for event in happened:
            await asyncio.wait_for(event.wait(), PATIENCE_S)
    finally:
        stopping.set()
        await asyncio.wait_for(running, PATIENCE_S)


class LineSeen(logging.Handler):
    """Sets an event when the simulator logs a line with some words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
        self.event = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.words in record.getMessage():
            self.event.set()


@contextmanager
def line_seen(words: str) -> Iterator[asyncio.Event]:
    """The event that such a line is in the log."""
    handler = LineSeen(words)
    logger = logging.getLogger("trackers.simulation")
    logger.addHandler(handler)
    try:
        yield handler.event
    finally:
        logger.removeHandler(handler)


async def test_the_reporter_sends_what_the_server_can_read():
    with listening(20) as listener:
        await run_until(Reporter(Fleet(devices_of(20)), listener.url), listener.has_enough)
    reports = [parse_query(fields, now=NOW) for fields in listener.reports]
    assert len({report.device_id for report in reports}) == 20
    now = datetime.now(UTC)
    assert all(abs((now - report.time).total_seconds()) < 30 for report in reports)


async def test_the_reporter_waits_for_an_absent_server(caplog):
    caplog.set_level(logging.INFO, "trackers.simulation")
    port = free_port()
    reporter = Reporter(Fleet(devices_of(20), 200), f"http://127.0.0.1:{port}/", retry_s=0.01)

    async def come_back(is_away: asyncio.Event, reported: asyncio.Event) -> None:
        await is_away.wait()
        with listening(20, times=2, port=port) as listener:
            await listener.has_enough.wait()
            reported.set()
            await asyncio.get_running_loop().run_in_executor(None, is_over.wait)

    is_over = threading.Event()
    reported = asyncio.Event()
    with line_seen("takes no reports") as is_away, line_seen("takes reports again") as is_back:
        server = asyncio.create_task(come_back(is_away, reported))
        try:
            await run_until(reporter, is_away, reported, is_back)
        finally:
            is_over.set()
            await server
    lines = [text for name, _, text in caplog.record_tuples if name.startswith("trackers.simulation")]
    assert [("again" in line, "takes no" in line) for line in lines] == [(True, True), (True, False)]


async def test_the_fleet_waits_until_the_server_is_ready():
    statuses = iter(["503 Busy", "503 Busy", "200 OK"])
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split()[1])
        writer.write(f"HTTP/1.1 {next(statuses)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await asyncio.wait_for(wait_until_ready(f"http://127.0.0.1:{port}/", asyncio.Event()), PATIENCE_S)
    assert asked == ["/readyz"] * 3


async def test_waiting_for_a_server_ends_when_told_to():
    stopping = asyncio.Event()
    waiting = asyncio.create_task(wait_until_ready(f"http://127.0.0.1:{free_port()}", stopping))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(waiting, PATIENCE_S)


async def test_refused_device_is_logged_once_others_continue(caplog):
    caplog.set_level(logging.INFO, "trackers.simulation")
    answers = {"demo-0001": 400, "demo-0002": 403}
    with listening(4, times=3, answers=answers) as listener:
        await run_until(Reporter(Fleet(devices_of(4), 200), listener.url), listener.has_enough)
    refused = [record.getMessage() for record in caplog.records if "refuses" in record.getMessage()]
    assert sorted(line.split(":")[0] for line in refused) == [
        "the server refuses demo-0001",
        "the server refuses demo-0002",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly_when_told(number):
    command = [sys.executable, "manage.py", "simulate", "--url", f"http://127.0.0.1:{free_port()}"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(
        [*command, "--trackers", "8"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert "takes no reports" in process.stderr.readline()
            process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == 0
    assert errors == ""
