"""What a client takes along to another process, with the real database: logins, states, and what befell meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts import notices
from accounts.models import User
from accounts.notices import current_publisher
from accounts.selectors import principal_for_hash
from accounts.services.sessions import create_session, log_out
from events.clients.client import Client
from events.clients.identity import Identity, make_tracking_id
from events.clients.transport import Transport
from events.commands.receive import receive_message
from events.node import Node
from events.peers.handover import HandedSubscription, hand_over, take_over
from events.protocol.connection import PollConnection
from events.protocol.kinds.state_batch import STATE_BATCH, StateBatchSubscription
from events.protocol.messages import encode
from tests.alerts.raising import make_rule, raise_alerts
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakePoll, FakeTransport, LossyLayer
from trackers.models import Tracker
from trackers.services.access import move_tracker
from trackers.services.trackers import bind_sub_users, corrupt_tracker, set_blocked

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
NEW = "X-Atmosphere-tracking-id=0&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"
BACK = NEW.replace("=0", f"={ALICE.tracking_id}", 1)


@pytest.fixture(autouse=True)
def still(two_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still: what is lost stays so."""
    monkeypatch.setattr(notices, "TICK_INTERVAL_S", 3600)


class Device:
    """A browser that is connected to one process and then to the other."""

    def __init__(self, credential: str, *nodes: Node) -> None:
        self.credential = credential
        self.there, self.here = nodes
        self.transport = FakeTransport(make_connection(NEW))
        self.client = self.enter(self.there, self.transport)

    def enter(self, node: Node, transport: Transport) -> Client:
        return node.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)

    async def subscribe(self, *vans: Tracker, credential: str = "") -> None:
        """Subscribes where it is and reads the answer."""
        node = self.there if self.client in self.there.registry.clients else self.here
        transport = self.transport
        fields = {"events": ["state"], "trackers": [van.pk for van in vans]}
        command = {"action": "subscribe", "hash": credential or self.credential, **fields}
        await receive_message(encode(command), self.client, node.hub)
        assert json.loads(await transport.frame())["type"] == "response"

    async def lose_the_connection(self) -> None:
        await self.there.leave(ALICE, self.client, self.transport, datetime.now(UTC))

    def move(self) -> None:
        """Connects to the other process."""
        self.transport = FakeTransport(make_connection(BACK))
        self.client = self.enter(self.here, self.transport)

    async def heard(self, count: int) -> list[Any]:
        return [brief(await self.transport.message()) for _ in range(count)]


def brief(message: dict[str, Any]) -> Any:
    match message:
        case {"event": "state", "data": state}:
            return state["source_id"], state["gps"]["speed"]
        case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
            return source_id, event
    return message.get("event", message.get("type"))


async def has_moved(device: Device, *, back: bool = False) -> None:
    """Returns when the client went on in the other process, or in its first one again."""
    former, present = (device.here, device.there) if back else (device.there, device.here)
    async with asyncio.timeout(PATIENCE_S):
        while former.registry.find(ALICE) is not None or present.moves._searches:
            await asyncio.sleep(0)


Do = Callable[..., Awaitable[Any]]


def do(function: Callable[..., Any]) -> Do:
    return database_sync_to_async(function)


def block(van: Tracker) -> None:
    set_blocked(van.source_id, is_blocked=True)


def end_login(credential: str) -> None:
    log_out(principal_for_hash(credential))


@asynccontextmanager
async def unheard(layer: LossyLayer) -> AsyncIterator[None]:
    """What is published is lost, and nobody finds out by himself."""
    layer.loses = True
    yield
    await layer.heal()


async def is_quiet(layer: LossyLayer) -> None:
    """Returns when all that was sent over the layer is heard."""
    async with asyncio.timeout(PATIENCE_S):
        while any(not queue.empty() for queue in layer.channels.values()):
            await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def nodes(layer: LossyLayer) -> AsyncIterator[list[Node]]:
    nodes = [Node(), Node()]
    for node in nodes:
        await node.channel.wait_until_open()
    yield nodes
    for node in nodes:
        await node.stop()
    await current_publisher().stop()


@pytest.fixture
async def device(nodes: list[Node], alice: User, vans: list[Tracker]) -> Device:
    """Alice's, which has the current states of both vans."""
    device = Device(await do(create_session)(alice), *nodes)
    await device.subscribe(*vans)
    await device.heard(2)
    return device


