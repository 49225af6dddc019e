"""Whatever dies, hangs or is cut under load, and in whatever order: nothing that was answered is lost.

`CHAOS_SECONDS=600` has it go on for ten minutes, `CHAOS_SEED` begins as a run before did.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.black_box import Fleet
from tests.end_to_end.chaos import Chaos, System
from tests.end_to_end.chaos_load import RECOVERY_S, TRANSPORTS, Follower, Sender, check_all_is_right
from tests.end_to_end.own_postgres import Postgres, needs_postgres
from tests.end_to_end.servers import Broker, Daphne, Housekeeping, wait_until
from tests.end_to_end.silent_proxy import SilentProxy
from tests.end_to_end.test_slow_reader import resident_bytes

pytestmark = [
    pytest.mark.calm,
    needs_postgres,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc"),
]

SECONDS = float(os.environ.get("CHAOS_SECONDS", "25"))
SENDERS, DEVICES_OF_EACH, PAUSE_S = 6, 20, 0.1
# What caches and the allocator take after the start, however long it goes on.
MOST_GROWTH_BYTES = 60_000_000


@pytest.fixture
def environment(tmp_path: Path, stack: ExitStack) -> dict[str, Any]:
    """Settings of the servers, with the parts that are behind them."""
    database = stack.enter_context(Postgres())
    broker = stack.enter_context(Broker(tmp_path))
    to_database = stack.enter_context(SilentProxy(database.socket))
    to_broker = stack.enter_context(SilentProxy(broker.socket))
    settings = {
        "DATABASE_URL": f"postgres://fleetsphere@127.0.0.1:{to_database.port}/postgres",
        "REDIS_URL": f"redis://127.0.0.1:{to_broker.port}",
        "DATA_DIR": str(tmp_path),
        "ATMOSPHERE_SERVER_HEARTBEAT_S": "2",
        "INGEST_TIMEOUT_S": "3",
        "DATABASE_NETWORK_TIMEOUT_S": "2",
    }
    parts = {"database": database, "broker": broker, "to_database": to_database, "to_broker": to_broker}
    return {"settings": settings, "parts": parts}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def fleet_and_system(environment: dict[str, Any], tmp_path: Path, stack: ExitStack) -> tuple[Fleet, System]:
    settings = environment["settings"]
    servers = [Daphne(settings, tmp_path / f"server {number}") for number in range(2)]
    fleet = Fleet(servers[0], settings, SENDERS * DEVICES_OF_EACH)
    for server in servers:
        stack.enter_context(server)
    housekeeping = stack.enter_context(Housekeeping(settings, tmp_path / "housekeeping"))
    fleet.log_in()
    return fleet, System(servers=servers, housekeeping=housekeeping, **environment["parts"])


def test_nothing_answered_is_lost_and_every_client_is_right_again(fleet_and_system: tuple[Fleet, System]) -> None:
    fleet, system = fleet_and_system
    seed = int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}, {SECONDS:g} s")
    per = DEVICES_OF_EACH
    senders = [Sender(system.servers, fleet.device_ids[n * per : (n + 1) * per], PAUSE_S) for n in range(SENDERS)]
    followers = [
        Follower(server, transport, fleet.credential, fleet.tracker_ids)
        for server in system.servers
        for transport in TRANSPORTS
    ]
    for worker in [*senders, *followers]:
        worker.start()
    wait_until(lambda: all(len(one.states) == len(fleet.tracker_ids) for one in followers), "all states", RECOVERY_S)
    before = [resident_bytes(server.pid) for server in system.servers]
    chaos = Chaos(system, random.Random(seed))
    chaos.rage(SECONDS)
    for sender in senders:
        sender.finish()
    for sender in senders:
        sender.join(RECOVERY_S)
    after = [resident_bytes(server.pid) for server in system.servers]
    print(dict(chaos.done))
    print("senders", Counter(failure for sender in senders for failure in sender.failures))
    print("followers", Counter(failure for follower in followers for failure in follower.failures))
    print("answered", sum(sender.count for sender in senders), "memory", before, after)
    check_all_is_right(fleet, senders, followers)
    for follower in followers:
        follower.finish()
    for grown, least in zip(after, before, strict=True):
        assert grown - least < MOST_GROWTH_BYTES
    for process in (*system.servers, system.housekeeping):
        assert "Traceback" not in process.log_text(), process.log_text()
