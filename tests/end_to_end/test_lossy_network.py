"""Packets between servers, broker and database are lost and late: nothing answered is lost, every client is right again."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.black_box import Fleet
from tests.end_to_end.chaos_load import RECOVERY_S, TRANSPORTS, Follower, Sender, check_all_is_right
from tests.end_to_end.lossy_network import LossyNetwork, needs_networks
from tests.end_to_end.own_postgres import Postgres, needs_postgres
from tests.end_to_end.servers import BROKER_PORT, Broker, Daphne, wait_until

pytestmark = [pytest.mark.alone, pytest.mark.privileged, needs_networks, needs_postgres]

DEVICES = 20
SECONDS = 12
BLACKHOLE_S = 20
# A report that waits for a packet to be sent again takes as long as TCP takes; then it is refused, and sent again.
SOON_S = 15.0
Condition = Callable[[LossyNetwork], None]


def lose(part: float) -> Condition:
    def begin(network: LossyNetwork) -> None:
        network.loss = part

    return begin


def delay(network: LossyNetwork) -> None:
    network.delay_s = 0.1


def swallow(network: LossyNetwork) -> None:
    network.loss = 1.0


@contextmanager
def harm(network: LossyNetwork, condition: Condition, seconds: float) -> Iterator[None]:
    """The network as it is for so long."""
    condition(network)
    time.sleep(seconds)
    yield
    network.loss = network.delay_s = 0.0


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


@pytest.mark.parametrize(
    ("condition", "seconds"),
    [(lose(0.1), SECONDS), (lose(0.3), SECONDS), (delay, SECONDS), (swallow, BLACKHOLE_S)],
    ids=["loss of 10 %", "loss of 30 %", "delay of 0.1 s", "blackhole"],
)
def test_nothing_answered_is_lost_and_every_client_is_right_again(
    network: LossyNetwork, system: tuple[Fleet, list[Daphne]], condition: Condition, seconds: float
) -> None:
    fleet, servers = system
    senders = [Sender(servers, fleet.device_ids[half::2], pause_s=0.05) for half in range(2)]
    followers = [
        Follower(server, kind, fleet.credential, fleet.tracker_ids) for server in servers for kind in TRANSPORTS
    ]
    for worker in [*senders, *followers]:
        worker.start()
    wait_until(lambda: all(len(one.states) == DEVICES for one in followers), "all states", RECOVERY_S)
    answered = sum(len(marks) for sender in senders for marks in sender.answered.values())
    with harm(network, condition, seconds):
        print(
            "failures", [dict(Counter(sender.failures)) for sender in senders], "packets", network.passed, network.lost
        )
    began = time.monotonic()
    for sender in senders:
        sender.finish()
    for sender in senders:
        sender.join(RECOVERY_S)
    print(f"the last report was answered after {time.monotonic() - began:.1f} s")
    assert sum(len(marks) for sender in senders for marks in sender.answered.values()) > answered
    check_all_is_right(fleet, senders, followers)
    print(f"all was right again after {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < SOON_S + RECOVERY_S
    for follower in followers:
        follower.finish()
