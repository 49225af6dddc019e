"""Pushes: carried out one after the other for the client that they are of, wherever it is connected."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.services.sessions import create_session
from events.clients import outbox as outbox_module
from events.clients.identity import Identity, make_tracking_id
from events.node import Node
from events.protocol.messages import encode
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport
from tests.events.wrong_commands import answers, wrong_command
from trackers.models import Tracker

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
BOB = replace(ALICE, tracking_id="bob")
BACK = f"X-Atmosphere-tracking-id={ALICE.tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.8-javascript"


@pytest.fixture
def node(still_node: Node) -> Node:
    return still_node


@pytest.mark.atmosphere(24, 28)
@pytest.mark.parametrize("text", ["X", " X\n", "...ACK..."])
async def test_heartbeat_is_swallowed_and_makes_no_client(node: Node, text: str) -> None:
    assert await node.push(text, ALICE)
    assert node.registry.find(ALICE) is None
    assert not node.registry.clients


@pytest.mark.atmosphere(43, 56)
async def test_answer_to_a_push_awaits_a_connection(node: Node) -> None:
    for number in range(3):
        assert await node.push(wrong_command(number), ALICE)
    transport = FakeTransport(make_connection(BACK))
    node.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert answers(transport.taken()) == [0, 1, 2]


async def test_answer_to_a_push_uses_the_connection(node: Node) -> None:
    transport = FakeTransport(make_connection(BACK))
    client = node.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert await node.push(wrong_command(7), ALICE)
    assert answers(transport.taken()) == [7]
    await node.leave(ALICE, client, transport, datetime.now(UTC))


async def test_push_to_a_full_client_is_refused(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 4)
    for number in range(2):
        assert await node.push(wrong_command(number), ALICE)
    assert not await node.push(wrong_command(2), ALICE)
    client = node.registry.find(ALICE)
    assert client is not None
    assert answers(list(client.outbox.waiting)) == [0, 1]
    client.outbox.attach(FakeTransport(make_connection(BACK)), datetime.now(UTC))
    assert await node.push(wrong_command(3), ALICE)


async def test_commands_of_a_client_take_turns(node: Node) -> None:
    client = node.registry.meet(ALICE, datetime.now(UTC))
    await client.receiving.acquire()
    pushes = [asyncio.create_task(node.push(wrong_command(number), ALICE)) for number in range(3)]
    async with asyncio.timeout(PATIENCE_S):
        assert await node.push(wrong_command(9), BOB), "others do not wait for Alice"
        await asyncio.sleep(0)
        assert client.outbox.is_empty
        client.receiving.release()
        assert all(await asyncio.gather(*pushes))
    assert answers(list(client.outbox.waiting)) == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
async def test_goodbye_during_a_command_leaves_nothing_behind(node: Node, alice: User, vans: list[Tracker]) -> None:
    credential = await database_sync_to_async(create_session)(alice)
    command = encode({"action": "subscribe", "hash": credential, "events": ["state"], "trackers": [vans[0].pk]})
    push = asyncio.create_task(node.push(command, ALICE))
    async with asyncio.timeout(PATIENCE_S):
        while (client := node.registry.find(ALICE)) is None or not client.receiving.locked():
            await asyncio.sleep(0)
        await node.registry.say_goodbye(ALICE)
        await push
    assert client not in node.registry.clients
    assert not any(client in account.clients for account in node.hub._accounts.values())
    assert not client.subscribers