@pytest.mark.atmosphere(56)
async def test_moved_client_gets_missed_and_new_events(
    device: Device, vans: list[Tracker], report: Any, nodes: list[Node]
) -> None:
    first, second = (van.source_id for van in vans)
    await device.lose_the_connection()
    await report(vans[0], 4, 5)
    await do(set_blocked)(second, is_blocked=True)
    device.move()
    assert await device.heard(2) == [(second, "block"), (first, 5)]
    await has_moved(device)
    await report(vans[0], 6)
    assert await device.heard(1) == [(first, 6)]
    assert device.transport.taken() == []
    assert not device.there.hub._accounts


async def test_client_that_missed_nothing_gets_nothing_again(device: Device, vans: list[Tracker], report: Any) -> None:
    await report(vans[1], 4)
    assert await device.heard(1) == [(vans[1].source_id, 4)]
    device.move()
    await has_moved(device)
    await report(vans[0], 5)
    assert await device.heard(1) == [(vans[0].source_id, 5)]


async def test_format_and_dates_go_along(nodes: list[Node], alice: User, vans: list[Tracker], report: Any) -> None:
    device = Device(await do(create_session)(alice), *nodes)
    request = {"type": "state", "trackers": [vans[0].pk], "format": "compact"}
    command = {"action": "subscribe", "hash": device.credential, "requests": [request], "iso_datetime": True}
    await receive_message(encode(command), device.client, device.there.hub)
    await device.heard(2)
    device.move()
    await has_moved(device)
    await report(vans[0], 4)
    state = await device.transport.message()
    assert state["user_time"].endswith("Z")
    assert "battery_level" not in state["data"]


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
async def test_following_of_later_trackers_moves_along(
    nodes: list[Node], alice: User, vans: list[Tracker], register: Any, action: str
) -> None:
    device = Device(await do(create_session)(alice), *nodes)
    selected = {"type": "selected", "tracker_ids": [vans[0].pk]}
    # After a subscription to all one more van is named, or the whole is given up.
    later = [("subscribe", selected)] if action == "subscribe" else [("unsubscribe", {"type": "all"})]
    for what, target in [("subscribe", {"type": "all"}), *later]:
        requests = [{"type": "state_batch", "target": target}]
        command = {"action": what, "hash": device.credential, "requests": requests}
        await receive_message(encode(command), device.client, device.there.hub)
    device.move()
    await has_moved(device)
    await do(register)(alice)
    [subscriber] = device.client.subscribers
    subscription = subscriber.subscription(STATE_BATCH)
    assert subscription.covers_all is (action == "subscribe")
    async with asyncio.timeout(PATIENCE_S):
        while len(subscription.source_ids) != (3 if action == "subscribe" else 0):
            await asyncio.sleep(0)


@pytest.mark.parametrize(("change", "event"), [(block, "block"), (corrupt_tracker, "corrupt")])
async def test_unheard_lifecycle_is_found_by_the_move(
    device: Device, vans: list[Tracker], layer: LossyLayer, change: Callable[[Tracker], None], event: str
) -> None:
    async with unheard(layer):
        await do(change)(vans[0])
    device.move()
    assert await device.heard(1) == [(vans[0].source_id, event)]
    await has_moved(device)
    assert device.transport.taken() == []


async def test_unheard_transfer_of_a_tracker_is_silent(
    device: Device, vans: list[Tracker], charlie: User, layer: LossyLayer, report: Any
) -> None:
    async with unheard(layer):
        await do(move_tracker)(vans[0], charlie)
    device.move()
    await has_moved(device)
    await report(vans[0], 4)
    await report(vans[1], 5)
    assert await device.heard(1) == [(vans[1].source_id, 5)]


