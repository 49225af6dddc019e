"""What a reload reads, and what it leaves alone: it is small, rare, gives way, and undoes nothing that is newer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.notices import account_group, current_publisher
from events.clients.account import Account
from events.clients.client import Client
from events.clients.recording import Recording
from events.hub import reload as reload_module
from events.hub.hub import Hub
from events.hub.reload import Reload, Wanted, reload
from events.hub.snapshot import Loaded
from events.node import Node
from events.protocol.kinds.state import STATE
from tests.events.builders import follow, log_in, make_principal, make_state, make_tracked
from tests.events.conftest import Register, Visit, Visitor
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.reading import heard
from trackers.engine.notices import LifecycleChanged, LifecycleEvent
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

pytestmark = pytest.mark.django_db(transaction=True)

ALL = [{"type": "state_batch", "target": {"type": "all"}, "rate_limit": "100ms"}]


@pytest.fixture
async def visitor(node: Node, visit: Visit, alice: User, vans: list[Tracker]) -> Visitor:
    """A client of Alice's who has the current state of the first van."""
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.messages(1)
    await reloads(node.hub)
    return visitor


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The trackers of each reading from now on."""
    found: list[tuple[int, ...]] = []
    read = Loaded.read

    def note(*arguments: Any) -> Loaded:
        found.append(tuple(arguments[2] or ()))
        return read(*arguments)

    monkeypatch.setattr(Loaded, "read", note)
    return found


async def has_heard(node: Node, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while node.hub.notices_heard < count:
            await asyncio.sleep(0.01)


async def reloads(hub: Hub) -> None:
    """Returns when what was wanted until now is reloaded, and has been for a moment."""
    quiet = 0
    async with asyncio.timeout(PATIENCE_S):
        while quiet < 5:
            is_busy = hub._to_reload or any(account.recordings for account in hub._accounts.values())
            quiet = 0 if is_busy else quiet + 1
            await asyncio.sleep(0.01)


async def test_new_tracker_is_read_for_nobody_but_followers_of_all(
    node: Node, visit: Visit, visitor: Visitor, alice: User, register: Register, readings: list[tuple[int, ...]]
) -> None:
    before = node.hub.notices_heard
    await database_sync_to_async(register)(alice)
    await has_heard(node, before + 1)
    await reloads(node.hub)
    assert readings == []
    dispatcher = await visit(alice)
    await dispatcher.command(action="subscribe", hash=dispatcher.credential, requests=ALL)
    await dispatcher.messages(2)
    readings.clear()
    late = await database_sync_to_async(register)(alice)
    assert [item["tracker_id"] for item in (await dispatcher.message())["data"]] == [late.pk]
    assert readings == [(late.pk,)]


async def test_lifecycle_notice_reads_its_source_alone(
    node: Node, visitor: Visitor, vans: list[Tracker], readings: list[tuple[int, ...]]
) -> None:
    await visitor.subscribe([vans[1].pk])
    await visitor.messages(1)
    readings.clear()
    await database_sync_to_async(set_blocked)(vans[1].source_id, is_blocked=True)
    assert (await visitor.message())["data"]["lifecycle_event"] == "block"
    await reloads(node.hub)
    assert readings == [(vans[1].pk,)]


async def test_publishers_that_come_and_go_reload_nothing(
    layer: LossyLayer, node: Node, visitor: Visitor, alice: User, readings: list[tuple[int, ...]]
) -> None:
    """A command that says one thing and ends, and one that began long ago and is heard for the first time."""
    await reloads(node.hub)
    before, readings[:] = node.hub.notices_heard, []
    notice = {"type": "notice", "account": alice.pk, "kind": "logins_ended"}
    body = {"body": b'{"digests":[],"cause":"logged_out"}'}
    goodbye = {"type": "tick", "number": 1, "after_s": 0.1, "numbers": [[alice.pk, 1, 1]], "is_last": True}
    await layer.group_send(account_group(alice.pk), {**notice, **body, "publisher": "short", "number": 1})
    await layer.group_send("ticks", {**goodbye, "publisher": "short"})
    await layer.group_send(account_group(alice.pk), {**notice, **body, "publisher": "old", "number": 501})
    tick = {"type": "tick", "number": 90, "after_s": 3600, "numbers": [[alice.pk, 501, 1]], "is_last": False}
    await layer.group_send("ticks", {**tick, "publisher": "old"})
    await has_heard(node, before + 2)
    await current_publisher()._tick()
    await reloads(node.hub)
    assert readings == []


@pytest.fixture
def account() -> Account:
    return Account(make_principal().account_id)


def loaded_reload(account: Account, recording: Recording, loaded: Loaded) -> Reload:
    """A reload that has read."""
    one = Reload(account, recording)
    one._loaded, one._digests, one._followed = loaded, tuple(account.digests), account.tracker_ids
    return one


async def test_follower_who_came_during_the_reading_is_left_alone(client: Client, transport: FakeTransport) -> None:
    subscriber = follow(client, "digest")
    [account] = client.accounts
    with account.recording() as recording:
        one = loaded_reload(account, recording, Loaded({"digest": subscriber.principal}))
        late = log_in(client, make_principal(digest="late"))
        late.subscription(STATE).add(1, tracker_id=1001, is_blocked=False)
        await one.compare(Wanted())
    assert await heard(client, transport) == [(1, "corrupt"), (2, "corrupt")]
    assert late.source_ids == {1}


async def test_notices_between_two_slices_are_newer_than_what_was_read(
    client: Client, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload_module, "SLICE_S", -1)
    subscriber = follow(client, "digest")
    [account] = client.accounts
    tracked = {source_id: make_tracked(make_state(source_id, 1)) for source_id in (1, 2)}
    with account.recording() as recording:
        one = loaded_reload(account, recording, Loaded({"digest": subscriber.principal}, tracked))
        comparing = asyncio.create_task(one.compare(Wanted()))
        block = LifecycleChanged(2, LifecycleEvent.BLOCK)
        async with asyncio.timeout(PATIENCE_S):
            while transport.frames.empty():
                await asyncio.sleep(0)
        for recorded in account.recordings:
            recorded.hear(block)
        subscriber.apply_lifecycle(block)
        await comparing
    assert await heard(client, transport) == [(1, 1), (2, "block")]


async def test_reload_waits_for_readings_that_began_before(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload_module, "SETTLE_S", 0)
    with account.recording():
        later = asyncio.create_task(reload(account, Wanted()))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(account.recordings) == 1
    await later
    assert account.recordings == []


async def test_loop_goes_on_while_many_are_compared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload_module, "SLICE_S", 0)
    subscriber = log_in(client, make_principal())
    for source_id in range(1, 301):
        subscriber.subscription(STATE).add(source_id, tracker_id=source_id, is_blocked=False)
    [account] = client.accounts
    found, turns = Loaded({"digest": subscriber.principal}), 0
    with account.recording() as recording:
        comparing = asyncio.create_task(loaded_reload(account, recording, found).compare(Wanted()))
        while not comparing.done():
            turns += 1
            await asyncio.sleep(0)
    assert turns > 300
