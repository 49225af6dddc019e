"""Restarts of `manage.py serve` that nobody notices."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Serve, wait_until
from tests.end_to_end.survivors import BareSocket, Poll, Socket, Stream, Survivors
from tests.patience import PATIENCE_S
from trackers.models import SourceState, Tracker
from trackers.services.bulk_registration import NewTracker, register_trackers

pytestmark = pytest.mark.calm

# Half of what is meant, twice over: two busy processors have the clients as well.
COUNTS = {"Socket": 60, "BareSocket": 40, "Poll": 12, "Stream": 12}
FOLLOWED = 3
DEVICES = 60
REPORTS_PER_SECOND = 100
BACK_WITHIN_S = 60
DRAIN_S = 20


@pytest.fixture
def server(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Serve]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url}
    options = ("--processes", "2", "--drain-seconds", str(DRAIN_S))
    with Serve(environment, tmp_path / "log", *options) as server:
        yield server
    assert "Traceback" not in server.log_text(), server.log_text()


@pytest.fixture
def vans(alice: User) -> list[Tracker]:
    return register_trackers(alice, [NewTracker(f"van-{number}", f"Van {number}") for number in range(DEVICES)])


@pytest.fixture
def clients(server: Serve, alice: User, vans: list[Tracker]) -> Iterator[Survivors]:
    followed = [van.pk for van in vans[:FOLLOWED]]
    with Survivors(server, create_session(alice), followed, **COUNTS) as clients:
        wait_until(lambda: all(one.is_known or isinstance(one, BareSocket) for one in clients.all), "handshakes")
        yield clients


class Reports:
    """Reports of all vans in turn, over connections that are kept, until the end of the block."""

    def __init__(self, server: Serve, vans: list[Tracker]) -> None:
        self._address = f"{server.url}/ingest/osmand"
        self._vans = vans
        self._pool = ThreadPoolExecutor(8)
        self._time = int(time.time()) - 80_000
        self._lock = threading.Lock()
        self.answered: dict[int, int] = {}
        """By source id: the number of its last report that was answered 200."""
        self.failures: list[object] = []
        self.count = 0

    def send(self, van: Tracker, number: int) -> None:
        """Sends one whose height is its number, and notes what became of it."""
        query = {"id": van.source.device_id, "timestamp": self._time + number, "lat": 47, "lon": 19, "altitude": number}
        try:
            status = self._http.get(self._address, params=query).status_code
        except httpx.HTTPError as error:
            self.failures.append(error)
            return
        if status != 200:
            self.failures.append(status)
            return
        with self._lock:
            self.answered[van.source_id] = max(number, self.answered.get(van.source_id, 0))

    @contextmanager
    def coming(self) -> Iterator[Reports]:
        """A hundred a second while the block runs."""
        over = threading.Event()
        feeder = threading.Thread(target=self._feed, args=[over])
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as self._http:
            feeder.start()
            try:
                yield self
            finally:
                over.set()
                feeder.join()
                self._pool.shutdown()
                self._pool = ThreadPoolExecutor(8)

    def _feed(self, over: threading.Event) -> None:
        while not over.wait(1 / REPORTS_PER_SECOND):
            self.count += 1
            self._pool.submit(self.send, self._vans[self.count % len(self._vans)], self.count)


def stored_heights() -> dict[int, int]:
    """What the database says, by source id; zero before the first report."""
    states = [row.state for row in SourceState.objects.all()]
    return {state.source_id: int(state.gps.altitude_m or 0) if state.gps else 0 for state in states}


def assert_nothing_lost(reports: Reports) -> None:
    """Of each van the last report that was answered 200 is stored, or a later one."""
    stored = stored_heights()
    assert {source for source, number in reports.answered.items() if stored[source] < number} == set()


def wrong(clients: Survivors, expected: dict[int, int]) -> list[str]:
    """Those that believe something else."""
    return [f"{one} instead of {expected}" for one in clients.all if one.heights != expected]


def seconds_until_right(clients: Survivors, vans: list[Tracker], since: float) -> float:
    """How long after `since` every client believed what the database says."""
    stored = stored_heights()
    expected = {van.source_id: stored[van.source_id] for van in vans[:FOLLOWED]}
    wait_until(lambda: not wrong(clients, expected), "all are right", BACK_WITHIN_S, lambda: wrong(clients, expected))
    return time.monotonic() - since


def test_restart_under_load_loses_nothing_and_nobody(
    server: Serve, clients: Survivors, vans: list[Tracker], capsys: pytest.CaptureFixture[str]
) -> None:
    reports = Reports(server, vans)
    with reports.coming():
        wait_until(lambda: len(reports.answered) == DEVICES and all(one.heights for one in clients.all), "states")
        assert not reports.failures
        told_at = time.monotonic()
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
        ended_s = time.monotonic() - told_at
    assert_nothing_lost(reports)
    started_at = time.monotonic()
    server.start()
    ready_s = time.monotonic() - started_at
    with reports.coming():
        wait_until(lambda: all(one.connections > 1 for one in clients.of(Socket, BareSocket)), "sockets are back")
        back_s = time.monotonic() - started_at
    right_s = seconds_until_right(clients, vans, started_at)
    assert_nothing_lost(reports)
    assert {code for one in clients.of(Socket, BareSocket) for code in one.ends} == {1012}
    with capsys.disabled():
        print(
            f"ended {ended_s:.1f} s after SIGTERM; successor ready {ready_s:.1f} s after its start, sockets back"
            f" {back_s:.1f} s, right {right_s:.1f} s; {len(reports.failures)} of {reports.count} reports failed"
        )
    assert ended_s <= DRAIN_S


def test_replacing_workers_fails_no_request(
    server: Serve, clients: Survivors, vans: list[Tracker], capsys: pytest.CaptureFixture[str]
) -> None:
    reports, before = Reports(server, vans), server.worker_pids()
    with reports.coming():
        wait_until(lambda: len(reports.answered) == DEVICES and all(one.heights for one in clients.all), "states")
        told_at = time.monotonic()
        server.tell(signal.SIGHUP)
        wait_until(lambda: not set(before) & set(server.worker_pids()), "other workers", BACK_WITHIN_S)
        replaced_s = time.monotonic() - told_at
        wait_until(lambda: all(one.connections > 1 for one in clients.of(Socket, BareSocket)), "sockets are back")
    right_s = seconds_until_right(clients, vans, told_at)
    with capsys.disabled():
        print(f"replaced within {replaced_s:.1f} s, all right after {right_s:.1f} s, {reports.count} reports")
    assert reports.failures == []
    assert_nothing_lost(reports)
    assert {code for one in clients.of(Socket, BareSocket) for code in one.ends} == {1012}
    assert {code for one in clients.of(Poll, Stream) for code in one.ends} == set()


def test_clients_of_killed_worker_come_back(
    server: Serve, clients: Survivors, vans: list[Tracker], capsys: pytest.CaptureFixture[str]
) -> None:
    reports = Reports(server, vans)
    with reports.coming():
        wait_until(lambda: len(reports.answered) == DEVICES and all(one.heights for one in clients.all), "states")
    victim, other = server.worker_pids()
    killed_at = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    with reports.coming():
        wait_until(lambda: len(set(server.worker_pids()) - {victim}) == 2, "a new worker", BACK_WITHIN_S)
    right_s = seconds_until_right(clients, vans, killed_at)
    with capsys.disabled():
        print(f"all right {right_s:.1f} s after a worker was killed")
    assert other in server.worker_pids()


def test_half_of_a_request_holds_up_no_end(server: Serve) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"POST /ingest/osmand HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nid=")
        wait_until(lambda: httpx.get(f"{server.url}/healthz", timeout=PATIENCE_S).status_code == 200, "an answer")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
    assert "broken off" not in server.log_text()


def test_connection_that_is_kept_is_told_of_the_end(server: Serve) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        assert http.get("/readyz").json()["serving"]
        server.tell(signal.SIGTERM)
        answers = []
        # In the two seconds in which it may ask once more.
        wait_until(lambda: answers.append(http.get("/readyz")) or answers[-1].status_code == 503, "the end")
    assert answers[-1].json() == {"database": True, "broker": True, "serving": False}
    assert answers[-1].headers["connection"] == "close"
    assert server.wait() == 0


def test_workers_answer_at_ports_of_their_own(broker: Broker, transactional_db: None, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url}
    with Serve(environment, tmp_path / "log", "--processes", "2", "--own-ports") as server:
        for _ in range(2):
            for number in range(3):
                assert (
                    httpx.get(f"http://127.0.0.1:{server.port + number}/healthz", timeout=PATIENCE_S).status_code == 200
                )
            before = server.worker_pids()
            server.tell(signal.SIGHUP)
            wait_until(lambda before=before: not set(before) & set(server.worker_pids()), "others", BACK_WITHIN_S)
