"""Trackers that change accounts, and what the hub makes of it when the layer loses the news."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.wire.hashes import digest_hash
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from tests.events.conftest import Register, Visit
from tests.events.fakes import LossyLayer
from tests.events.hub.test_hub_losses import is_recorded
from trackers.models import Tracker
from trackers.services.access import bind_trackers, move_tracker, unbind_trackers
from trackers.services.trackers import bind_sub_users, clone_tracker, corrupt_tracker, remove_tracker

pytestmark = pytest.mark.django_db(transaction=True)

ALL = [{"type": "state_batch", "target": {"type": "all"}, "rate_limit": "100ms"}]


@pytest.mark.parametrize("loses", [False, True])
@pytest.mark.parametrize("who", ["master", "sub-user"])
async def test_moved_tracker_falls_silent_even_when_unheard(
    layer: LossyLayer,
    visit: Visit,
    alice: User,
    bob: User,
    charlie: User,
    vans: list[Tracker],
    report: Any,
    who: str,
    loses: bool,
) -> None:
    for van in vans:
        await database_sync_to_async(bind_sub_users)(van, [bob])
    visitor = await visit(alice if who == "master" else bob)
    await visitor.subscribe([van.pk for van in vans])
    await visitor.messages(2)
    layer.loses = loses
    await database_sync_to_async(move_tracker)(vans[0], charlie)
    await report(vans[0], 4)
    await report(vans[1], 5)
    await layer.heal()
    assert await visitor.speeds(1) == [(vans[1].source_id, 5)]
    await database_sync_to_async(corrupt_tracker)(vans[1])
    assert (await visitor.message())["data"]["source_id"] == vans[1].source_id


@pytest.mark.parametrize("loses", [False, True])
async def test_removed_clone_says_so_even_when_unheard(
    layer: LossyLayer, visit: Visit, charlie: User, vans: list[Tracker], loses: bool
) -> None:
    clone = await database_sync_to_async(clone_tracker)(vans[0], account=charlie, label="Borrowed")
    visitor = await visit(charlie)
    await visitor.subscribe([clone.pk])
    await visitor.messages(1)
    layer.loses = loses
    await database_sync_to_async(remove_tracker)(clone)
    await layer.heal()
    event = await visitor.message()
    assert event["data"] == {"source_id": vans[0].source_id, "lifecycle_event": "corrupt"}


def bind(bob: User, charlie: User, van: Tracker) -> None:
    bind_trackers(bob, [van.pk])


def move(bob: User, charlie: User, van: Tracker) -> None:
    move_tracker(van, charlie)


@pytest.mark.parametrize("loses", [False, True])
@pytest.mark.parametrize(("give", "taker"), [(bind, "bob"), (move, "charlie")], ids=["bound", "moved"])
async def test_new_tracker_reaches_followers_of_all_even_unheard(
    layer: LossyLayer,
    visit: Visit,
    bob: User,
    charlie: User,
    vans: list[Tracker],
    register: Register,
    give: Callable[[User, User, Tracker], None],
    taker: str,
    loses: bool,
) -> None:
    user = {"bob": bob, "charlie": charlie}[taker]
    if taker == "bob":
        await database_sync_to_async(bind_trackers)(bob, [vans[1].pk])
    else:
        await database_sync_to_async(register)(charlie)
    visitor = await visit(user)
    await visitor.command(action="subscribe", hash=visitor.credential, requests=ALL)
    assert (await visitor.message())["type"] == "response"
    assert vans[0].source_id not in [item["source_id"] for item in (await visitor.message())["data"]]
    layer.loses = loses
    await database_sync_to_async(give)(bob, charlie, vans[0])
    await layer.heal()
    assert [item["source_id"] for item in (await visitor.message())["data"]] == [vans[0].source_id]


@pytest.mark.parametrize("change", ["move", "unbind"])
async def test_change_during_a_read_is_not_undone(
    hub: Hub, visit: Visit, alice: User, bob: User, charlie: User, vans: list[Tracker], change: str
) -> None:
    visitor = await visit(alice)
    await database_sync_to_async(bind_trackers)(bob, [vans[0].pk])

    def read() -> Loaded:
        loaded = Loaded.read(alice.pk, [digest_hash(visitor.credential)])
        if change == "move":
            move_tracker(vans[0], charlie)
        else:
            unbind_trackers(bob, [vans[0].pk])
        async_to_sync(is_recorded)(hub, alice.pk)
        return loaded

    loaded = await hub.load(await hub.attach(visitor.client, alice.pk), read)
    seen = {tracked.tracker_id: tracked.sub_user_ids for tracked in loaded.by_source.values()}
    left = {vans[0].pk: frozenset[int](), vans[1].pk: frozenset[int]()}
    assert seen == ({vans[1].pk: frozenset()} if change == "move" else left)


async def test_moved_sources_are_told_from_removed_ones(alice: User, charlie: User, vans: list[Tracker]) -> None:
    followed = {van.source_id: van.pk for van in vans}

    def change() -> Loaded:
        move_tracker(vans[0], charlie)
        corrupt_tracker(vans[1])
        return Loaded.read(alice.pk, [], followed=followed)

    loaded = await database_sync_to_async(change)()
    assert (loaded.by_source, loaded.moved) == ({}, {vans[0].source_id})
