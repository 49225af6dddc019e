"""How long a client may be away, and how it may leave (atmosphere §6.2, §7.3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from accounts.models import User
from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.clients import Websocket
from tests.end_to_end.transports.conftest import Fleet, brief, make_fleet
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

MakeFleet = Callable[[Daphne], Fleet]


@pytest.fixture
def make(alice: User, register: Callable[..., Tracker]) -> MakeFleet:
    return lambda server: make_fleet(server, alice, register)


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
