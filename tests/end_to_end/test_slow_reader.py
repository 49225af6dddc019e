"""A client that stops reading is held back, and costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from accounts.notices import publish
from tests.end_to_end.plain_client import PlainClient, log_in
from tests.end_to_end.servers import Daphne
from trackers.engine.notices import StatesChanged
from trackers.engine.state import Attribute, State
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

# Far more than the sockets' buffers on both sides take.
ROUNDS = 1500
BIG_VALUE = "v" * 50_000
# What comes in the second after which a client counts as slow, and what the allocator keeps of it; all would be 75 MB.
MOST_GROWTH_BYTES = 40_000_000


def resident_bytes(pid: int) -> int:
    """The memory that a process occupies now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def big_state(van: Tracker, revision: int) -> State:
    now = van.source.created_at
    return State(van.source_id, now, revision=revision, additional={"text": Attribute(BIG_VALUE, now)})


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_slow_reader_costs_little_keeps_lifecycle_events(
    server: Daphne, alice: User, register: Callable[..., Tracker]
) -> None:
    van = register(alice)
    credential = log_in(server, alice.login)
    with PlainClient(server) as reader, PlainClient(server) as sleeper:
        for client in (reader, sleeper):
            client.subscribe(credential, [van.pk])
            client.message()
        before = resident_bytes(server.pid)
        for revision in range(1, ROUNDS + 1):
            publish(alice.pk, StatesChanged((big_state(van, revision),)))
            reader.message()
        assert resident_bytes(server.pid) - before < MOST_GROWTH_BYTES
        set_blocked(van.source_id, is_blocked=True)
        assert reader.message()["event"] == "lifecycle"
        received = 0
        while sleeper.message()["event"] == "state":
            received += 1
        assert received < ROUNDS
