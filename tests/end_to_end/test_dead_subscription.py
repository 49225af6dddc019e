"""A subscription to the broker that died in silence: nothing fails, and nothing is heard over it any more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.crowd import Crowd, Subscriber
from tests.end_to_end.servers import Broker, Daphne, wait_until
from tests.end_to_end.silent_proxy import SilentProxy
from tests.patience import PATIENCE_S
from trackers.models import Tracker

pytestmark = pytest.mark.calm

# Three seconds of silence, a beat, a new subscription and a tick; the rest is what a busy machine takes.
HEARD_AGAIN_S = 25.0
# A notice takes hundredths of a second, be there one of five that the machine is free for; what the database is read
# for takes half a second and more.
BY_NOTICE_S = 0.4
SILENT = "the channel layer is silent"
SUBSCRIBING = "subscribing to the channel layer over a new connection"
HEARD = "the channel layer is heard again"
METRICS_TOKEN = "for the one who measures"


@pytest.fixture
def broker_proxy(tmp_path: Path) -> Iterator[SilentProxy]:
    with Broker(tmp_path) as broker, SilentProxy(broker.socket) as proxy:
        yield proxy


@pytest.fixture
def server(broker_proxy: SilentProxy, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    broker_url = f"redis://127.0.0.1:{broker_proxy.port}"
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker_url, "METRICS_TOKEN": METRICS_TOKEN}
    with Daphne(environment, tmp_path / "log") as server:
        yield server
    assert "Traceback" not in server.log_text()


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


class Drive:
    """A van that reports over HTTP, and what its followers know of it."""

    def __init__(self, server: Daphne, van: Tracker, crowd: Crowd) -> None:
        self._server, self._van, self._crowd = server, van, crowd
        self._began = int(time.time()) - 3600
        self._count = 0

    def delay_s(self) -> float:
        """Reports once more; how long it takes until everybody knows."""
        self._count += 1
        place = {"lat": 47 + self._count / 1000, "lon": 19}
        query = {"id": self._van.source.device_id, "timestamp": self._began + self._count, **place}
        started = time.monotonic()
        assert httpx.get(f"{self._server.url}/ingest/osmand", params=query, timeout=PATIENCE_S).status_code == 200
        wait_until(lambda: all(self._knows(s, place["lat"]) for s in self._crowd.subscribers), "the report")
        return time.monotonic() - started

    def _knows(self, subscriber: Subscriber, latitude: float) -> bool:
        location = subscriber.states.get(self._van.source_id, {}).get("gps", {}).get("location")
        # Before the first report there is none.
        return location is not None and location["lat"] == pytest.approx(latitude)


@pytest.fixture
def drive(server: Daphne, alice: User, van: Tracker) -> Iterator[Drive]:
    with Crowd(server, [create_session(alice) for _ in range(5)], [van]) as crowd:
        yield Drive(server, van, crowd)


def metric(server: Daphne, name: str) -> float:
    answer = httpx.get(
        f"{server.url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, timeout=PATIENCE_S
    )
    [value] = re.findall(rf"^{name}\{{[^}}]*\}} (\S+)$", answer.text, re.MULTILINE)
    return float(value)


def is_logged(server: Daphne, line: str, count: int) -> bool:
    return server.log_text().count(line) == count


@pytest.mark.parametrize("having_said", [b"SUBSCRIBE", b""], ids=["subscription", "all"])
def test_followers_are_told_by_notice_again(
    server: Daphne, broker_proxy: SilentProxy, drive: Drive, having_said: bytes
) -> None:
    drive.delay_s()
    for count in (1, 2):
        assert broker_proxy.silence(having_said=having_said) >= 1
        died_at = time.monotonic()
        lost_s = drive.delay_s()
        wait_until(partial(is_logged, server, HEARD, count), "the new subscription", HEARD_AGAIN_S)
        heard_s = time.monotonic() - died_at
        heard = metric(server, "fleetsphere_notices_heard_total")
        delays = [drive.delay_s() for _ in range(5)]
        print(f"lost: known after {lost_s:.1f} s; heard after {heard_s:.1f} s; then {min(delays):.2f} s at least")
        assert min(delays) < BY_NOTICE_S
        assert metric(server, "fleetsphere_notices_heard_total") == heard + 5
        assert all(is_logged(server, line, count) for line in (SILENT, SUBSCRIBING, HEARD))
