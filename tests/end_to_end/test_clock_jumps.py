"""The clock of a machine is set while the servers run: nothing freezes, and what is silent goes offline in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.models import LoginAttempt, User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.crowd import Crowd
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Broker, Daphne, Housekeeping, wait_until
from tests.end_to_end.test_make_run import FAKETIME, needs_faketime
from trackers.models import SourceState, Tracker

pytestmark = [pytest.mark.calm, needs_faketime]

OFFLINE_TIMEOUT_S = 8
HEARTBEAT_S = 2
PATIENCE_S = 120
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    """The clock on the wall of the servers, which can be set; their monotonic one goes on as it does."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.error = timedelta()
        self.set(timedelta())

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.error

    def set(self, error: timedelta) -> None:
        """Sets it so much off the real time."""
        self.error = error
        self._file.write_text(f"{error.total_seconds():+.0f}")


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def has_kept_house() -> bool:
    """Whether housekeeping looks what is due: it removes an attempt that is old."""
    LoginAttempt.objects.get_or_create(login="nobody", address="", at=datetime(2000, 1, 1, tzinfo=UTC))
    time.sleep(0.2)
    return not LoginAttempt.objects.exists()


@pytest.fixture
def server(clock: Clock, broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    environment = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": broker.url,
        "IDLE_TIMEOUT_S": str(OFFLINE_TIMEOUT_S - 2),
        "OFFLINE_TIMEOUT_S": str(OFFLINE_TIMEOUT_S),
        "ATMOSPHERE_SERVER_HEARTBEAT_S": str(HEARTBEAT_S),
        **clock.variables,
    }
    with ExitStack() as running:
        server = running.enter_context(Daphne(environment, tmp_path / "log"))
        housekeeping = running.enter_context(Housekeeping(environment, tmp_path / "housekeeping"))
        wait_until(has_kept_house, "housekeeping")
        yield server
        for process in (server, housekeeping):
            assert "Traceback" not in process.log_text(), process.log_text()


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


class Drive:
    """A van that reports by its own clock, which is right, and what a follower is told."""

    def __init__(self, server: Daphne, van: Tracker, crowd: Crowd) -> None:
        self._server, self._van, self._crowd = server, van, crowd
        self._count = 0

    @property
    def shown(self) -> dict[str, Any]:
        """The state as the follower knows it."""
        [follower] = self._crowd.subscribers
        return follower.states.get(self._van.source_id, {})

    def send(self) -> float:
        """Reports from the next place; its latitude."""
        self._count += 1
        latitude = 47 + self._count / 1000
        query = {"id": self._van.source.device_id, "timestamp": int(time.time()), "lat": latitude, "lon": 19}
        # A busy machine may tell it to try again, as a device does.
        wait_until(lambda: self._is_taken(query), "the report", PATIENCE_S)
        return latitude

    def _is_taken(self, query: dict[str, Any]) -> bool:
        answer = httpx.get(f"{self._server.url}/ingest/osmand", params=query, timeout=PATIENCE_S)
        assert answer.status_code in (200, 503)
        return answer.status_code == 200

    def report(self) -> None:
        """Reports, and returns when the follower sees it there, active."""
        latitude = self.send()
        wait_until(lambda: self._is_at(latitude), f"the van at {latitude}, {self.shown}", PATIENCE_S)

    def _is_at(self, latitude: float) -> bool:
        location = self.shown.get("gps", {}).get("location") or {}
        return location.get("lat") == pytest.approx(latitude) and self.shown["connection_status"] == "active"

    def is_offline(self) -> bool:
        return self.shown.get("connection_status") == "offline"


@pytest.fixture
def drive(server: Daphne, van: Tracker, alice: User) -> Iterator[Drive]:
    with Crowd(server, [create_session(alice)], [van]) as crowd:
        yield Drive(server, van, crowd)


@pytest.mark.parametrize("jump", [-HOUR, -DAY], ids=["hour", "day"])
def test_a_van_goes_on_after_the_clock_is_set_back(clock: Clock, drive: Drive, jump: timedelta) -> None:
    drive.report()
    clock.set(jump)
    for _ in range(3):
        drive.report()
    wait_until(drive.is_offline, "offline", OFFLINE_TIMEOUT_S + PATIENCE_S)
    drive.report()
    clock.set(timedelta())
    drive.report()


def test_offline_comes_in_time_though_the_last_report_came_a_day_ahead(clock: Clock, drive: Drive) -> None:
    clock.set(DAY)
    drive.send()
    wait_until(lambda: SourceState.objects.get().record.contact_at is not None, "the report")
    for _ in range(2):
        wait_until(has_kept_house, "a round of housekeeping, and one that began after the clock was set")
    clock.set(timedelta())
    wait_until(drive.is_offline, "offline", OFFLINE_TIMEOUT_S + PATIENCE_S)


def test_a_clock_set_forward_makes_nobody_silent_who_reports(clock: Clock, drive: Drive) -> None:
    drive.report()
    clock.set(HOUR)
    seen: list[dict[str, Any]] = []
    until = time.monotonic() + 4
    while time.monotonic() < until:
        seen.append(drive.shown)
        time.sleep(0.2)
    assert not any(state["connection_status"] == "offline" for state in seen)


def test_clients_get_heartbeats_and_batches_after_the_clock_is_set_back(
    clock: Clock, server: Daphne, drive: Drive, van: Tracker, alice: User
) -> None:
    query = "?X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript&X-Atmosphere-Transport=websocket"
    with PlainClient(server, f"{query}&X-atmo-protocol=true") as client:
        client.frame()
        request = {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [van.pk]}, "rate_limit": "2s"}
        client.send({"action": "subscribe", "hash": create_session(alice), "requests": [request]})
        drive.report()
        clock.set(-HOUR)
        drive.report()
        frames: list[str] = []
        wait_until(lambda: is_followed_by_heartbeat(frames, client), "batch and heartbeat", PATIENCE_S)


def is_followed_by_heartbeat(frames: list[str], client: PlainClient) -> bool:
    frames.append(client.frame())
    batches = [number for number, frame in enumerate(frames) if "47.002" in frame]
    return bool(batches) and "X" in "".join(frames[batches[0] + 1 :])
