"""How long a client may be away, and how it may leave (atmosphere §6.2, §7.3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from accounts.models import User
from tests.end_to_end.conftest import Start
from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.clients import CLIENTS, Streaming, Websocket
from tests.end_to_end.transports.conftest import Fleet, brief, make_fleet
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

MakeFleet = Callable[[Daphne], Fleet]
# The server looks after absent clients every second or so.
BEATS_UNTIL_FORGOTTEN = 4


@pytest.fixture
def make(alice: User, register: Callable[..., Tracker]) -> MakeFleet:
    return lambda server: make_fleet(server, alice, register)


@pytest.fixture
def forgetful(serve: Start) -> Daphne:
    """Keeps what it holds for a client that is away for a second."""
    return serve(ATMOSPHERE_SERVER_HEARTBEAT_S="1", ATMOSPHERE_AWAY_S="1")


@pytest.mark.atmosphere(49, 56)
def test_client_away_too_long_is_new(forgetful: Daphne, make: MakeFleet, leave: ExitStack) -> None:
    fleet = make(forgetful)
    clients: list[Client] = [fleet.watch(leave.enter_context(kind(forgetful)).open()) for kind in CLIENTS.values()]
    for client in clients:
        client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    clock = leave.enter_context(Streaming(forgetful)).open()
    for _ in range(BEATS_UNTIL_FORGOTTEN):
        assert clock.next_text() == "X"
    for client in clients:
        client.come_back()
        assert client.is_silent()
    fleet.drive(1, 10)
    for client in clients:
        assert client.is_silent()


@pytest.mark.parametrize("code", [None, 1000, 1001, 3000, 4001])
@pytest.mark.atmosphere(49, 51)
def test_websocket_returns_after_any_close_code(
    server: Daphne, make: MakeFleet, leave: ExitStack, code: int | None
) -> None:
    fleet = make(server)
    client = leave.enter_context(Websocket(server)).open()
    fleet.watch(client)
    client.close_with(code)
    set_blocked(fleet.source_ids[0], is_blocked=True)
    client.come_back()
    assert brief(client.next_message()) == ("lifecycle", fleet.source_ids[0], "block")
