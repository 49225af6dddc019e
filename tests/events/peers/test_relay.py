"""Two processes on one layer: pushes and connections that land where their client is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.notices import current_publisher
from events import node as node_module
from events.clients import outbox as outbox_module
from events.clients.client import Client
from events.clients.identity import Identity, make_tracking_id
from events.commands.receive import receive_message
from events.hub import channel as channel_module
from events.node import Node
from events.peers import relay as relay_module
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.reading import MARK
from tests.events.wrong_commands import answers, wrong_command

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
BACK = f"X-Atmosphere-tracking-id={ALICE.tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"


@pytest.fixture(autouse=True)
def two_processes(settings: Any, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer is in memory, but several nodes hear it; nobody is taken for absent because the machine is slow."""
    settings.REDIS_URL = "redis://nowhere"
    monkeypatch.setattr(node_module, "BEAT_S", 3600)
    monkeypatch.setattr(relay_module, "CLAIM_S", PATIENCE_S)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have little time to answer."""
    monkeypatch.setattr(relay_module, "CLAIM_S", 0.05)


@pytest.fixture
async def here(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    yield node
    await node.stop()
    await current_publisher().stop()


@pytest.fixture
async def there(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    await node.channel.wait_until_open()
    yield node
    await node.stop()


def enter(node: Node, identity: Identity = ALICE) -> tuple[Client, FakeTransport]:
    transport = FakeTransport(make_connection(BACK))
    return node.enter(identity, transport, datetime.now(UTC), address=identity.address), transport


async def is_forgotten(node: Node, identity: Identity = ALICE) -> None:
    """Returns when the node knows a client no longer."""
    async with asyncio.timeout(PATIENCE_S):
        while node.registry.find(identity) is not None:
            await asyncio.sleep(0)


# Pushes


async def test_push_is_carried_out_where_its_client_is(here: Node, there: Node) -> None:
    _, transport = enter(there)
    for number in range(3):
        assert await here.push(wrong_command(number), ALICE)
    assert answers([await transport.frame() for _ in range(3)]) == [0, 1, 2]
    assert here.registry.find(ALICE) is None


async def test_push_reaches_a_client_that_is_away(here: Node, there: Node) -> None:
    client, transport = enter(there)
    transport.block()
    client.queue(MARK)
    await there.leave(ALICE, client, transport, datetime.now(UTC))
    assert await here.push(wrong_command(1), ALICE)
    assert answers(list(client.outbox.waiting[1:])) == [1]


@pytest.mark.atmosphere(57)
async def test_strangers_push_does_not_reach_client(hasty: None, here: Node, there: Node) -> None:
    _, transport = enter(there)
    assert await here.push(wrong_command(1), replace(ALICE, address="198.51.100.1"))
    assert transport.taken() == []


async def test_answer_for_an_unknown_client_waits_here(hasty: None, here: Node, there: Node) -> None:
    assert await here.relay.push(ALICE, wrong_command(1)) is None
    assert await here.push(wrong_command(2), ALICE)
    assert there.registry.find(ALICE) is None
    _, transport = enter(here)
    assert answers(transport.taken()) == [2]


async def test_push_follows_the_client_to_its_process(hasty: None, here: Node, there: Node) -> None:
    assert await here.push(wrong_command(1), ALICE)
    _, transport = enter(there)
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(here)
    assert await here.push(wrong_command(2), ALICE)
    assert answers([await transport.frame()]) == [2]


async def test_unclaimed_client_is_asked_for_again_later(
    hasty: None, here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await here.push(wrong_command(1), ALICE)
    # Nobody tells that it connected there.
    transport = FakeTransport(make_connection(BACK))
    there.registry.meet(ALICE, datetime.now(UTC)).outbox.attach(transport, datetime.now(UTC))
    monkeypatch.setattr(relay_module, "CLAIM_S", 3600)
    async with asyncio.timeout(PATIENCE_S):
        assert await here.push(wrong_command(2), ALICE)
    monkeypatch.setattr(relay_module, "UNCLAIMED_S", 0)
    assert await here.push(wrong_command(3), ALICE)
    assert answers([await transport.frame()]) == [3]


async def test_unclaimed_clients_are_remembered_up_to_the_limit(
    here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CLAIM_S", 0)
    monkeypatch.setattr(relay_module, "MAX_UNCLAIMED", 2)
    strangers = [replace(ALICE, tracking_id=f"stranger-{number}") for number in range(4)]
    for stranger in strangers:
        assert await here.relay.push(stranger, wrong_command(1)) is None
    assert list(here.relay._unclaimed) == strangers[2:]


async def test_pushes_beyond_the_limit_are_refused(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "MAX_QUESTIONS", 2)
    client, transport = enter(there)
    await client.receiving.acquire()
    pushes = [asyncio.create_task(here.push(wrong_command(number), ALICE)) for number in range(2)]
    async with asyncio.timeout(PATIENCE_S):
        while len(here.relay._questions) < 2:
            await asyncio.sleep(0)
    assert not await here.push(wrong_command(2), ALICE)
    client.receiving.release()
    assert await asyncio.gather(*pushes) == [True, True]
    assert answers([await transport.frame(), await transport.frame()]) == [0, 1]
    assert transport.taken() == []


async def test_push_its_process_declines_is_refused(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 2)
    client, transport = enter(there)
    transport.block()
    client.queue(MARK)
    assert not await here.push(wrong_command(1), ALICE)
    assert client.outbox.waiting == (MARK,)


async def test_claimed_push_without_answer_is_refused(
    here: Node, there: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CARRY_OUT_S", 0.05)
    enter(there)
    layer.loses_next.add("relay.taken")
    assert not await here.push(wrong_command(1), ALICE)
    assert here.registry.find(ALICE) is None


# Clients that go on elsewhere


@pytest.mark.atmosphere(55, 56)
async def test_messages_waiting_elsewhere_come_once_in_order(here: Node, there: Node) -> None:
    client = there.registry.meet(ALICE, datetime.now(UTC))
    for number in range(3):
        await receive_message(wrong_command(number), client, there.hub)
    _, transport = enter(here)
    assert answers([await transport.frame() for _ in range(3)]) == [0, 1, 2]
    await is_forgotten(there)
    assert transport.taken() == []
    assert not there.registry.clients


@pytest.mark.atmosphere(46)
async def test_connection_that_is_left_behind_ends(here: Node, there: Node) -> None:
    _, older = enter(there)
    client, newer = enter(here)
    await is_forgotten(there)
    assert older.ended_with is not None
    client.queue(MARK)
    assert newer.taken() == [MARK]


@pytest.mark.parametrize("lost", ["relay.wanted", "relay.handover"])
async def test_lost_question_or_answer_is_repeated(
    hasty: None, here: Node, there: Node, layer: LossyLayer, lost: str
) -> None:
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    layer.loses_next.add(lost)
    _, transport = enter(here)
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(there)
    assert transport.taken() == []


async def test_answer_that_comes_twice_is_taken_once(
    here: Node, there: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CLAIM_S", 0.3)
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    layer.holds.add("relay.handover")
    client, transport = enter(here)
    await layer.held(2)
    layer.holds.clear()
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(there)
    client.queue(MARK)
    assert await transport.frame() == MARK


async def test_client_gone_on_elsewhere_stays_there(hasty: None, here: Node, there: Node) -> None:
    """It was looked for in vain when it came, and is not looked for any longer when it has gone."""
    enter(there)
    client, transport = enter(here)
    client.queue(MARK)
    await is_forgotten(there)
    async with asyncio.timeout(PATIENCE_S):
        while there.relay._wanted or here.relay._wanted:
            await asyncio.sleep(0.01)
    assert here.registry.find(ALICE) is client
    assert client.outbox.is_connected
    assert transport.ended_with is None
    assert transport.taken() == [MARK]


async def test_unknown_client_is_not_asked_for_forever(hasty: None, here: Node, there: Node) -> None:
    client, transport = enter(here)
    async with asyncio.timeout(PATIENCE_S):
        while here.relay._wanted:
            await asyncio.sleep(0.01)
    client.queue(MARK)
    assert transport.taken() == [MARK]


async def test_messages_during_the_handover_follow_it(here: Node, there: Node, layer: LossyLayer) -> None:
    client = there.registry.meet(ALICE, datetime.now(UTC))
    await receive_message(wrong_command(1), client, there.hub)
    layer.holds.add("relay.received")
    _, transport = enter(here)
    assert answers([await transport.frame()]) == [1]
    for number in (2, 3):
        await receive_message(wrong_command(number), client, there.hub)
    layer.holds.clear()
    assert answers([await transport.frame(), await transport.frame()]) == [2, 3]
    await is_forgotten(there)


async def test_jobs_beyond_the_limit_are_dropped(
    there: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(there.relay._tasks, "limit", 2)
    identities = [replace(ALICE, tracking_id=f"client-{number}") for number in range(4)]
    clients = [there.registry.meet(identity, datetime.now(UTC)) for identity in identities]
    for identity, client in zip(identities, clients, strict=True):
        await client.receiving.acquire()
        there.channel.hear({"type": "relay.wanted", "sender": "elsewhere", "identity": astuple(identity)})
    assert len(there.relay._tasks) == 2
    assert caplog.text.count("more to do for other processes") == 1
    for client in clients:
        client.receiving.release()
    async with asyncio.timeout(PATIENCE_S):
        while there.relay._tasks:
            await asyncio.sleep(0)
    there.channel.hear({"type": "relay.wanted", "sender": "elsewhere", "identity": astuple(identities[3])})
    assert len(there.relay._tasks) == 1


async def test_client_not_looked_for_may_be_later(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    monkeypatch.setattr(here.relay._tasks, "limit", 0)
    client, older = enter(here)
    assert older.taken() == []
    monkeypatch.setattr(here.relay._tasks, "limit", 10)
    await here.leave(ALICE, client, older, datetime.now(UTC))
    _, transport = enter(here)
    assert answers([await transport.frame()]) == [1]


async def test_new_client_is_not_looked_for(here: Node, there: Node) -> None:
    transport = FakeTransport(make_connection(BACK.replace(ALICE.tracking_id, "0")))
    here.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert not here.relay._wanted


@pytest.mark.atmosphere(48)
async def test_goodbye_ends_a_client_wherever_it_is(here: Node, there: Node) -> None:
    client, transport = enter(there)
    await here.say_goodbye(ALICE)
    await is_forgotten(there)
    assert transport.is_released
    await there.leave(ALICE, client, transport, datetime.now(UTC))
    assert not there.registry.clients


@pytest.mark.atmosphere(48, 57)
async def test_goodbye_of_somebody_else_ends_nothing(here: Node, there: Node) -> None:
    enter(there)
    bob = replace(ALICE, tracking_id="bob")
    enter(there, bob)
    await here.say_goodbye(replace(ALICE, address="198.51.100.1"))
    await here.say_goodbye(bob)
    await is_forgotten(there, bob)
    assert there.registry.find(ALICE) is not None


@pytest.mark.parametrize("layer_is", ["in memory", "down"])
async def test_without_others_nobody_is_asked(
    here: Node, there: Node, layer: LossyLayer, settings: Any, monkeypatch: pytest.MonkeyPatch, layer_is: str
) -> None:
    _, elsewhere = enter(there)
    if layer_is == "in memory":
        settings.REDIS_URL = ""
    else:
        layer.is_down = True
        monkeypatch.setattr(channel_module, "OPEN_TIMEOUT_S", 0.05)
    async with asyncio.timeout(PATIENCE_S / 2):
        assert await here.push(wrong_command(1), ALICE)
        await here.say_goodbye(ALICE)
        client, transport = enter(here)
        client.queue(MARK)
    assert transport.taken() == [MARK]
    assert elsewhere.ended_with is None
