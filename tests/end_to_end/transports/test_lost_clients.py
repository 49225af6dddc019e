"""Clients whose subscriptions the server lost: those hear of it, and nobody else does (docs/decisions/0033)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from accounts.models import User
from accounts.wire.logout_causes import LogoutCause
from tests.end_to_end.conftest import Start, database_url
from tests.end_to_end.servers import Broker, Daphne, wait_until
from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.clients import CLIENTS, Streaming
from tests.end_to_end.transports.conftest import brief, make_fleet, source_of
from tests.end_to_end.transports.wire import get
from trackers.models import Tracker

LOGOUT = ("logout", "session closed")


@pytest.fixture
def mortal(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    """A server of its own, so that it may die."""
    with Daphne({"DATABASE_URL": database_url(), "REDIS_URL": broker.url}, tmp_path / "log") as server:
        yield server


@pytest.fixture
def forgetful(serve: Start) -> Daphne:
    """Keeps what it holds for a client that is away for a second."""
    return serve(ATMOSPHERE_SERVER_HEARTBEAT_S="1", ATMOSPHERE_AWAY_S="1")


@pytest.fixture
def die(mortal: Daphne, broker: Broker) -> Callable[[list[Client], int], None]:
    """Ends the process without a word once so many clients are marked, and starts another at its port."""

    def end_and_start(clients: list[Client], marked: int) -> None:
        with redis.Redis(unix_socket_path=str(broker.socket)) as marks:
            wait_until(lambda: len(marks.keys("*.subscribed.*")) >= marked, "the marks of the clients")
        mortal.kill()
        for client in clients:
            client.drop()
        mortal.start()

    return end_and_start


@pytest.mark.atmosphere(50, 58)
def test_client_of_a_dead_process_hears_that_it_is_lost(
    mortal: Daphne,
    die: Callable[[list[Client], int], None],
    alice: User,
    register: Callable[..., Tracker],
    leave: ExitStack,
) -> None:
    assert LogoutCause.CLIENT_LOST.sentence
    fleet = make_fleet(mortal, alice, register)
    lost = [leave.enter_context(kind(mortal)).open() for kind in CLIENTS.values()]
    eager = [leave.enter_context(kind(mortal)).open() for kind in CLIENTS.values()]
    strangers = [leave.enter_context(kind(mortal)).open() for kind in CLIENTS.values()]
    for client in (*lost, *eager):
        fleet.watch(client)
    die([*lost, *eager, *strangers], len(lost) + len(eager))
    for client in eager:
        # As its application does in `onReopen`.
        fleet.watch(client.come_back())
    for client in (*strangers, *lost):
        client.come_back()
    for client in lost:
        assert brief(client.next_message()) == LOGOUT
        fleet.watch(client)
    for client in (*eager, *strangers, *lost):
        assert client.is_silent()
    fleet.drive(0, 10)
    for client in (*eager, *lost):
        assert source_of(client.next_message()) == fleet.source_ids[0]


@pytest.mark.atmosphere(49, 56)
def test_client_away_too_long_hears_that_it_is_lost(
    forgetful: Daphne, alice: User, register: Callable[..., Tracker], leave: ExitStack
) -> None:
    fleet = make_fleet(forgetful, alice, register)
    clients = [fleet.watch(leave.enter_context(kind(forgetful)).open()) for kind in CLIENTS.values()]
    for client in clients:
        client.lose()
    clock = leave.enter_context(Streaming(forgetful)).open()
    for _ in range(4):
        assert clock.next_text() == "X"
    for client in clients:
        client.come_back()
    for client in clients:
        assert brief(client.next_message()) == LOGOUT


@pytest.mark.atmosphere(36)
def test_single_poll_hears_that_its_client_is_lost(
    forgetful: Daphne, alice: User, register: Callable[..., Tracker], leave: ExitStack
) -> None:
    fleet = make_fleet(forgetful, alice, register)
    client = fleet.watch(leave.enter_context(Streaming(forgetful)).open())
    client.lose()
    clock = leave.enter_context(Streaming(forgetful)).open()
    for _ in range(4):
        assert clock.next_text() == "X"
    pairs = [(n, "polling" if n == "X-Atmosphere-Transport" else v) for n, v in client.parameters]

    def text() -> str:
        with get(forgetful, pairs) as response:
            return response.body()

    wait_until(lambda: "logout" in text(), "the word that it is lost")
    assert text() == ""


@pytest.mark.atmosphere(55, 57)
@pytest.mark.parametrize("transport", ["websocket", "sse", "streaming", "long-polling"])
def test_chosen_id_takes_over_nothing_that_was_subscribed(
    server: Daphne, alice: User, register: Callable[..., Tracker], leave: ExitStack, transport: str
) -> None:
    fleet = make_fleet(server, alice, register)
    client = leave.enter_context(CLIENTS["websocket"](server, tracking_id=f"map-of-{transport}")).come_back()
    fleet.watch(client)
    client.lose()
    other = leave.enter_context(CLIENTS[transport](server, tracking_id=client.tracking_id)).come_back()
    fleet.drive(0, 10)
    # Who had it, or took it, is told that it has nothing; and gets nothing of it.
    assert brief(other.next_message()) == LOGOUT
    assert other.is_silent()
