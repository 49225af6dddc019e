"""What is lost on the layer, and what happens while the database is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.notices import account_group, current_publisher, publish
from accounts.selectors import principal_for_hash
from accounts.services.sessions import log_out
from accounts.services.users import update_settings
from events.hub import ear as ear_module
from events.hub import losses as losses_module
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.node import Node
from tests.events.conftest import Visit, Visitor
from tests.events.fakes import PATIENCE_S, LossyLayer
from trackers.engine.notices import LifecycleChanged, LifecycleEvent
from trackers.models import Tracker
from trackers.services.selectors import TrackedSource, tracked_sources
from trackers.services.trackers import bind_sub_users, corrupt_tracker, set_blocked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def visitor(visit: Visit, alice: User, vans: list[Tracker]) -> Visitor:
    """A client of Alice's who has the current states of both vans."""
    visitor = await visit(alice)
    await visitor.subscribe([van.pk for van in vans])
    await visitor.messages(2)
    return visitor


async def test_lost_states_are_found_by_the_next_ticks(
    layer: LossyLayer, visitor: Visitor, vans: list[Tracker], report: Any
) -> None:
    layer.loses = True
    await report(vans[0], 4, 5)
    await report(vans[1], 6)
    await layer.heal()
    missing = {(vans[0].source_id, 5), (vans[1].source_id, 6)}
    while missing:
        missing -= set(await visitor.speeds(1))


async def test_unsent_states_are_found_after_an_outage(
    layer: LossyLayer, visitor: Visitor, vans: list[Tracker], report: Any
) -> None:
    layer.is_down = True
    for speed in range(1, 10):
        await report(vans[0], speed)
    await layer.heal()
    # The database may be read, and tell of one before, while there is no layer.
    while await visitor.speeds(1) != [(vans[0].source_id, 9)]:
        continue


async def test_lost_block_and_removal_are_found(layer: LossyLayer, visitor: Visitor, vans: list[Tracker]) -> None:
    layer.loses = True
    await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=True)
    await database_sync_to_async(corrupt_tracker)(vans[1])
    await layer.heal()
    events = {event["data"]["source_id"]: event["data"]["lifecycle_event"] for event in await visitor.messages(2)}
    assert events == {vans[0].source_id: "block", vans[1].source_id: "corrupt"}


async def test_lost_unblock_is_found_with_the_current_state(
    layer: LossyLayer, visitor: Visitor, vans: list[Tracker], report: Any
) -> None:
    await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=True)
    assert (await visitor.message())["data"]["lifecycle_event"] == "block"
    layer.loses = True
    await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=False)
    await report(vans[0], 7)
    await layer.heal()
    assert (await visitor.message())["data"]["lifecycle_event"] == "unblock"
    # The state before the report may come first, if the database was read between the two.
    while await visitor.speeds(1) != [(vans[0].source_id, 7)]:
        continue


async def test_new_channel_joins_the_groups_of_the_broken_one(
    layer: LossyLayer, node: Node, visitor: Visitor, alice: User, vans: list[Tracker], report: Any
) -> None:
    broken = node.channel.name
    layer.breaks_on.add("tick")
    async with asyncio.timeout(PATIENCE_S):
        while node.channel.name == broken or node.channel.name not in layer.groups[account_group(alice.pk)]:
            await asyncio.sleep(0.01)
    await report(vans[0], 4)
    assert await visitor.speeds(1) == [(vans[0].source_id, 4)]


