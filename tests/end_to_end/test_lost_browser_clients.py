"""Published clients whose server process dies hear `logout`, and may subscribe again (docs/decisions/0033)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from accounts.models import User
from tests.end_to_end.applications import Application, open_applications
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.conftest import database_url
from tests.end_to_end.moving_fleet import Fleet
from tests.end_to_end.plain_client import log_in
from tests.end_to_end.published_clients import CLIENTS
from tests.end_to_end.servers import Broker, Daphne, wait_until
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

TRANSPORTS = ("websocket", "sse", "streaming", "long-polling")
LOGOUT = {"type": "event", "event": "logout", "data": "session closed"}


@pytest.fixture
def mortal(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    """A server of its own, so that it may die."""
    with Daphne({"DATABASE_URL": database_url(), "REDIS_URL": broker.url}, tmp_path / "log") as server:
        yield server


@pytest.mark.atmosphere(50, 58)
@pytest.mark.parametrize("version", CLIENTS)
def test_published_client_subscribes_again_after_the_loss(
    mortal: Daphne, broker: Broker, alice: User, register: Callable[..., Tracker], version: str
) -> None:
    fleet = Fleet(mortal, log_in(mortal, alice.login), [register(alice)])
    wanted = [{"transport": one, "fallbackTransport": one, "trackMessageLength": True} for one in TRANSPORTS]
    with open_applications(mortal, fleet, version, *wanted) as applications:
        heard = len(fleet.told)
        with redis.Redis(unix_socket_path=str(broker.socket)) as marks:
            wait_until(lambda: len(marks.keys("*.subscribed.*")) >= len(TRANSPORTS), "the marks of the clients")
        for application in applications:
            application.network.cut()
        elsewhere(mortal.kill)
        elsewhere(mortal.start)
        for application in applications:
            application.network.let_in()
        for application, transport in zip(applications, TRANSPORTS, strict=True):
            assert json.loads(new_text(application, heard)) == LOGOUT
            application.client.push(fleet.subscribe())
            assert json.loads(new_text(application, heard + 1))["action"] == "subscription/subscribe"
            assert application.transports() == {transport}


def new_text(application: Application, before: int) -> str:
    """The text that comes after so many."""
    texts = application.client.everything(before + 1)
    assert len(texts) > before, (texts, [request.transport for request in application.network.requests])
    return texts[before]
