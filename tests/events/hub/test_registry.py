"""Who is known in a process, by what, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.clients.client import Client
from events.clients.identity import Identity
from events.hub import registry as registry_module
from events.hub.registry import ClientRegistry
from events.node import Node
from events.protocol.close_codes import CLOSE_NORMAL
from tests.events.builders import LEGACY, follow, make_connection
from tests.events.fakes import FakeTransport
from tests.events.reading import MARK

AWAY_S = 60
AWAY = timedelta(seconds=AWAY_S)
ALICE = Identity("/event/subscription", "alice", "203.0.113.7")
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.8-javascript"
PLAIN = ""


@pytest.fixture
def registry(still_node: Node, settings: Any) -> ClientRegistry:
    """Tests say what time it is."""
    settings.ATMOSPHERE_AWAY_S = AWAY_S
    return still_node.registry


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def line(query: str = BACK) -> FakeTransport:
    return FakeTransport(make_connection(query))


async def come_and_go(registry: ClientRegistry, identity: Identity, now: datetime, *, holding: str = "login") -> Client:
    """A client that connected once, with a login or a message of its own."""
    transport = line()
    client = registry.enter(identity, transport, now, address=identity.address)
    if holding == "login":
        follow(client, "digest")
    else:
        transport.block()
        client.queue(MARK)
    await registry.leave(identity, client, transport, now)
    return client


# Coming back


@pytest.mark.atmosphere(49, 56)
@pytest.mark.parametrize("holding", ["login", "message"])
async def test_client_that_holds_something_is_kept(registry: ClientRegistry, now: datetime, holding: str) -> None:
    client = await come_and_go(registry, ALICE, now, holding=holding)
    transport = line()
    assert registry.enter(ALICE, transport, now + AWAY, address=ALICE.address) is client
    assert transport.taken() == ([] if holding == "login" else [MARK])


@pytest.mark.atmosphere(49)
async def test_client_that_holds_nothing_is_forgotten(registry: ClientRegistry, now: datetime) -> None:
    transport = line()
    client = registry.enter(ALICE, transport, now, address=ALICE.address)
    await registry.leave(ALICE, client, transport, now)
    assert registry.find(ALICE) is None
    assert client not in registry.clients


async def test_client_that_cannot_return_is_forgotten(registry: ClientRegistry, now: datetime) -> None:
    transport = line(PLAIN)
    client = registry.enter(ALICE, transport, now, address=ALICE.address)
    follow(client, "digest")
    assert registry.find(ALICE) is None
    await registry.leave(ALICE, client, transport, now)
    assert not client.subscribers
    assert client not in registry.clients


@pytest.mark.atmosphere(57)
@pytest.mark.parametrize(
    "other",
    [
        replace(ALICE, path="/v2/event/subscription"),
        replace(ALICE, tracking_id="Alice"),
        replace(ALICE, address="198.51.100.1"),
    ],
    ids=["path", "id", "address"],
)
async def test_who_differs_in_anything_is_somebody_else(
    registry: ClientRegistry, now: datetime, other: Identity
) -> None:
    client = await come_and_go(registry, ALICE, now, holding="message")
    assert registry.find(other) is None
    transport = line()
    assert registry.enter(other, transport, now, address=other.address) is not client
    await registry.say_goodbye(other)
    assert registry.find(ALICE) is client
    assert client.outbox.waiting == (MARK,)


@pytest.mark.atmosphere(55, 56)
async def test_early_messages_wait_for_first_connection(registry: ClientRegistry, now: datetime) -> None:
    registry.meet(ALICE, now).queue(MARK)
    assert registry.meet(ALICE, now) is registry.find(ALICE)
    transport = line()
    registry.enter(ALICE, transport, now, address=ALICE.address)
    assert transport.taken() == [MARK]


@pytest.mark.atmosphere(46)
async def test_second_connection_takes_over_for_good(registry: ClientRegistry, now: datetime) -> None:
    older, newer = line(), line()
    client = registry.enter(ALICE, older, now, address=ALICE.address)
    assert registry.enter(ALICE, newer, now, address=ALICE.address) is client
    assert older.ended_with == CLOSE_NORMAL
    await registry.leave(ALICE, client, older, now)
    assert registry.find(ALICE) is client
    client.queue(MARK)
    assert newer.taken() == [MARK]


# Staying away


@pytest.mark.atmosphere(56)
async def test_absent_client_is_kept_for_the_setting(registry: ClientRegistry, now: datetime) -> None:
    client = await come_and_go(registry, ALICE, now)
    await registry.forget_absent(now + AWAY - timedelta(seconds=1))
    assert registry.find(ALICE) is client
    await registry.forget_absent(now + AWAY)
    assert registry.find(ALICE) is None
    assert not client.holds_something
    assert client not in registry.clients


async def test_emptied_client_is_forgotten_at_the_next_look(registry: ClientRegistry, now: datetime) -> None:
    client = await come_and_go(registry, ALICE, now, holding="message")
    client.outbox.clear()
    await registry.forget_absent(now)
    assert registry.find(ALICE) is None


async def test_client_that_is_connected_is_never_forgotten(registry: ClientRegistry, now: datetime) -> None:
    client = registry.enter(ALICE, line(), now, address=ALICE.address)
    await registry.forget_absent(now + 1000 * AWAY)
    assert registry.find(ALICE) is client


async def test_client_with_a_command_under_way_is_kept(registry: ClientRegistry, now: datetime) -> None:
    transport = line()
    client = registry.enter(ALICE, transport, now, address=ALICE.address)
    async with client.receiving:
        await registry.leave(ALICE, client, transport, now)
        await registry.forget_absent(now + AWAY)
        assert registry.find(ALICE) is client


async def test_oldest_absent_strangers_go_beyond_the_limit(
    registry: ClientRegistry, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "MAX_AWAY_STRANGERS", 2)
    known = await come_and_go(registry, ALICE, now)
    connected = replace(ALICE, tracking_id="connected")
    registry.enter(connected, line(), now, address=connected.address).queue(MARK)
    strangers = [replace(ALICE, tracking_id=f"stranger-{number}") for number in range(4)]
    for stranger in strangers:
        await come_and_go(registry, stranger, now, holding="message")
    await registry.forget_absent(now)
    assert [registry.find(stranger) is not None for stranger in strangers] == [False, False, True, True]
    assert registry.find(ALICE) is known
    assert registry.find(connected) is not None


async def test_oldest_absent_clients_go_beyond_the_limit(
    registry: ClientRegistry, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS = 2
    known = [replace(ALICE, tracking_id=f"known-{number}") for number in range(4)]
    for one in known:
        await come_and_go(registry, one, now)
    await registry.forget_absent(now)
    assert [registry.find(one) is not None for one in known] == [False, False, True, True]


# Goodbye


@pytest.mark.atmosphere(48, 50)
async def test_after_goodbye_an_id_begins_anew(registry: ClientRegistry, now: datetime) -> None:
    older, newer = line(), line()
    client = registry.enter(ALICE, older, now, address=ALICE.address)
    follow(client, "digest")
    await registry.say_goodbye(ALICE)
    assert older.is_released
    assert not client.subscribers
    successor = registry.enter(ALICE, newer, now, address=ALICE.address)
    assert successor is not client
    await registry.leave(ALICE, client, older, now)
    assert registry.find(ALICE) is successor
    assert client not in registry.clients
    assert successor in registry.clients


@pytest.mark.atmosphere(48)
async def test_goodbye_of_an_absent_client_may_repeat(registry: ClientRegistry, now: datetime) -> None:
    client = await come_and_go(registry, ALICE, now)
    for _ in range(2):
        await registry.say_goodbye(ALICE)
    assert registry.find(ALICE) is None
    assert client not in registry.clients


async def test_dismissed_client_stays_until_it_disconnects(registry: ClientRegistry, now: datetime) -> None:
    transport = line()
    client = registry.enter(ALICE, transport, now, address=ALICE.address)
    assert await registry.dismiss(ALICE) is client
    assert await registry.dismiss(ALICE) is None
    assert client in registry.clients
    await registry.leave(ALICE, client, transport, now)
    assert client not in registry.clients


# Room


async def test_connections_are_limited_in_all_and_by_address(
    registry: ClientRegistry, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS, settings.MAX_CONNECTIONS_PER_ADDRESS = 3, 2
    neighbour, elsewhere = replace(ALICE, tracking_id="neighbour"), replace(ALICE, address="198.51.100.1")
    visits = []
    for identity in (ALICE, neighbour, elsewhere):
        assert registry.has_room_for(identity.address)
        transport = line(LEGACY)
        visits.append((identity, registry.enter(identity, transport, now, address=identity.address), transport))
    assert not registry.has_room_for("192.0.2.1")
    await registry.leave(*visits[2], now)
    assert not registry.has_room_for(ALICE.address)
    assert registry.has_room_for(elsewhere.address)
    await registry.leave(*visits[0], now)
    assert registry.has_room_for(ALICE.address)


async def test_connections_count_by_address_with_unbound_ids(
    registry: ClientRegistry, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS_PER_ADDRESS = 1
    unbound, home, elsewhere = replace(ALICE, address=""), "203.0.113.7", "198.51.100.1"
    older, newer = line(), line()
    client = registry.enter(unbound, older, now, address=home)
    assert not registry.has_room_for(home)
    assert registry.has_room_for(elsewhere)
    assert registry.enter(unbound, newer, now, address=elsewhere) is client
    await registry.leave(unbound, client, older, now)
    assert registry.has_room_for(home)
    assert not registry.has_room_for(elsewhere)


async def test_overtaken_connection_counts_until_it_is_gone(
    registry: ClientRegistry, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS_PER_ADDRESS = 2
    older, newer = line(), line()
    client = registry.enter(ALICE, older, now, address=ALICE.address)
    registry.enter(ALICE, newer, now, address=ALICE.address)
    assert not registry.has_room_for(ALICE.address)
    await registry.leave(ALICE, client, older, now)
    assert registry.has_room_for(ALICE.address)


async def test_who_is_away_is_forgotten_in_time_though_the_clock_is_set_back(
    registry: ClientRegistry, now: datetime
) -> None:
    client = await come_and_go(registry, ALICE, now)
    back = now - timedelta(days=1)
    registry.set_back(back)
    await registry.forget_absent(back + AWAY - timedelta(seconds=1))
    assert registry.find(ALICE) is client
    await registry.forget_absent(back + AWAY)
    assert registry.find(ALICE) is None
