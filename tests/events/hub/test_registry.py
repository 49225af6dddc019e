"""Who is known in a process, by what, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.clients.client import Client
from events.clients.identity import Identity
from events.hub import registry as clients_module
from events.hub.hub import Hub
from events.hub.registry import Clients
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
def hub(still_hub: Hub) -> Hub:
    """Tests say what time it is."""
    return still_hub


@pytest.fixture
def clients(hub: Hub, settings: Any) -> Clients:
    settings.ATMOSPHERE_AWAY_S = AWAY_S
    return hub.clients


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def line(query: str = BACK) -> FakeTransport:
    return FakeTransport(make_connection(query))


async def come_and_go(clients: Clients, identity: Identity, now: datetime, *, holding: str = "login") -> Client:
    """A client that connected once, with a login or a message of its own."""
    transport = line()
    client = clients.enter(identity, transport, now, address=identity.address)
    if holding == "login":
        follow(client, "digest")
    else:
        transport.block()
        client.queue(MARK)
    await clients.leave(identity, client, transport, now)
    return client


# Coming back


@pytest.mark.atmosphere(49, 56)
@pytest.mark.parametrize("holding", ["login", "message"])
async def test_client_that_would_miss_something_is_the_same_when_it_comes_back(
    clients: Clients, now: datetime, holding: str
) -> None:
    client = await come_and_go(clients, ALICE, now, holding=holding)
    transport = line()
    assert clients.enter(ALICE, transport, now + AWAY, address=ALICE.address) is client
    assert transport.taken() == ([] if holding == "login" else [MARK])


@pytest.mark.atmosphere(49)
async def test_client_that_would_miss_nothing_is_forgotten_when_it_goes(
    hub: Hub, clients: Clients, now: datetime
) -> None:
    transport = line()
    client = clients.enter(ALICE, transport, now, address=ALICE.address)
    await clients.leave(ALICE, client, transport, now)
    assert clients.find(ALICE) is None
    assert client not in hub._clients


async def test_client_that_cannot_come_back_is_forgotten_with_all_it_holds(
    hub: Hub, clients: Clients, now: datetime
) -> None:
    transport = line(PLAIN)
    client = clients.enter(ALICE, transport, now, address=ALICE.address)
    follow(client, "digest")
    assert clients.find(ALICE) is None
    await clients.leave(ALICE, client, transport, now)
    assert not client.subscribers
    assert client not in hub._clients


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
async def test_who_differs_in_anything_is_somebody_else(clients: Clients, now: datetime, other: Identity) -> None:
    client = await come_and_go(clients, ALICE, now, holding="message")
    assert clients.find(other) is None
    transport = line()
    assert clients.enter(other, transport, now, address=other.address) is not client
    await clients.say_goodbye(other)
    assert clients.find(ALICE) is client
    assert client.outbox.waiting == (MARK,)


@pytest.mark.atmosphere(55, 56)
async def test_what_comes_before_the_first_connection_waits_for_it(clients: Clients, now: datetime) -> None:
    clients.meet(ALICE, now).queue(MARK)
    assert clients.meet(ALICE, now) is clients.find(ALICE)
    transport = line()
    clients.enter(ALICE, transport, now, address=ALICE.address)
    assert transport.taken() == [MARK]


@pytest.mark.atmosphere(46)
async def test_second_connection_takes_over_and_the_end_of_the_first_changes_nothing(
    clients: Clients, now: datetime
) -> None:
    older, newer = line(), line()
    client = clients.enter(ALICE, older, now, address=ALICE.address)
    assert clients.enter(ALICE, newer, now, address=ALICE.address) is client
    assert older.ended_with == CLOSE_NORMAL
    await clients.leave(ALICE, client, older, now)
    assert clients.find(ALICE) is client
    client.queue(MARK)
    assert newer.taken() == [MARK]


# Staying away


@pytest.mark.atmosphere(56)
async def test_client_is_kept_while_it_is_away_for_less_than_the_setting(
    hub: Hub, clients: Clients, now: datetime
) -> None:
    client = await come_and_go(clients, ALICE, now)
    await clients.forget_absent(now + AWAY - timedelta(seconds=1))
    assert clients.find(ALICE) is client
    await clients.forget_absent(now + AWAY)
    assert clients.find(ALICE) is None
    assert not client.holds_something
    assert client not in hub._clients


async def test_client_that_took_all_while_nobody_looked_is_forgotten_at_the_next_look(
    clients: Clients, now: datetime
) -> None:
    client = await come_and_go(clients, ALICE, now, holding="message")
    client.outbox.clear()
    await clients.forget_absent(now)
    assert clients.find(ALICE) is None


async def test_client_that_is_connected_is_never_forgotten(clients: Clients, now: datetime) -> None:
    client = clients.enter(ALICE, line(), now, address=ALICE.address)
    await clients.forget_absent(now + 1000 * AWAY)
    assert clients.find(ALICE) is client


async def test_client_whose_command_is_carried_out_is_kept_for_the_answer(clients: Clients, now: datetime) -> None:
    transport = line()
    client = clients.enter(ALICE, transport, now, address=ALICE.address)
    async with client.receiving:
        await clients.leave(ALICE, client, transport, now)
        await clients.forget_absent(now + AWAY)
        assert clients.find(ALICE) is client


async def test_of_strangers_that_are_away_the_oldest_go_beyond_the_limit(
    clients: Clients, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients_module, "MAX_AWAY_STRANGERS", 2)
    known = await come_and_go(clients, ALICE, now)
    connected = replace(ALICE, tracking_id="connected")
    clients.enter(connected, line(), now, address=connected.address).queue(MARK)
    strangers = [replace(ALICE, tracking_id=f"stranger-{number}") for number in range(4)]
    for stranger in strangers:
        await come_and_go(clients, stranger, now, holding="message")
    await clients.forget_absent(now)
    assert [clients.find(stranger) is not None for stranger in strangers] == [False, False, True, True]
    assert clients.find(ALICE) is known
    assert clients.find(connected) is not None


# Goodbye


@pytest.mark.atmosphere(48, 50)
async def test_goodbye_ends_a_client_and_its_id_begins_anew(hub: Hub, clients: Clients, now: datetime) -> None:
    older, newer = line(), line()
    client = clients.enter(ALICE, older, now, address=ALICE.address)
    follow(client, "digest")
    await clients.say_goodbye(ALICE)
    assert older.is_released
    assert not client.subscribers
    successor = clients.enter(ALICE, newer, now, address=ALICE.address)
    assert successor is not client
    await clients.leave(ALICE, client, older, now)
    assert clients.find(ALICE) is successor
    assert client not in hub._clients
    assert successor in hub._clients


@pytest.mark.atmosphere(48)
async def test_goodbye_of_one_that_is_away_forgets_it_and_may_come_twice(
    hub: Hub, clients: Clients, now: datetime
) -> None:
    client = await come_and_go(clients, ALICE, now)
    for _ in range(2):
        await clients.say_goodbye(ALICE)
    assert clients.find(ALICE) is None
    assert client not in hub._clients


async def test_client_that_is_dismissed_while_connected_stays_until_it_goes(
    hub: Hub, clients: Clients, now: datetime
) -> None:
    transport = line()
    client = clients.enter(ALICE, transport, now, address=ALICE.address)
    assert await clients.dismiss(ALICE) is client
    assert await clients.dismiss(ALICE) is None
    assert client in hub._clients
    await clients.leave(ALICE, client, transport, now)
    assert client not in hub._clients


# Room


async def test_there_is_room_for_so_many_connections_in_all_and_of_one_address(
    clients: Clients, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS, settings.MAX_CONNECTIONS_PER_ADDRESS = 3, 2
    neighbour, elsewhere = replace(ALICE, tracking_id="neighbour"), replace(ALICE, address="198.51.100.1")
    visits = []
    for identity in (ALICE, neighbour, elsewhere):
        assert clients.has_room_for(identity.address)
        transport = line(LEGACY)
        visits.append((identity, clients.enter(identity, transport, now, address=identity.address), transport))
    assert not clients.has_room_for("192.0.2.1")
    await clients.leave(*visits[2], now)
    assert not clients.has_room_for(ALICE.address)
    assert clients.has_room_for(elsewhere.address)
    await clients.leave(*visits[0], now)
    assert clients.has_room_for(ALICE.address)


async def test_connections_count_by_address_though_ids_alone_bring_clients_back(
    clients: Clients, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS_PER_ADDRESS = 1
    unbound, home, elsewhere = replace(ALICE, address=""), "203.0.113.7", "198.51.100.1"
    older, newer = line(), line()
    client = clients.enter(unbound, older, now, address=home)
    assert not clients.has_room_for(home)
    assert clients.has_room_for(elsewhere)
    assert clients.enter(unbound, newer, now, address=elsewhere) is client
    await clients.leave(unbound, client, older, now)
    assert clients.has_room_for(home)
    assert not clients.has_room_for(elsewhere)


async def test_connection_that_was_taken_over_counts_until_it_is_gone(
    clients: Clients, now: datetime, settings: Any
) -> None:
    settings.MAX_CONNECTIONS_PER_ADDRESS = 2
    older, newer = line(), line()
    client = clients.enter(ALICE, older, now, address=ALICE.address)
    clients.enter(ALICE, newer, now, address=ALICE.address)
    assert not clients.has_room_for(ALICE.address)
    await clients.leave(ALICE, client, older, now)
    assert clients.has_room_for(ALICE.address)
