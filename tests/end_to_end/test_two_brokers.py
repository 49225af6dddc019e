"""A server with two brokers, one of which dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import database_url
from tests.end_to_end.plain_client import PlainClient, report
from tests.end_to_end.servers import Broker, Daphne
from tests.patience import PATIENCE_S
from trackers.models import Tracker

# As many accounts that none of two brokers has all: one run in a thousand would.
ACCOUNTS = 10


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[list[Broker]]:
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("first", "second")]
        for folder in folders:
            folder.mkdir()
        yield [stack.enter_context(Broker(folder)) for folder in folders]


@pytest.fixture
def server(brokers: list[Broker], transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": ",".join(broker.url for broker in brokers)}
    with Daphne(environment, tmp_path / "log") as server:
        yield server
    assert "Traceback" not in server.log_text(), server.log_text()


def test_all_accounts_are_right_while_the_first_broker_is_away(
    server: Daphne, brokers: list[Broker], register: Callable[..., Tracker]
) -> None:
    owners = [User.objects.create_user(f"owner-{n}@fleet.example", None, title=f"{n}") for n in range(ACCOUNTS)]
    vans = [register(owner) for owner in owners]
    since = int(time.time()) - 3600
    with ExitStack() as stack:
        clients = [stack.enter_context(PlainClient(server)) for _ in vans]
        for client, owner, van in zip(clients, owners, vans, strict=True):
            client.send(
                {"action": "subscribe", "hash": create_session(owner), "events": ["state"], "trackers": [van.pk]}
            )
            assert client.message()["type"] == "response"
            client.message()
        for turn in (1, 2):
            for van in vans:
                assert report(server, van.source.device_id, since + turn, lat=47, lon=19, speed=turn) == 200
            for client in clients:
                # What was read from the database again may come twice.
                while round((client.message()["data"]["gps"] or {}).get("speed") or 0) != round(turn * 1.852):
                    continue
            assert httpx.get(f"{server.url}/readyz", timeout=PATIENCE_S).status_code == 200
            brokers[0].kill()
