"""A client that stops reading is held back, and costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from accounts.notices import publish
from accounts.wire.dates import format_date
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PlainClient, log_in
from tests.end_to_end.servers import Daphne, wait_until
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
    heard_at = now + timedelta(seconds=revision)
    attributes = {"text": Attribute(BIG_VALUE, now)}
    return State(van.source_id, now, revision=revision, last_update=heard_at, additional=attributes)


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


UTC = ZoneInfo("UTC")
# So that what takes minutes by default takes seconds.
HURRIED = ("--ping-interval", "1", "--ping-timeout", "1")
ANSWERS_NO_PING = "a client answers no ping"


def fall_asleep(sleeper: PlainClient, alice: User, vans: list[Tracker], credential: str) -> int:
    """Has so much come for a client that its buffers are full and it reads no more; the newest revision."""
    sleeper.subscribe(credential, [van.pk for van in vans])
    for revision in range(1, 400):
        publish(alice.pk, StatesChanged(tuple(big_state(van, revision) for van in vans)))
    return revision


def test_paused_reader_goes_on_with_the_newest_of_each(
    serve: Start, alice: User, register: Callable[..., Tracker]
) -> None:
    server = serve(name="patient", options=HURRIED, LOG_LEVEL="DEBUG")
    vans = [register(alice) for _ in range(3)]
    with PlainClient(server) as sleeper:
        newest = fall_asleep(sleeper, alice, vans, log_in(server, alice.login))
        # By the first one it would have been cut.
        wait_until(lambda: server.log_text().count(ANSWERS_NO_PING) >= 4, "four pings that nobody answers")
        awaited = {(van.source_id, format_date(big_state(van, newest).last_update, UTC, iso=False)) for van in vans}
        count = 0
        while awaited:
            state = sleeper.message()["data"]
            awaited.discard((state["source_id"], state["last_update"]))
            count += 1
    assert count < 3 * newest, "those between were left out"


def test_reader_that_never_goes_on_is_cut(serve: Start, alice: User, register: Callable[..., Tracker]) -> None:
    server = serve(name="impatient", options=HURRIED, CLIENT_STALL_S="3")
    with PlainClient(server) as sleeper:
        fall_asleep(sleeper, alice, [register(alice)], log_in(server, alice.login))
        wait_until(lambda: "a websocket is cut" in server.log_text(), "the end of patience")
        with pytest.raises(ConnectionClosed):
            while sleeper.message():
                pass
        assert sleeper.socket.close_code == 1006
