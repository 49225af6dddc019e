"""Hundreds of clients that stop reading, over each transport: they cost little, and the others notice nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from accounts.models import User
from accounts.notices import publish
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_slow_reader import big_state, resident_bytes
from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.clients import LongPolling, Sse, Streaming, Websocket
from trackers.engine.notices import StatesChanged
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc"),
]

# So many of each of the transports that are held open, but where there is only one.
SLEEPERS = {Websocket: 500, Sse: 100, Streaming: 100, LongPolling: 100}
ROUNDS = 60
# Of each: what waits in the sockets' buffers is the kernel's; here are frames, client and allocator.
MOST_BYTES_PER_SLEEPER = 600_000
MOST_SLOWNESS_S = 20.0


@pytest.fixture
def server(serve: Start) -> Daphne:
    return serve(MAX_CONNECTIONS="2000", MAX_CONNECTIONS_PER_ADDRESS="2000", MAX_CONNECTIONS_PER_LOGIN="2000")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("transport", SLEEPERS, ids=lambda transport: transport.transport)
def test_sleepers_cost_little_and_the_others_notice_nothing(
    server: Daphne, alice: User, register: Callable[..., Tracker], stack: ExitStack, transport: type[Client]
) -> None:
    van, credential = register(alice), create_session(alice)
    sleepers = [asleep(server, transport, credential, van, stack) for _ in range(SLEEPERS[transport])]
    with PlainClient(server) as reader:
        reader.subscribe(credential, [van.pk])
        reader.message()
        before = resident_bytes(server.pid)
        slowest_s = 0.0
        for revision in range(1, ROUNDS + 1):
            began = time.monotonic()
            publish(alice.pk, StatesChanged((big_state(van, revision),)))
            assert reader.message()["event"] == "state"
            slowest_s = max(slowest_s, time.monotonic() - began)
        grown = resident_bytes(server.pid) - before
        print(f"{len(sleepers)} by {transport.transport}: {grown / 1e6:.0f} MB, the slowest round {slowest_s:.2f} s")
        assert grown < MOST_BYTES_PER_SLEEPER * len(sleepers)
        assert slowest_s < MOST_SLOWNESS_S
        set_blocked(van.source_id, is_blocked=True)
        assert reader.message()["event"] == "lifecycle"
    # Who reads again is told what must not be lost.
    sleeper = sleepers[0]
    while (message := sleeper.next_message())["event"] == "state":
        pass
    assert message["event"] == "lifecycle"


def asleep(server: Daphne, transport: type[Client], credential: str, van: Tracker, stack: ExitStack) -> Client:
    """A client that subscribed and reads no more."""
    client = stack.enter_context(transport(server)).open()
    client.subscribe(credential, [van.pk])
    client.hold()
    return client
