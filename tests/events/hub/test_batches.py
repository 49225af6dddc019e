"""`state_batch` from the command to the frame, on the hub (api §4.3 to §4.7)."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from tests.events.conftest import Visit, Visitor
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

ALL = {"type": "all"}


async def subscribe(visitor: Visitor, target: Any, **fields: Any) -> dict[str, Any]:
    """Subscribes to batches; the result. The first batch waits to be read."""
    request = {"type": "state_batch", "target": target, "rate_limit": "100ms", **fields}
    await visitor.command(requests=[request])
    return (await visitor.message())["data"]["state_batch"]


async def speeds(visitor: Visitor) -> dict[int, int | None]:
    """The next batch, as speed by source."""
    batch = await visitor.message()
    assert batch["event"] == "state_batch"
    return {item["source_id"]: item["state"]["gps"]["speed"] for item in batch["data"]}


@pytest.mark.api(53, 57)
async def test_first_batch_has_every_unblocked_tracker(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    await database_sync_to_async(set_blocked)(vans[1].source_id, is_blocked=True)
    visitor = await visit(alice)
    result = await subscribe(visitor, ALL)
    assert result == {"success": True, "value": {str(vans[0].pk): "normal", str(vans[1].pk): "blocked"}}
    batch = await visitor.message()
    assert batch["user_time"]
    [item] = batch["data"]
    assert (item["type"], item["tracker_id"], item["source_id"]) == (
        "source_state_event",
        vans[0].pk,
        vans[0].source_id,
    )
    assert item["state"]["source_id"] == vans[0].source_id


@pytest.mark.api(54, 55)
async def test_changes_are_gathered_into_one_batch(visit: Visit, alice: User, vans: list[Tracker], report: Any) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, ALL, rate_limit="3s")
    await speeds(visitor)
    await report(vans[0], 1, 2, 3)
    await report(vans[1], 4)
    await report(vans[0], 5)
    assert await speeds(visitor) == {vans[0].source_id: 5, vans[1].source_id: 4}


@pytest.mark.api(60)
async def test_block_and_unblock_come_once_beside_batches(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, {"type": "selected", "tracker_ids": [vans[0].pk]})
    await speeds(visitor)
    await visitor.subscribe([vans[0].pk])
    await visitor.message()
    block = database_sync_to_async(set_blocked)
    await block(vans[0].source_id, is_blocked=True)
    assert (await visitor.message())["data"]["lifecycle_event"] == "block"
    await report(vans[0], 7)
    await block(vans[0].source_id, is_blocked=False)
    assert (await visitor.message())["data"]["lifecycle_event"] == "unblock"
    single, batch = await visitor.messages(2)
    assert single["data"]["source_id"] == vans[0].source_id
    assert batch["data"][0]["state"] == single["data"]


async def test_unsubscribed_tracker_is_in_no_batch(visit: Visit, alice: User, vans: list[Tracker], report: Any) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, ALL)
    await speeds(visitor)
    request = {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [vans[0].pk]}}
    await visitor.command(action="unsubscribe", requests=[request])
    assert (await visitor.message())["data"]["state_batch"]["value"] == {str(vans[0].pk): "normal"}
    await report(vans[0], 3)
    await report(vans[1], 4)
    assert await speeds(visitor) == {vans[1].source_id: 4}


@pytest.mark.api(44)
async def test_compact_batch_beside_full_states(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, ALL, format="compact")
    batch = await visitor.message()
    assert "battery_level" not in batch["data"][0]["state"]
    await visitor.subscribe([vans[0].pk])
    assert "battery_level" in (await visitor.message())["data"]


@pytest.fixture
def bare_items(settings: Any) -> None:
    settings.STATE_BATCH_ITEM = "state"


async def test_setting_makes_items_the_bare_states(
    bare_items: None, visit: Visit, alice: User, vans: list[Tracker]
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, ALL)
    batch = await visitor.message()
    assert [state["source_id"] for state in batch["data"]] == [van.source_id for van in vans]


@pytest.mark.parametrize("item", ["event", "state"])
async def test_subscription_chooses_the_shape_of_its_items(
    bare_items: None, visit: Visit, alice: User, vans: list[Tracker], item: str
) -> None:
    visitor, other = await visit(alice), await visit(alice)
    await subscribe(visitor, ALL, item=item)
    await subscribe(other, ALL)
    for state in (await visitor.message())["data"]:
        assert ("tracker_id" in state) is (item == "event")
    assert all("gps" in state for state in (await other.message())["data"]), "others have what the server has"


async def test_chosen_shape_holds_until_another_is_asked(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    for fields, is_bare in [({"item": "state"}, True), ({"item": None}, False)]:
        await subscribe(visitor, ALL, **fields)
        assert [("gps" in item) for item in (await visitor.message())["data"]] == [is_bare] * len(vans)
