"""What a process tells of itself, and to whom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import AsyncClient

from accounts.models import User
from accounts.notices import current_publisher
from events.clients.identity import Identity
from events.node import Node, current_node
from tests.events.builders import follow, make_connection, make_state
from tests.events.conftest import Visit
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.reading import MARK
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

TOKEN = "a token of the operator"
ADDRESS = "203.0.113.7"
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"
LINE = re.compile(
    r'fleetsphere_[a-z_]+(\{[a-z]+="[a-z_-]+"\})? \d+|# HELP fleetsphere_[a-z_]+ .+|# TYPE \S+ (gauge|counter)'
)


@pytest.fixture
async def node(layer: LossyLayer, settings: Any) -> AsyncIterator[Node]:
    settings.METRICS_TOKEN = TOKEN
    node = current_node()
    yield node
    await node.stop()
    await current_publisher().stop()


async def read(token: str = TOKEN) -> dict[str, int]:
    """The values by name and label."""
    response = await AsyncClient().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    pairs = [line.removeprefix("fleetsphere_").split() for line in lines if not line.startswith("#")]
    return {name: int(value) for name, value in pairs}


def enter(node: Node, name: str) -> tuple[Identity, Any, FakeTransport]:
    identity, transport = Identity("/event/subscription", name, ADDRESS), FakeTransport(make_connection(BACK))
    return identity, node.enter(identity, transport, datetime.now(UTC), address=ADDRESS), transport


@pytest.mark.parametrize("header", ["", TOKEN, f"Bearer {TOKEN} ", "Bearer ", "Bearer \xff", f"Basic {TOKEN}"])
async def test_only_who_has_the_token_is_answered(node: Node, header: str) -> None:
    assert (await AsyncClient().get("/metrics", headers={"Authorization": header})).status_code == 404
    await read()


async def test_without_a_token_nobody_is_answered(node: Node, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for header in ("", "Bearer", "Bearer "):
        assert (await AsyncClient().get("/metrics", headers={"Authorization": header})).status_code == 404


async def test_clients_their_subscriptions_and_what_waits_are_told(node: Node) -> None:
    _, alice, transport = enter(node, "alice")
    _, bob, line = enter(node, "bob")
    enter(node, "stranger")
    subscriber = follow(alice, "digest of alice")
    follow(bob, "digest of bob")
    bob.outbox.detach(line, datetime.now(UTC))
    transport.block()
    alice.queue(MARK)
    alice.offer(subscriber, [make_state(1), make_state(2)])
    assert {name: value for name, value in (await read()).items() if "total" not in name} == {
        'clients{state="connected"}': 2,
        'clients{state="away"}': 1,
        'connections{transport="websocket"}': 2,
        'subscriptions{event="state"}': 2,
        "waiting_messages": 1,
        "waiting_states": 2,
        "held_bytes": len(MARK),
        "layer_heard": 1,
    }


async def test_frames_of_gone_clients_still_count(node: Node) -> None:
    identity, client, transport = enter(node, "alice")
    for _ in range(3):
        client.queue(MARK)
    before = await read()
    assert (before["frames_sent_total"], before["bytes_sent_total"]) == (3, 3 * len(MARK))
    await node.leave(identity, client, transport, datetime.now(UTC))
    assert client not in node.registry.clients
    after = await read()
    assert (after["frames_sent_total"], after["bytes_sent_total"]) == (3, 3 * len(MARK))


@pytest.mark.django_db(transaction=True)
async def test_notices_and_reloads_are_counted(visit: Visit, alice: User, vans: list[Tracker], report: Any) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.speeds(1)
    before = await read()
    await report(vans[0], 7)
    await visitor.speeds(1)
    assert (await read())["notices_heard_total"] == before["notices_heard_total"] + 1
    # After a notice of this kind the database is read.
    await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=True)
    await visitor.message()
    async with asyncio.timeout(PATIENCE_S):
        while (await read())["reloads_total"] <= before["reloads_total"]:
            await asyncio.sleep(0)