async def test_lost_unblock_is_found_with_its_state(
    device: Device, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    source_id = vans[0].source_id
    await do(block)(vans[0])
    assert await device.heard(1) == [(source_id, "block")]
    async with unheard(layer):
        await do(set_blocked)(source_id, is_blocked=False)
        await report(vans[0], 7)
    device.move()
    assert await device.heard(2) == [(source_id, "unblock"), (source_id, 7)]


async def test_login_that_ended_unheard_ends_with_the_move(device: Device, layer: LossyLayer) -> None:
    async with unheard(layer):
        await do(end_login)(device.credential)
    device.move()
    assert await device.heard(1) == ["logout"]
    await has_moved(device)
    assert not device.client.subscribers
    assert device.transport.taken() == []


async def test_source_withdrawn_unheard_falls_silent(
    nodes: list[Node], bob: User, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    for van in vans:
        await do(bind_sub_users)(van, [bob])
    device = Device(await do(create_session)(bob), *nodes)
    await device.subscribe(*vans)
    await device.heard(2)
    async with unheard(layer):
        await do(bind_sub_users)(vans[0], [])
    device.move()
    await has_moved(device)
    await report(vans[0], 4)
    await report(vans[1], 5)
    assert await device.heard(1) == [(vans[1].source_id, 5)]


@pytest.mark.atmosphere(56)
async def test_poll_during_the_move_keeps_the_login(device: Device, vans: list[Tracker], report: Any) -> None:
    await device.lose_the_connection()
    await do(block)(vans[0])
    poll = FakePoll(make_connection(BACK, kind=PollConnection))
    client = device.enter(device.here, poll)
    assert brief(await poll.message()) == (vans[0].source_id, "block")
    await device.here.leave(ALICE, client, poll, datetime.now(UTC))
    await has_moved(device)
    device.move()
    await report(vans[1], 4)
    assert await device.heard(1) == [(vans[1].source_id, 4)]


async def test_command_that_is_being_carried_out_goes_along(
    nodes: list[Node], alice: User, vans: list[Tracker], report: Any
) -> None:
    device = Device(await do(create_session)(alice), *nodes)
    command = {"action": "subscribe", "hash": device.credential, "events": ["state"], "trackers": [vans[0].pk]}
    subscribing = asyncio.create_task(receive_message(encode(command), device.client, device.there.hub))
    async with asyncio.timeout(PATIENCE_S):
        while not device.client.receiving.locked():
            await asyncio.sleep(0)
    device.move()
    await subscribing
    assert await device.heard(2) == ["response", (vans[0].source_id, None)]
    await has_moved(device)
    await report(vans[0], 4)
    assert await device.heard(1) == [(vans[0].source_id, 4)]


async def test_newer_subscription_survives_the_handover(
    device: Device, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    layer.holds.add("moves.left")
    device.move()
    await device.subscribe(vans[0])
    assert await device.heard(1) == [(vans[0].source_id, None)]
    layer.holds.clear()
    await has_moved(device)
    await report(vans[0], 4)
    await report(vans[1], 5)
    assert await device.heard(2) == [(vans[0].source_id, 4), (vans[1].source_id, 5)]


async def test_handover_does_not_end_other_logins(
    device: Device, alice: User, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    layer.holds.add("moves.left")
    device.move()
    await device.subscribe(vans[0], credential=await do(create_session)(alice))
    assert await device.heard(1) == [(vans[0].source_id, None)]
    layer.holds.clear()
    await has_moved(device)
    assert len(device.client.subscribers) == 2
    await report(vans[1], 5)
    assert await device.heard(1) == [(vans[1].source_id, 5)]


async def test_events_during_the_handover_come_once(
    device: Device, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    layer.holds.add("moves.left")
    device.move()
    await layer.held()
    await do(block)(vans[0])
    await report(vans[1], 4)
    layer.holds.clear()
    assert set(await device.heard(2)) == {(vans[0].source_id, "block"), (vans[1].source_id, 4)}
    await has_moved(device)
    await is_quiet(layer)
    assert device.transport.taken() == []


async def test_alerts_that_waited_and_came_meanwhile_move_along(
    layer: LossyLayer, nodes: list[Node], alice: User, vans: list[Tracker]
) -> None:
    device = Device(await do(create_session)(alice), *nodes)
    requests = [{"type": "history", "target": {"type": "all"}}]
    command = {"action": "subscribe", "hash": device.credential, "requests": requests}
    await receive_message(encode(command), device.client, device.there.hub)
    await device.transport.message()
    rule = await do(make_rule)(vans[0])
    told = await do(raise_alerts)(rule, vans[0])
    assert (await device.transport.message())["data"]["id"] == told[0].pk
    await device.lose_the_connection()
    waited = await do(raise_alerts)(rule, vans[0], 2)
    await is_quiet(layer)
    async with unheard(layer):
        lost = await do(raise_alerts)(rule, vans[1])
    device.move()
    messages = [await device.transport.message() for _ in range(3)]
    assert [message["data"]["id"] for message in messages] == [alert.pk for alert in (*waited, *lost)]
    later = await do(raise_alerts)(rule, vans[0])
    assert (await device.transport.message())["data"]["id"] == later[0].pk


@pytest.mark.atmosphere(55, 56)
async def test_state_comes_once_when_polls_change_processes(
    device: Device, vans: list[Tracker], layer: LossyLayer, report: Any
) -> None:
    await device.lose_the_connection()
    layer.holds.add("moves.left")
    polls = []
    # To the other process, back before that has it, and there again.
    for node in (device.here, device.there, device.here):
        polls.append(FakePoll(make_connection(BACK, kind=PollConnection)))
        device.client = device.enter(node, polls[-1])
        await layer.held(2 * len(polls))
    layer.holds.clear()
    await has_moved(device)
    await report(vans[0], 4)
    assert brief(await polls[-1].message()) == (vans[0].source_id, 4)
    for node in (device.there, device.here):
        polls.append(FakePoll(make_connection(BACK, kind=PollConnection)))
        device.enter(node, polls[-1])
        await has_moved(device, back=node is device.there)
    await is_quiet(layer)
    assert [poll.taken() for poll in polls] == [[]] * len(polls)


@pytest.mark.parametrize(("kind", "options"), [("weather", {"towns": 3}), ("state_batch", {"form": "hologram"})])
async def test_client_from_a_newer_version_goes_on_with_what_is_known_here(
    device: Device, vans: list[Tracker], caplog: pytest.LogCaptureFixture, kind: str, options: dict[str, Any]
) -> None:
    handover = hand_over(device.client)
    [login] = handover.logins
    unknown = HandedSubscription(kind, options, True, {})
    newer = replace(handover, logins=(replace(login, subscriptions=(unknown, *login.subscriptions)),))
    client = device.here.registry.meet(ALICE, datetime.now(UTC))
    await take_over(newer, client, device.here.hub)
    [subscriber] = client.subscribers
    assert subscriber.source_ids == {van.source_id for van in vans}
    assert f"its events of type {kind}" in caplog.text


async def look(device: Device, node: Node, *, south: float) -> None:
    """Looks at a window of two degrees, and hears the answer."""
    corners = {"nw": {"lat": south + 2, "lng": 18}, "se": {"lat": south, "lng": 20}}
    request = {"type": "state_batch", "target": {"type": "area", "bounds": corners}, "rate_limit": "100ms"}
    command = {"action": "subscribe", "hash": device.credential, "requests": [request]}
    await receive_message(encode(command), device.client, node.hub)
    assert await device.heard(1) == ["response"]


async def test_newer_area_survives_the_handover_and_nobody_of_the_one_before(
    layer: LossyLayer, nodes: list[Node], alice: User, vans: list[Tracker], report: Any
) -> None:
    there, here = nodes
    await report(vans[0], 4)
    device = Device(await do(create_session)(alice), *nodes)
    await look(device, there, south=46)
    assert await device.heard(1) == ["state_batch"]
    layer.holds.add("moves.left")
    device.move()
    await look(device, here, south=-46)
    layer.holds.clear()
    await has_moved(device)
    [subscriber] = device.client.subscribers
    assert subscriber.source_ids == set()
    subscriber.end()


async def test_area_is_looked_at_where_the_client_goes_on(
    nodes: list[Node], alice: User, vans: list[Tracker], report: Any
) -> None:
    known, newcomer = vans
    await report(known, 4)
    device = Device(await do(create_session)(alice), *nodes)
    await look(device, device.there, south=46)
    assert await device.heard(1) == ["state_batch"]
    await device.lose_the_connection()
    await report(newcomer, 5)
    device.move()
    await has_moved(device)
    while (message := await device.transport.message())["event"] != "state_batch":
        assert message["event"] == "area_counts"
    assert [item["source_id"] for item in message["data"]] == [newcomer.source_id], "of the other nothing is new"
    [subscriber] = device.client.subscribers
    batches = subscriber.subscription(STATE_BATCH)
    assert isinstance(batches, StateBatchSubscription)
    assert batches.passing == {known.source_id, newcomer.source_id}
    subscriber.end()
    assert not device.here.hub._accounts[alice.pk].tracker_ids
