"""How much may be kept for clients, in sum: for strangers, for an address, and for all."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from events.clients.client import Client
from events.clients.identity import Identity
from events.commands.receive import receive_push
from events.node import Node
from events.protocol.echo import MAX_ECHO_CHARACTERS
from events.protocol.messages import encode
from tests.events.builders import follow, make_connection
from tests.events.fakes import FakeTransport

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"
KILOBYTE = 1000
# A megabyte that takes six of them when it is repeated.
WRONG = encode({"action": "fly", "note": ""}).replace('""', f'"{"é" * 500_000}"')


def somebody(number: int, address: str = HOME) -> Identity:
    return Identity("/event/subscription", f"somebody-{number}", address)


def waiting(node: Node) -> int:
    return sum(client.outbox.waiting_characters for client in node.registry.clients)


async def push(node: Node, identity: Identity, message: str = WRONG) -> bool:
    return await receive_push(message, identity, node.registry, node.hub)


@pytest.fixture
def narrow(settings: Any) -> None:
    """Twenty kilobytes may wait for strangers, five for those of an address: an answer takes four."""
    settings.MAX_WAITING_BYTES_OF_STRANGERS = 20 * KILOBYTE


async def test_pushes_to_fresh_ids_are_refused_beyond_the_sum(narrow: None, still_node: Node) -> None:
    taken = [await push(still_node, somebody(number)) for number in range(200)]
    assert taken.count(True) == 2, "the first is below the limit, and the second passes it"
    assert waiting(still_node) < 2 * MAX_ECHO_CHARACTERS + KILOBYTE
    assert len(still_node.registry.clients) == 2, "nobody is made for what is refused"


async def test_one_address_leaves_room_for_others(narrow: None, still_node: Node) -> None:
    for number in range(5):
        await push(still_node, somebody(number))
    assert await push(still_node, somebody(0, ELSEWHERE))


async def test_all_addresses_together_have_a_bound(narrow: None, still_node: Node) -> None:
    taken = [await push(still_node, somebody(0, f"198.51.100.{number}")) for number in range(50)]
    assert taken.count(True) == 5


async def test_network_of_one_subscriber_counts_as_an_address(narrow: None, still_node: Node) -> None:
    taken = [await push(still_node, somebody(0, f"2001:db8::{number}")) for number in range(10)]
    assert taken.count(True) == 2


async def test_room_comes_back_when_answers_are_fetched(narrow: None, still_node: Node) -> None:
    for number in range(3):
        await push(still_node, somebody(number))
    for number in range(2):
        still_node.registry.enter(somebody(number), here(number), datetime.now(UTC), address=HOME)
    still_node.registry.relieve()
    assert await push(still_node, somebody(2))


async def test_stranger_who_fetches_answers_may_always_ask(narrow: None, still_node: Node) -> None:
    here_first = somebody(99)
    line = here(99)
    still_node.registry.enter(here_first, line, datetime.now(UTC), address=HOME)
    for number in range(5):
        await push(still_node, somebody(number))
    for _ in range(5):
        assert await push(still_node, here_first)
    assert len(line.taken()) == 5


async def test_client_with_a_login_is_no_stranger(narrow: None, still_node: Node) -> None:
    for number in range(5):
        await push(still_node, somebody(number))
    known = still_node.registry.meet(somebody(99), datetime.now(UTC))
    follow(known, "digest")
    assert await push(still_node, somebody(99))


async def test_full_share_of_strangers_is_logged_once(
    narrow: None, still_node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(100):
        await push(still_node, somebody(number))
    assert [line for line in caplog.messages if "without a login" in line] == [
        "too much waits for clients without a login; their pushes get 503"
    ]


# All clients


class LadenTransport(FakeTransport):
    """A connection that holds so much for its client."""

    def __init__(self, held_bytes: int) -> None:
        super().__init__(make_connection("X-Atmosphere-tracking-id=somebody&X-atmo-protocol=true"))
        self.laden_with = held_bytes
        self.is_aborted = False

    @property
    def held_bytes(self) -> int:
        return self.laden_with

    def abort(self) -> None:
        self.is_aborted = True


def here(number: int) -> FakeTransport:
    return FakeTransport(make_connection(f"X-Atmosphere-tracking-id=somebody-{number}&X-atmo-protocol=true"))


def burdened(node: Node, number: int, held_bytes: int, address: str = HOME) -> tuple[Client, LadenTransport]:
    transport = LadenTransport(held_bytes)
    client = node.registry.enter(somebody(number, address), transport, datetime.now(UTC), address=address)
    follow(client, f"digest-{number}")
    return client, transport


@pytest.mark.parametrize("limit", ["MAX_WAITING_BYTES", "MAX_WAITING_BYTES_PER_ADDRESS"])
async def test_those_for_whom_most_is_kept_go_first(
    still_node: Node, settings: Any, caplog: pytest.LogCaptureFixture, limit: str
) -> None:
    setattr(settings, limit, 600)
    lines = {size: burdened(still_node, size, size) for size in (100, 200, 300, 400)}
    still_node.registry.relieve()
    still_node.registry.relieve()
    assert [size for size, (_, line) in lines.items() if line.is_aborted] == [400]
    assert [size for size, (client, _) in lines.items() if not client.subscribers] == [400]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_client_that_reads_is_spared(still_node: Node, settings: Any) -> None:
    settings.MAX_WAITING_BYTES = 600
    _, reading = burdened(still_node, 1, 500)
    _, sleeping = burdened(still_node, 2, 200)
    still_node.registry.relieve()
    reading.laden_with -= 1
    still_node.registry.relieve()
    assert (reading.is_aborted, sleeping.is_aborted) == (False, True)


async def test_other_addresses_are_not_made_to_pay(still_node: Node, settings: Any) -> None:
    settings.MAX_WAITING_BYTES_PER_ADDRESS = 500
    _, other = burdened(still_node, 1, 450, ELSEWHERE)
    lines = [burdened(still_node, number, 300)[1] for number in (2, 3)]
    still_node.registry.relieve()
    still_node.registry.relieve()
    assert not other.is_aborted
    assert [line.is_aborted for line in lines].count(True) == 1


async def test_messages_of_absent_clients_count_too(still_node: Node, settings: Any) -> None:
    settings.MAX_WAITING_BYTES = 100
    absent = still_node.registry.meet(replace(somebody(1)), datetime.now(UTC))
    follow(absent, "digest")
    absent.queue("m" * 200)
    still_node.registry.relieve()
    still_node.registry.relieve()
    assert absent.outbox.waiting_characters < 100
    assert not absent.subscribers
