"""Two processes without a proxy: clients and pushes that land in the wrong one, over a real broker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from accounts.models import User
from tests.end_to_end.conftest import Start
from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.clients import CLIENTS
from tests.end_to_end.transports.conftest import make_fleet, source_of
from trackers.models import Tracker


@pytest.fixture
def processes(serve: Start) -> tuple[Daphne, Daphne]:
    return serve(name="left"), serve(name="right")


@pytest.mark.parametrize("transport", ["websocket", "sse", "long-polling"])
@pytest.mark.atmosphere(43, 56)
def test_client_goes_on_in_the_other_process(
    processes: tuple[Daphne, Daphne], alice: User, register: Callable[..., Tracker], leave: ExitStack, transport: str
) -> None:
    left, right = processes
    fleet = make_fleet(left, alice, register)
    client = leave.enter_context(CLIENTS[transport](left)).open()
    fleet.watch(client)
    for speed, process in ((10, right), (11, left), (12, right)):
        client.lose()
        fleet.drive(0, speed)
        client.site = process
        client.come_back()
        assert source_of(client.next_message()) == fleet.source_ids[0]
        fleet.drive(1, speed)
        assert source_of(client.next_message()) == fleet.source_ids[1]
        assert client.is_silent()


@pytest.mark.atmosphere(43)
def test_push_to_the_other_process_finds_its_client(
    processes: tuple[Daphne, Daphne], alice: User, register: Callable[..., Tracker], leave: ExitStack
) -> None:
    left, right = processes
    fleet = make_fleet(left, alice, register)
    client = leave.enter_context(CLIENTS["sse"](left)).open()
    client.site = right
    fleet.watch(client)
