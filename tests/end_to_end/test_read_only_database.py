"""A database that takes no writes, as the one that was the first after a failover: told in time, and made good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Broker, Daphne, Housekeeping, wait_until
from tests.end_to_end.test_database_outage import SHORT_WAITS, TOLD_WITHIN_S, readiness, report, told_in_time
from tests.patience import PATIENCE_S
from tests.people import PASSWORD
from trackers.models import SourceState, Tracker

pytestmark = pytest.mark.calm

END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def environment(broker: Broker, transactional_db: None) -> dict[str, str]:
    return {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, **SHORT_WAITS}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Daphne]:
    with Daphne(environment, tmp_path / "log") as server:
        yield server
    assert "Traceback" not in server.log_text()


@pytest.fixture
def housekeeping(environment: dict[str, str], tmp_path: Path) -> Iterator[Housekeeping]:
    with Housekeeping(environment, tmp_path / "housekeeping") as housekeeping:
        yield housekeeping
    assert "Traceback" not in housekeeping.log_text()


@contextmanager
def read_only(*servers: Daphne | Housekeeping) -> Iterator[None]:
    """Lets them write nothing until the end of the block."""
    with ExitStack() as stack:
        stack.enter_context(_postgresql() if connection.vendor == "postgresql" else _sqlite(*servers))
        yield


@contextmanager
def _postgresql() -> Iterator[None]:
    """Connections break, and those that are made then lead to a server that is only read."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(database_url(), autocommit=True) as session:
        session.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            session.execute(END_OTHERS)
            yield
        finally:
            session.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


@contextmanager
def _sqlite(*servers: Daphne | Housekeeping) -> Iterator[None]:
    """The file is only read by processes that find it so when they start."""
    url = database_url()
    for address in (f"{url}?init_command=PRAGMA query_only=1", url):
        for server in servers:
            server.stop()
            server.environment["DATABASE_URL"] = address
            _start(server, url)
        if address != url:
            yield


def _start(server: Daphne | Housekeeping, url: str) -> None:
    """Starts it; a server whose database is only read never says that it is ready."""
    if isinstance(server, Daphne):
        server.start(probe="/readyz" if server.environment["DATABASE_URL"] == url else "/healthz")
    else:
        server.start()


def test_nothing_hangs_and_all_is_well_again(
    server: Daphne, housekeeping: Housekeeping, alice: User, register: Callable[..., Tracker]
) -> None:
    van, credential = register(alice), create_session(alice)
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        assert report(http, van, 1) == 200
        with read_only(server, housekeeping):
            for second in (2, 3, 4):
                assert report(http, van, second) == 503
            assert readiness(http) == (503, {"database": False, "broker": True, "serving": True})
            with told_in_time():
                login = http.post("/user/auth", json={"login": alice.login, "password": PASSWORD})
            assert (login.status_code, login.json()["status"]["code"]) == (503, 14)
            assert http.get("/user/get_info", params={"hash": credential}).status_code == 200, "reading goes on"
            with PlainClient(server) as client:
                assert client.subscribe(credential, [van.pk])["type"] == "response"
                assert client.message()["data"]["source_id"] == van.source_id
            wait_until(lambda: "the database does not answer" in housekeeping.log_text(), "housekeeping")
        wait_until(lambda: report(http, van, 5) == 200, "a report", timeout_s=PATIENCE_S)
        wait_until(lambda: readiness(http)[0] == 200, "readiness", timeout_s=TOLD_WITHIN_S)
    assert SourceState.objects.get().state.last_update.second == 5
