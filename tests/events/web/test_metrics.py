"""What a process tells of itself and the others, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import AsyncClient

from accounts.metrics.processes import sharing
from accounts.models import User
from accounts.notices import current_publisher
from events.clients.identity import Identity
from events.node import Node, current_node
from tests.events.builders import follow, make_connection, make_state
from tests.events.conftest import Visit
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.reading import MARK
from tests.scrapes import Scrape
from trackers.intake.batching import current_batcher
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

TOKEN = "a token of the operator"
ADDRESS = "203.0.113.7"
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def node(layer: LossyLayer, settings: Any, tmp_path: Path) -> AsyncIterator[Node]:
    settings.METRICS_TOKEN, settings.DATA_DIR = TOKEN, tmp_path
    node = current_node()
    yield node
    await node.stop()
    await sharing.stop()
    await current_publisher().stop()
    await current_batcher().close()


async def read(token: str = TOKEN) -> Scrape:
    response = await AsyncClient().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scrape(response.content.decode())


def enter(node: Node, name: str) -> tuple[Identity, Any, FakeTransport]:
    identity, transport = Identity("/event/subscription", name, ADDRESS), FakeTransport(make_connection(BACK))
    return identity, node.enter(identity, transport, datetime.now(UTC), address=ADDRESS), transport


@pytest.mark.parametrize("header", ["", TOKEN, f"Bearer {TOKEN} ", "Bearer ", "Bearer \xff", f"Basic {TOKEN}"])
async def test_only_who_has_the_token_is_answered(node: Node, header: str) -> None:
    assert (await AsyncClient().get("/metrics", headers={"Authorization": header})).status_code == 404
    await read()


async def test_without_a_token_nobody_is_answered(node: Node, settings: Any, tmp_path: Path) -> None:
    settings.METRICS_TOKEN = ""
    for header in ("", "Bearer", "Bearer "):
        assert (await AsyncClient().get("/metrics", headers={"Authorization": header})).status_code == 404
    assert list(tmp_path.iterdir()) == []


async def test_clients_their_subscriptions_and_what_waits_are_told(node: Node) -> None:
    _, alice, transport = enter(node, "alice")
    _, bob, line = enter(node, "bob")
    enter(node, "stranger")
    subscriber = follow(alice, "digest of alice")
    follow(bob, "digest of bob")
    bob.outbox.detach(line, datetime.now(UTC))
    transport.block()
    alice.queue(MARK)
    subscriber.offer([make_state(1), make_state(2)])
    scrape = await read()
    assert scrape.values("fleetsphere_clients", "state", "transport") == {
        ("connected", "websocket"): 2,
        ("away", "websocket"): 1,
    }
    assert scrape.values("fleetsphere_subscriptions", "event") == {("state",): 2}
    assert (scrape["fleetsphere_waiting_messages"], scrape["fleetsphere_waiting_states"]) == (1, 2)
    assert (scrape["fleetsphere_held_bytes"], scrape["fleetsphere_layer_heard"]) == (len(MARK), 1)


async def test_states_that_newer_ones_replaced_are_counted(node: Node) -> None:
    _, alice, transport = enter(node, "alice")
    subscriber = follow(alice, "digest of alice")
    before = (await read())["fleetsphere_conflated_states_total"]
    transport.block()
    await node.leave(Identity("/event/subscription", "alice", ADDRESS), alice, transport, datetime.now(UTC))
    subscriber.offer([make_state(1), make_state(1, revision=2), make_state(2)])
    assert (await read())["fleetsphere_conflated_states_total"] == before + 1


async def test_frames_of_gone_clients_still_count(node: Node) -> None:
    identity, client, transport = enter(node, "alice")
    for _ in range(3):
        client.queue(MARK)
    before = await read()
    assert (before["fleetsphere_frames_sent_total"], before["fleetsphere_bytes_sent_total"]) == (3, 3 * len(MARK))
    await node.leave(identity, client, transport, datetime.now(UTC))
    assert client not in node.registry.clients
    after = await read()
    assert (after["fleetsphere_frames_sent_total"], after["fleetsphere_bytes_sent_total"]) == (3, 3 * len(MARK))


async def test_notices_reloads_and_their_delay_are_told(
    visit: Visit, node: Node, alice: User, vans: list[Tracker], report: Any
) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.speeds(1)
    before = await read()
    await report(vans[0], 7)
    await visitor.speeds(1)
    after = await read()
    for name in ("fleetsphere_notices_heard_total", "fleetsphere_report_to_frame_seconds_count"):
        assert after[name] == before[name] + 1
    # After a notice of this kind the database is read.
    await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=True)
    await visitor.message()
    async with asyncio.timeout(PATIENCE_S):
        while (await read())["fleetsphere_reloads_total"] <= before["fleetsphere_reloads_total"]:
            await asyncio.sleep(0)


async def test_the_fleet_and_what_it_needs_are_told_once(node: Node, vans: list[Tracker], report: Any) -> None:
    await report(vans[0], 7)
    scrape = await read()
    assert (scrape["fleetsphere_database_up"], scrape["fleetsphere_broker_up"]) == (1, 1)
    statuses = scrape.values("fleetsphere_trackers", "status")
    assert (statuses["just_registered",], sum(statuses.values())) == (len(vans) - 1, len(vans))
    assert scrape["fleetsphere_newest_report_timestamp_seconds"] > 0


async def test_the_fleet_is_counted_a_few_times_a_minute_only(node: Node, vans: list[Tracker], report: Any) -> None:
    before = (await read()).values("fleetsphere_trackers", "status")
    await report(vans[0], 7)
    assert (await read()).values("fleetsphere_trackers", "status") == before


async def test_each_process_has_its_own_series(node: Node, tmp_path: Path) -> None:
    scrape = await read()
    assert scrape.values("process_open_fds", "process").keys() == {("serve-0",)}
    assert scrape.values("process_max_fds", "process")["serve-0",] > 0
    async with asyncio.timeout(PATIENCE_S):
        while not (tmp_path / "metrics" / "serve-0.metrics").exists():
            await asyncio.sleep(0)
    # What a process wrote that is another one now.
    (tmp_path / "metrics" / "serve-0.metrics").rename(tmp_path / "metrics" / "housekeeping-0.metrics")
    found = (await read()).values("process_open_fds", "process")
    assert found.keys() == {("serve-0",), ("housekeeping-0",)}
