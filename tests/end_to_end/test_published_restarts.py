"""The published clients in Chromium, while their server is restarted or its workers are replaced.

Each must come back at once by the transport that it had. One that is refused goes to its fallback for good, or ends.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from accounts.models import User
from tests.end_to_end.applications import Application
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.conftest import database_url
from tests.end_to_end.cutting_proxy import CuttingProxy
from tests.end_to_end.moving_fleet import Fleet, outline
from tests.end_to_end.plain_client import log_in
from tests.end_to_end.published_clients import CLIENTS, start_client
from tests.end_to_end.servers import Broker, ServeBySocket, wait_until
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.calm]

PATIENCE_S = 120


@pytest.fixture
def server(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[ServeBySocket]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url}
    with ServeBySocket(environment, tmp_path / "log", "--processes", "2") as server:
        yield server
    assert "Traceback" not in server.log_text(), server.log_text()


@pytest.fixture
def fleet(server: ServeBySocket, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return Fleet(server, log_in(server, alice.login), [register(alice) for _ in range(3)])


@contextmanager
def every_version(server: ServeBySocket, fleet: Fleet, transport: str) -> Iterator[list[Application]]:
    """A page with each, which has subscribed to the fleet; it falls back to long-polling."""
    greeting = fleet.subscribe()
    wanted = {"transport": transport, "fallbackTransport": "long-polling", "trackMessageLength": True}
    with ExitStack() as stack:
        browser = stack.enter_context(open_browser())
        applications = []
        for version in CLIENTS:
            network = stack.enter_context(CuttingProxy(server.port))
            page = stack.enter_context(browser.new_page())
            client = start_client(page, network.url, version, greeting=greeting, **wanted)
            applications.append(Application(client, network))
        yield applications


def assert_all_heard(fleet: Fleet, applications: Sequence[Application]) -> None:
    """Each message once. What several sources said meanwhile has no order."""
    for version, application in zip(CLIENTS, applications, strict=True):
        heard = Counter(outline(text) for text in application.client.everything(len(fleet.told)))
        assert heard == Counter(fleet.told), (version, [request.transport for request in application.network.requests])


def replace_workers(server: ServeBySocket) -> None:
    before = server.worker_pids()
    server.tell(signal.SIGHUP)
    wait_until(lambda: not set(before) & set(server.worker_pids()), "other workers", PATIENCE_S)


def restart(server: ServeBySocket) -> None:
    server.tell(signal.SIGTERM)
    assert server.wait() == 0
    server.start()


@pytest.mark.parametrize("transport", ["websocket", "sse", "long-polling"])
def test_published_clients_keep_their_transport(server: ServeBySocket, fleet: Fleet, transport: str) -> None:
    with every_version(server, fleet, transport) as applications:
        assert_all_heard(fleet, applications)
        for change in (replace_workers, restart):
            before = [len(application.network.requests) for application in applications]
            change(server)
            fleet.move(0, 1)
            assert_all_heard(fleet, applications)
            for count, application in zip(before, applications, strict=True):
                later = [request for request in application.network.requests[count:] if request.connects]
                assert later and {request.transport for request in later} == {transport}
