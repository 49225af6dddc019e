"""The devices' door of `manage.py serve`, over a replacement of the workers and to the end."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Serve, wait_until
from tests.end_to_end.test_serve import BACK_WITHIN_S, Reports, assert_nothing_lost
from tests.patience import PATIENCE_S
from tests.ports import free_port
from trackers.services.bulk_registration import NewTracker, register_trackers

pytestmark = pytest.mark.calm


@pytest.fixture
def door() -> SimpleNamespace:
    port = free_port()
    return SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}")


@pytest.fixture
def server(broker: Broker, transactional_db: None, tmp_path: Path, door: SimpleNamespace) -> Iterator[Serve]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url}
    with Serve(environment, tmp_path / "log", "--devices-port", str(door.port)) as server:
        yield server
    assert "Traceback" not in server.log_text(), server.log_text()


def test_reports_at_the_door_survive_a_replacement_and_hold_up_no_end(
    server: Serve, door: SimpleNamespace, alice: User
) -> None:
    vans = register_trackers(alice, [NewTracker(f"van-{number}", f"Van {number}") for number in range(10)])
    reports, before = Reports(door, vans), server.worker_pids()  # type: ignore[arg-type]
    with reports.coming():
        wait_until(lambda: len(reports.answered) == len(vans), "reports")
        server.tell(signal.SIGHUP)
        wait_until(lambda: not set(before) & set(server.worker_pids()), "other workers", BACK_WITHIN_S)
    assert reports.failures == []
    assert_nothing_lost(reports)
    assert httpx.get(f"{door.url}/readyz", timeout=PATIENCE_S).json()["serving"]
    with socket.create_connection(("127.0.0.1", door.port)) as line:
        line.sendall(b"POST /ingest/osmand HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nid=")
        wait_until(lambda: httpx.get(f"{door.url}/healthz", timeout=PATIENCE_S).status_code == 200, "an answer")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
