"""`tracker_list`: whoever asked for it hears that the list is other than it was (decision 123)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from events.node import Node
from records.models import Tag, TrackerTag
from records.services import keeping
from records.services.tags import set_tracker_tags
from tests.events.conftest import Register, Visit, Visitor
from tests.events.fakes import LossyLayer
from trackers.models import Tracker
from trackers.services.groups import assign_group, create_group
from trackers.services.trackers import bind_sub_users, corrupt_tracker, set_blocked, update_tracker


@pytest.fixture(autouse=True)
async def heard(node: Node) -> None:
    """All is heard from the beginning: what is told was not made good after the channel opened."""
    await node.channel.wait_until_open()


REQUEST = {"type": "tracker_list", "rate_limit": "100ms"}


async def hear_of_list(visitor: Visitor) -> Any:
    """Subscribes; the result."""
    await visitor.command(requests=[REQUEST])
    return (await visitor.message())["data"]["tracker_list"]


async def told(visitor: Visitor) -> None:
    message = await visitor.message()
    assert (message["event"], message["data"]) == ("tracker_list", {})


CHANGES: dict[str, Callable[[Tracker, User], Any]] = {
    "renamed": lambda van, bob: update_tracker(van, label="Another", group=None),
    "grouped": lambda van, bob: assign_group(
        van.account_id, [van.pk], create_group(van.account_id, title="North", color="FF0000")
    ),
    "tagged": lambda van, bob: set_tracker_tags(van, {}),
    "without a tag that is gone": lambda van, bob: keeping.remove(Tag.objects.get(account=van.account)),
    "blocked": lambda van, bob: set_blocked(van.source_id, is_blocked=True),
    "bound": lambda van, bob: bind_sub_users(van, [bob]),
    "removed": lambda van, bob: corrupt_tracker(van),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_each_change_of_the_list_is_told(
    visit: Visit, alice: User, bob: User, vans: list[Tracker], change: str
) -> None:
    tag = await Tag.objects.acreate(account=alice, name="cold", color="0000FF")
    await TrackerTag.objects.acreate(tracker=vans[0], tag=tag, ordinal=1)
    visitor = await visit(alice)
    assert await hear_of_list(visitor) == {"success": True, "value": {}}
    await database_sync_to_async(CHANGES[change])(vans[0], bob)
    await told(visitor)


async def test_new_tracker_is_told_and_nobody_is_followed(
    visit: Visit, alice: User, vans: list[Tracker], register: Register, report: Any
) -> None:
    visitor = await visit(alice)
    await hear_of_list(visitor)
    await report(vans[0], 3)
    await database_sync_to_async(register)(alice)
    await told(visitor)
    [account] = visitor.client.accounts
    assert not account.tracker_ids


async def test_changes_in_a_short_time_are_told_at_once(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await visitor.command(requests=[{"type": "tracker_list", "rate_limit": "1h"}])
    await visitor.message()
    for number in range(5):
        await database_sync_to_async(update_tracker)(vans[0], label=f"Van {number}", group=None)
    await told(visitor)
    await visitor.subscribe([vans[0].pk])
    assert (await visitor.message())["event"] == "state", "and nothing else in that hour"


async def test_change_that_nobody_heard_of_is_told(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker]
) -> None:
    visitor = await visit(alice)
    await hear_of_list(visitor)
    layer.loses = True
    await database_sync_to_async(update_tracker)(vans[0], label="Another", group=None)
    await layer.heal()
    await told(visitor)


async def test_who_gave_it_up_hears_no_more(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await hear_of_list(visitor)
    await visitor.command(action="unsubscribe", requests=[REQUEST])
    assert (await visitor.message())["data"]["tracker_list"] == {"success": True, "value": {}}
    await database_sync_to_async(update_tracker)(vans[0], label="Another", group=None)
    await visitor.subscribe([vans[0].pk])
    assert (await visitor.message())["event"] == "state"
