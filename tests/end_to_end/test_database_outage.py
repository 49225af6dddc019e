"""A database that keeps everybody waiting: each is told so within seconds, and all goes on as soon as it can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Daphne, wait_until
from tests.end_to_end.silent_proxy import SilentProxy
from tests.patience import PATIENCE_S
from tests.people import PASSWORD
from tests.trackers.bodies import ngp_message
from trackers.models import Source, SourceState, Tracker

pytestmark = pytest.mark.calm

Register = Callable[..., Tracker]
# After four seconds a report is refused; the rest is what a busy machine takes.
TOLD_WITHIN_S = 6.5
SHORT_WAITS = {
    "INGEST_TIMEOUT_S": "2",
    "DATABASE_LOCK_TIMEOUT_S": "3",
    "DATABASE_STATEMENT_TIMEOUT_S": "3",
    "DATABASE_NETWORK_TIMEOUT_S": "1",
    "DATABASE_IDLE_TIMEOUT_S": "2",
}
COME_BACK = "a connection that was given up has failed"


class Outage(Protocol):
    """What keeps the reports of a server from the database."""

    url: str
    """Where the server finds its database."""

    def begin(self) -> None: ...

    def end(self) -> None: ...


class DeadConnections:
    """Open connections die in silence, and new ones work: a failover. Over by itself."""

    def __init__(self, stack: ExitStack) -> None:
        place = connection.settings_dict
        host, port = place["HOST"], int(place["PORT"] or 5432)
        target = Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, port)
        self._proxy = stack.enter_context(SilentProxy(target))
        self.url = f"postgres://{place['USER']}@127.0.0.1:{self._proxy.port}/{place['NAME']}"

    def begin(self) -> None:
        self._proxy.silence()

    def end(self) -> None:
        """New connections work all the time."""


class LockedDatabase:
    """Another program holds the whole database, until it is done."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack.enter_context(ExitStack())
        self.url = database_url()

    def begin(self) -> None:
        self._stack.enter_context(transaction.atomic())

    def end(self) -> None:
        self._stack.close()


@pytest.fixture
def outage(transactional_db: None) -> Iterator[Outage]:
    with ExitStack() as stack:
        yield DeadConnections(stack) if connection.vendor == "postgresql" else LockedDatabase(stack)


@pytest.fixture
def server(outage: Outage, broker: Broker, tmp_path: Path) -> Iterator[Daphne]:
    with Daphne({"DATABASE_URL": outage.url, "REDIS_URL": broker.url, **SHORT_WAITS}, tmp_path / "log") as server:
        yield server


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@contextmanager
def told_in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < TOLD_WITHIN_S


def report(http: httpx.Client, van: Tracker, second: int) -> int:
    body = ngp_message(van.source.device_id, f"2024-05-02T08:15:{second:02}Z")
    with told_in_time():
        return http.post("/ingest/ngp", json=body).status_code


def readiness(http: httpx.Client) -> tuple[int, dict[str, Any]]:
    with told_in_time():
        answer = http.get("/readyz")
    return answer.status_code, answer.json()


def test_reports_are_refused_in_time_and_stored_again_without_a_restart(
    server: Daphne, outage: Outage, van: Tracker
) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        assert report(http, van, 1) == 200
        assert readiness(http) == (200, {"database": True, "broker": True, "serving": True})
        outage.begin()
        # One lane after the other finds out that its connection is dead.
        assert report(http, van, 2) == 503
        # The kind that is over by itself may be so by now.
        assert readiness(http) in (
            (503, {"database": False, "broker": True, "serving": True}),
            (200, {"database": True, "broker": True, "serving": True}),
        )
        outage.end()
        wait_until(lambda: report(http, van, 3) == 200, "a report", timeout_s=PATIENCE_S)
        wait_until(lambda: readiness(http)[0] == 200, "readiness", timeout_s=TOLD_WITHIN_S)
    assert SourceState.objects.get().state.last_update.second == 3
    wait_until(lambda: COME_BACK in server.log_text(), "the lane that was given up")
    assert "Traceback" not in server.log_text()


def test_locks_of_a_connection_that_died_are_given_back(server: Daphne, outage: Outage, van: Tracker) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http, ThreadPoolExecutor(1) as pool:
        assert report(http, van, 1) == 200
        with transaction.atomic():
            SourceState.objects.select_for_update().get()
            under_way = pool.submit(report, http, van, 2)
            wait_until(is_somebody_waiting, "the report")
            outage.begin()
        # Its transaction has the lock now, and nobody who could end it.
        outage.end()
        under_way.result()
        wait_until(lambda: report(http, van, 3) == 200, "a report", timeout_s=PATIENCE_S)


def test_a_call_that_is_under_way_is_told_in_time(server: Daphne, outage: Outage, alice: User, van: Tracker) -> None:
    detection = {"min_idle_duration_minutes": 5, "idle_speed_threshold": 3}
    aware = {"ignition_aware": False, "motion_sensor_aware": False}
    body = {"hash": create_session(alice), "tracker_id": van.pk, **detection, **aware}
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http, ThreadPoolExecutor(1) as pool:

        def change() -> tuple[int, int]:
            with told_in_time():
                answer = http.post("/tracker/settings/trip_detection/update", json=body)
            return answer.status_code, answer.json()["status"]["code"]

        with transaction.atomic():
            Source.objects.select_for_update().get()
            under_way = pool.submit(change)
            wait_until(is_somebody_waiting, "the call")
            outage.begin()
            assert under_way.result() == (503, 14)
        outage.end()


def is_somebody_waiting() -> bool:
    """For a lock. SQLite does not tell."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        # What a transaction has seen of it stays as it was.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


def test_readiness_is_asked_by_the_way_that_reports_take(server: Daphne, outage: Outage, van: Tracker) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        assert report(http, van, 1) == 200
        outage.begin()
        assert readiness(http) == (503, {"database": False, "broker": True, "serving": True})
        outage.end()
        wait_until(lambda: readiness(http)[0] == 200, "readiness", timeout_s=PATIENCE_S)


def test_a_login_that_cannot_write_gets_code_14_in_time(server: Daphne, outage: Outage, alice: User) -> None:
    credential = create_session(alice)
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        assert http.get("/user/get_info", params={"hash": credential}).status_code == 200
        outage.begin()
        with told_in_time():
            answer = http.post("/user/auth", json={"login": alice.login, "password": PASSWORD})
        if connection.vendor == "sqlite":
            assert (answer.status_code, answer.json()["status"]["code"]) == (503, 14)
            outage.end()
            answer = http.post("/user/auth", json={"login": alice.login, "password": PASSWORD})
        # A call opens a connection of its own, so that those which died do not matter.
        assert answer.status_code == 200