@pytest.fixture
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of a second without a tick is silence."""
    monkeypatch.setattr(losses_module, "SILENCE_S", 0.3)


@pytest.mark.usefixtures("short_silence")
async def test_subscription_that_died_in_silence_is_replaced(
    layer: LossyLayer, node: Node, visitor: Visitor, alice: User, vans: list[Tracker], report: Any, caplog: Any
) -> None:
    dead = node.channel.name
    layer.deafen()
    await report(vans[0], 4)
    assert await visitor.speeds(1) == [(vans[0].source_id, 4)], "the loss is made good"
    async with asyncio.timeout(PATIENCE_S):
        while node.channel.name == dead or node.hub.is_silent:
            await asyncio.sleep(0.01)
    heard = node.hub.notices_heard
    await report(vans[0], 5)
    assert await visitor.speeds(1) == [(vans[0].source_id, 5)]
    assert node.hub.notices_heard == heard + 1
    said = [record.getMessage() for record in caplog.records if record.name == "events.hub.ear"]
    assert [text.split(";")[0] for text in said] == [
        "the channel layer is silent",
        "subscribing to the channel layer over a new connection",
        "the channel layer is heard again",
    ]


@pytest.mark.usefixtures("short_silence")
async def test_layer_that_stays_silent_is_opened_with_pauses(
    layer: LossyLayer, node: Node, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(ear_module, "time", clock)
    layer.loses = True
    opened = [1]
    async with asyncio.timeout(PATIENCE_S):
        while not node.hub.is_silent or len(layer.opened) < 2:
            clock.now_s += 0.0 if node.hub.is_silent else 0.1
            await asyncio.sleep(0.01)
        began_s = clock.now_s
        for after_s in (1.9, 2.0, 5.9, 6.0, 13.9, 14.0):
            clock.now_s = began_s + after_s
            await several_beats(node)
            opened.append(len(layer.opened) - 1)
    assert opened == [1, 1, 2, 2, 3, 3, 4]


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def monotonic(self) -> float:
        return self.now_s


async def several_beats(node: Node) -> None:
    for _ in range(3):
        await node.hub.beat(datetime.now(UTC))
        await asyncio.sleep(0.01)


async def test_layer_that_is_down_is_not_opened_twice(
    layer: LossyLayer, node: Node, visitor: Visitor, alice: User
) -> None:
    layer.is_down = True
    await node.channel.open_anew()
    async with asyncio.timeout(PATIENCE_S):
        while node.channel.is_heard:
            await asyncio.sleep(0)
    ear = node.hub.ear_of(alice.pk)
    ear.is_silent = True
    await ear._end_silence(0.0)
    assert not ear._reopening.pause_s


async def test_misordered_lifecycle_notices_are_set_right(visitor: Visitor, alice: User, vans: list[Tracker]) -> None:
    late = LifecycleChanged(vans[0].source_id, LifecycleEvent.BLOCK)
    await database_sync_to_async(publish)(alice.pk, late)
    events = [event["data"]["lifecycle_event"] for event in await visitor.messages(2)]
    assert events == ["block", "unblock"]


async def test_lost_logout_is_found(layer: LossyLayer, visitor: Visitor) -> None:
    layer.loses = True
    principal = await database_sync_to_async(principal_for_hash)(visitor.credential)
    await database_sync_to_async(log_out)(principal)
    await layer.heal()
    assert (await visitor.message())["event"] == "logout"


async def test_lost_withdrawal_is_found(
    layer: LossyLayer, visit: Visit, bob: User, visitor: Visitor, vans: list[Tracker], report: Any
) -> None:
    for van in vans:
        await database_sync_to_async(bind_sub_users)(van, [bob])
    sub_user = await visit(bob)
    await sub_user.subscribe([van.pk for van in vans])
    await sub_user.messages(2)
    layer.loses = True
    await database_sync_to_async(bind_sub_users)(vans[0], [])
    await report(vans[0], 4)
    await report(vans[1], 5)
    await layer.heal()
    assert await sub_user.speeds(1) == [(vans[1].source_id, 5)]


async def test_unsent_ticks_leave_a_gap(layer: LossyLayer, hub: Hub) -> None:
    publisher = current_publisher()
    await publisher.send(1, "states_changed", b"{}")
    layer.is_down = True
    await publisher._tick()
    await publisher.send(1, "states_changed", b"{}")
    await layer.heal()
    heard = await layer.new_channel()
    await layer.group_add("ticks", heard)
    await publisher._tick()
    tick = await layer.receive(heard)
    assert tick["number"] > 1
    assert tick["numbers"] == [[1, 2, 1]]


def first(loaded: Loaded) -> TrackedSource:
    return next(iter(loaded.by_source.values()))


WHILE_READING: list[tuple[str, Callable[[Any], Any], Callable[[Loaded], Any], Any]] = [
    ("state", lambda s: s.report(s.van, 8), lambda loaded: first(loaded).state.gps.speed_kmh, 8),
    (
        "block",
        lambda s: set_blocked(s.van.source_id, is_blocked=True),
        lambda loaded: first(loaded).is_blocked,
        True,
    ),
    ("removal", lambda s: corrupt_tracker(s.van), lambda loaded: len(loaded.by_source), 1),
    ("logout", lambda s: log_out(s.principal), lambda loaded: loaded.principals, {}),
    ("withdrawal", lambda s: bind_sub_users(s.van, []), lambda loaded: first(loaded).sub_user_ids, frozenset()),
    (
        "time zone",
        lambda s: update_settings(s.user, {"time_zone": "Asia/Tokyo"}),
        lambda loaded: [principal.time_zone for principal in loaded.principals.values()],
        ["Asia/Tokyo"],
    ),
]


@pytest.mark.parametrize(
    ("change", "look", "expected"), [case[1:] for case in WHILE_READING], ids=[case[0] for case in WHILE_READING]
)
async def test_change_during_a_read_is_not_undone(
    hub: Hub, visitor: Visitor, scene: Any, change: Any, look: Any, expected: Any
) -> None:
    def read() -> Loaded:
        loaded = Loaded.read(scene.user.pk, [scene.principal.digest])
        change(scene)
        async_to_sync(is_recorded)(hub, scene.user.pk)
        return loaded

    assert look(await hub.load(await hub.attach(visitor.client, scene.user.pk), read)) == expected


async def is_recorded(hub: Hub, account_id: int) -> None:
    """Returns when the hub has heard something while the database is read."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(one.notices for one in hub._accounts[account_id].recordings):
            await asyncio.sleep(0)


class Scene:
    """Alice, her login and a van that Bob may see."""

    def __init__(self, user: User, van: Tracker, credential: str, report: Callable[..., None]) -> None:
        self.user, self.van, self.report = user, van, report
        self.principal = principal_for_hash(credential)


@pytest.fixture
async def scene(alice: User, bob: User, vans: list[Tracker], visitor: Visitor, report: Any) -> Scene:
    def prepare() -> Scene:
        bind_sub_users(vans[0], [bob])
        assert tracked_sources(alice.pk)[0].sub_user_ids == {bob.pk}
        return Scene(alice, vans[0], visitor.credential, report.func)

    return await database_sync_to_async(prepare)()
