"""An account that is split: a process hears of the shards that its clients follow, and misses nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from accounts.models import User
from accounts.notices import current_publisher
from accounts.wire.notices import Stream
from events.node import Node
from tests.events.conftest import Visit, Visitor
from tests.events.fakes import PATIENCE_S, LossyLayer
from trackers.engine import shards as shards_module
from trackers.engine.shards import SHARDS, shard_of
from trackers.models import Tracker
from trackers.storage import account_sizes
from trackers.storage.account_sizes import AccountSizes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def split(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source is of a shard of its own, and two trackers are a large account."""
    settings.SPLIT_FROM_TRACKERS = 2
    monkeypatch.setattr(shards_module, "NEIGHBOURS", 1)
    monkeypatch.setattr(account_sizes.ACCOUNT_SIZES, "_known", {})


def joined_shards(layer: LossyLayer, van: Tracker) -> set[int]:
    """Those of the van's account of which anybody hears."""
    streams = {shard: Stream(van.account_id, shard) for shard in range(SHARDS)}
    return {shard for shard, stream in streams.items() if layer.groups.get(stream.group)}


async def is_joined(layer: LossyLayer, van: Tracker, shards: set[int]) -> None:
    """Returns when these shards are heard and no others."""
    async with asyncio.timeout(PATIENCE_S):
        while joined_shards(layer, van) != shards:
            await asyncio.sleep(0.01)


@pytest.fixture
async def visitor(visit: Visit, alice: User, vans: list[Tracker]) -> Visitor:
    """A client of Alice's who has the current state of the first van."""
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.message()
    return visitor


async def test_first_states_after_the_switch_are_made_good(
    visitor: Visitor, layer: LossyLayer, vans: list[Tracker], report: Any
) -> None:
    assert joined_shards(layer, vans[0]) == set()
    await report(vans[0], 4)
    assert await visitor.speeds(1) == [(vans[0].source_id, 4)]
    await is_joined(layer, vans[0], {shard_of(vans[0].source_id)})


async def test_only_followed_shards_are_heard(
    node: Node, visitor: Visitor, layer: LossyLayer, vans: list[Tracker], report: Any
) -> None:
    await report(vans[0], 4)
    await visitor.message()
    await is_joined(layer, vans[0], {shard_of(vans[0].source_id)})
    heard = node.hub.notices_heard
    await report(vans[1], 5)
    await report(vans[0], 6)
    assert await visitor.speeds(1) == [(vans[0].source_id, 6)]
    assert node.hub.notices_heard == heard + 1


async def test_shard_is_joined_with_a_subscription_and_left_after_it(
    visitor: Visitor, layer: LossyLayer, vans: list[Tracker], report: Any
) -> None:
    await report(vans[0], 4)
    await visitor.message()
    await is_joined(layer, vans[0], {shard_of(vans[0].source_id)})
    await visitor.subscribe([vans[1].pk])
    await visitor.message()
    assert joined_shards(layer, vans[0]) == {shard_of(van.source_id) for van in vans}
    await report(vans[1], 5)
    assert await visitor.speeds(1) == [(vans[1].source_id, 5)]
    await visitor.command(action="unsubscribe", events=["state"], trackers=[vans[0].pk])
    await is_joined(layer, vans[0], {shard_of(vans[1].source_id)})


async def test_followers_of_all_hear_every_shard(
    visit: Visit, alice: User, visitor: Visitor, layer: LossyLayer, vans: list[Tracker], report: Any
) -> None:
    await report(vans[0], 4)
    await visitor.message()
    await is_joined(layer, vans[0], {shard_of(vans[0].source_id)})
    other = await visit(alice)
    await other.command(requests=[{"type": "state_batch", "target": {"type": "all"}}])
    assert joined_shards(layer, vans[0]) == set(range(SHARDS))


async def test_states_lost_of_a_shard_are_found(
    visitor: Visitor, layer: LossyLayer, vans: list[Tracker], report: Any
) -> None:
    await report(vans[0], 4)
    await visitor.message()
    await is_joined(layer, vans[0], {shard_of(vans[0].source_id)})
    layer.loses = True
    await report(vans[0], 5)
    await layer.heal()
    assert await visitor.speeds(1) == [(vans[0].source_id, 5)]


async def test_tick_tells_the_numbers_of_each_shard(layer: LossyLayer, vans: list[Tracker], report: Any) -> None:
    heard = await layer.new_channel()
    await layer.group_add("ticks", heard)
    await report(vans[0], 4)
    await report(vans[1], 5)
    publisher = current_publisher()
    await publisher.flush()
    await publisher._tick()
    told: list[Any] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(told) < 2:
            told += (await layer.receive(heard))["shards"]
    assert sorted(told) == sorted([van.account_id, shard_of(van.source_id), 1, 1] for van in vans)


def test_account_is_split_from_the_size_that_is_set(alice: User, bob: User, vans: list[Tracker], settings: Any) -> None:
    sizes = AccountSizes()
    assert sizes.split_among([alice.pk, bob.pk]) == {alice.pk}
    settings.SPLIT_FROM_TRACKERS = 0
    assert sizes.split_among([alice.pk]) == set()
