"""Packets between servers, broker and database are lost and late: nothing answered is, and clients are right again."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.black_box import Fleet
from tests.end_to_end.chaos_load import RECOVERY_S, TRANSPORTS, Follower, Sender, check_all_is_right
from tests.end_to_end.lossy_network import LossyNetwork, needs_networks
from tests.end_to_end.own_postgres import Postgres, needs_postgres
from tests.end_to_end.servers import BROKER_PORT, Broker, Daphne, wait_until

pytestmark = [pytest.mark.calm, pytest.mark.privileged, needs_networks, needs_postgres]

DEVICES = 20
SECONDS = 6
BLACKHOLE_S = 20
Condition = Callable[[LossyNetwork], None]


def lose(part: float) -> Condition:
    def begin(network: LossyNetwork) -> None:
        network.loss = part

    return begin


def delay(network: LossyNetwork) -> None:
    network.delay_s = 0.1


def swallow(network: LossyNetwork) -> None:
    network.loss = 1.0


CONDITIONS: dict[str, tuple[Condition, float]] = {
    "a loss of 10 %": (lose(0.1), SECONDS),
    "a loss of 30 %": (lose(0.3), SECONDS),
    "a delay of 0.1 s": (delay, SECONDS),
    "a blackhole": (swallow, BLACKHOLE_S),
}


@pytest.fixture
def network() -> Iterator[LossyNetwork]:
    with LossyNetwork(random.Random(27)) as network:
        yield network


@pytest.fixture
def system(network: LossyNetwork, tmp_path: Path) -> Iterator[tuple[Fleet, list[Daphne]]]:
    """Two servers on this side of the link; broker and database on the other."""
    there = {"prefix": network.prefix, "host": network.far}
    with ExitStack() as stack:
        stack.enter_context(Postgres(clients=f"{network.near}/32", **there))
        stack.enter_context(Broker(tmp_path, **there))
        settings = {
            "DATABASE_URL": f"postgres://fleetsphere@{network.far}/postgres",
            "REDIS_URL": f"redis://{network.far}:{BROKER_PORT}",
            "DATA_DIR": str(tmp_path),
            "ATMOSPHERE_SERVER_HEARTBEAT_S": "2",
        }
        servers = [Daphne(settings, tmp_path / f"server {number}") for number in range(2)]
        fleet = Fleet(servers[0], settings, DEVICES)
        for server in servers:
            stack.enter_context(server)
        fleet.log_in()
        yield fleet, servers
        for server in servers:
            assert "Traceback" not in server.log_text(), server.log_text()


def test_nothing_answered_is_lost_and_every_client_is_right_again(
    network: LossyNetwork, system: tuple[Fleet, list[Daphne]]
) -> None:
    fleet, servers = system
    senders = [Sender(servers, fleet.device_ids[half::2], pause_s=0.05) for half in range(2)]
    followed = fleet.credential, fleet.tracker_ids
    followers = [Follower(server, transport, *followed) for server in servers for transport in TRANSPORTS]
    for worker in [*senders, *followers]:
        worker.start()
    wait_until(lambda: all(len(one.states) == DEVICES for one in followers), "all states", RECOVERY_S)
    for name, (condition, seconds) in CONDITIONS.items():
        count = sum(sender.count for sender in senders)
        condition(network)
        time.sleep(seconds)
        network.loss = network.delay_s = 0.0
        began = time.monotonic()
        wait_until(lambda least=count: all_go_on(senders, followers, least), f"an end of {name}", RECOVERY_S)
        print(f"{name}: all went on after {time.monotonic() - began:.1f} s")
    print(f"{network.passed} packets passed, {network.lost} were lost")
    print("senders", Counter(failure for sender in senders for failure in sender.failures))
    for sender in senders:
        sender.finish()
    for sender in senders:
        sender.join(RECOVERY_S)
    check_all_is_right(fleet, senders, followers)
    for follower in followers:
        follower.finish()


def all_go_on(senders: list[Sender], followers: list[Follower], least: int) -> bool:
    """Whether reports are answered again, and every follower is told of a new one by now."""
    told = [{state["last_update"] for state in one.states.values()} - {None} for one in followers]
    newest = max(set.union(*told), default=None)
    return all(newest in one for one in told) and sum(sender.count for sender in senders) > least
