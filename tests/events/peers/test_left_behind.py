"""Processes that end: everybody is sent elsewhere, and what clients left is found where they go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.notices import current_publisher
from accounts.services.sessions import create_session
from events import node as node_module
from events.clients.client import Client
from events.clients.identity import Identity, make_tracking_id
from events.node import Node
from events.peers import left_behind as left_behind_module
from events.peers import moves as moves_module
from events.peers import relay as relay_module
from events.protocol.close_codes import CLOSE_SERVICE_RESTART
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.reading import MARK
from trackers.models import Tracker

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
BACK = f"X-Atmosphere-tracking-id={ALICE.tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"


@pytest.fixture(autouse=True)
def hasty(two_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have ended are not waited for."""
    monkeypatch.setattr(relay_module, "CLAIM_S", 0.05)
    monkeypatch.setattr(moves_module, "ANSWER_S", 0.05)


@pytest.fixture
async def gone(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    yield node
    await node.stop()


@pytest.fixture
async def here(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    yield node
    await node.stop()
    await current_publisher().stop()


def enter(node: Node, identity: Identity = ALICE) -> tuple[Client, FakeTransport]:
    transport = FakeTransport(make_connection(BACK))
    return node.enter(identity, transport, datetime.now(UTC), address=identity.address), transport


async def end(node: Node, client: Client, transport: FakeTransport) -> None:
    """The end of a process that serves this client."""
    await node.send_everybody_elsewhere(within_s=1)
    await node.leave(ALICE, client, transport, datetime.now(UTC))
    await node.leave_clients_behind()
    await node.stop()


async def test_everybody_is_sent_elsewhere_in_batches(gone: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "CLOSE_BATCH", 2)
    monkeypatch.setattr(node_module, "CLOSE_PAUSE_S", 0)
    transports = [enter(gone, replace(ALICE, tracking_id=f"client-{number}"))[1] for number in range(5)]
    ending = asyncio.create_task(gone.send_everybody_elsewhere(within_s=1))
    await asyncio.sleep(0)
    assert [transport.ended_with for transport in transports] == [CLOSE_SERVICE_RESTART] * 2 + [None] * 3
    await ending
    assert [transport.ended_with for transport in transports] == [CLOSE_SERVICE_RESTART] * 5


async def test_who_comes_during_the_end_is_sent_elsewhere(gone: Node) -> None:
    await gone.send_everybody_elsewhere(within_s=1)
    _, transport = enter(gone)
    assert transport.ended_with is None
    await asyncio.sleep(0)
    assert transport.ended_with == CLOSE_SERVICE_RESTART


async def test_what_waits_is_found_by_the_next_connection(gone: Node, here: Node) -> None:
    client, transport = enter(gone)
    transport.block()
    client.queue(MARK)
    await end(gone, client, transport)
    _, transport = enter(here)
    assert await transport.frame() == MARK


async def test_what_waits_is_found_once(gone: Node, here: Node) -> None:
    client, transport = enter(gone)
    transport.block()
    client.queue(MARK)
    await end(gone, client, transport)
    assert await left_behind_module.take_what_was_left(ALICE) is not None
    assert await left_behind_module.take_what_was_left(ALICE) is None


async def test_strangers_find_nothing(gone: Node, here: Node) -> None:
    client, transport = enter(gone)
    transport.block()
    client.queue(MARK)
    await end(gone, client, transport)
    assert await left_behind_module.take_what_was_left(replace(ALICE, address="198.51.100.1")) is None


async def test_too_much_is_not_kept(gone: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind_module, "MAX_BYTES", 10)
    client, transport = enter(gone)
    transport.block()
    client.queue(MARK)
    await end(gone, client, transport)
    assert await left_behind_module.take_what_was_left(ALICE) is None


async def test_push_finds_its_client_before_the_connection(gone: Node, here: Node) -> None:
    client, transport = enter(gone)
    transport.block()
    client.queue(MARK)
    await end(gone, client, transport)
    assert await here.push("[]", ALICE)
    _, transport = enter(here)
    assert await transport.frame() == MARK


@pytest.mark.django_db(transaction=True)
async def test_subscription_goes_on_in_the_next_process(
    gone: Node, here: Node, alice: User, register: Callable[..., Tracker]
) -> None:
    credential = await database_sync_to_async(create_session)(alice)
    van = await database_sync_to_async(register)(alice)
    client, transport = enter(gone)
    command = {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": [van.pk]}
    await gone.receive(json.dumps(command), client, ALICE)
    assert (await transport.message())["type"] == "response"
    await end(gone, client, transport)
    client, _ = enter(here)
    async with asyncio.timeout(PATIENCE_S):
        while not client.subscribers:
            await asyncio.sleep(0.01)
    [subscriber] = client.subscribers
    assert subscriber.source_ids == {van.source_id}
