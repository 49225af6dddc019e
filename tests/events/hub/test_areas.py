"""`state_batch` of an area, from the command to the frame, on the hub (decision 109)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from events.clients import survey as survey_module
from events.hub import hub as hub_module
from events.hub.surveys import read_trackers
from events.node import Node
from events.protocol.kinds import state_batch as state_batch_module
from tests.events.conftest import Register, Visit, Visitor
from tests.events.fakes import LossyLayer
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import bind_sub_users, corrupt_tracker, set_blocked

HERE, THERE = (10.0, 10.0), (20.0, 20.0)
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


def around(place: tuple[float, float]) -> dict[str, Any]:
    """A window of two degrees with this place in its middle, as a target."""
    latitude, longitude = place
    corners = {"nw": {"lat": latitude + 1, "lng": longitude - 1}, "se": {"lat": latitude - 1, "lng": longitude + 1}}
    return {"type": "area", "bounds": corners}


@pytest.fixture
def drive(transactional_db: None) -> Any:
    """Lets a van report from a place so many seconds after the start, with that speed."""

    def store(van: Tracker, place: tuple[float, float], second: int) -> None:
        moment = START + timedelta(seconds=second)
        ingest([Report(van.source.device_id, moment, Fix(*place, speed_kmh=second))], received_at=moment)

    return database_sync_to_async(store)


async def look(visitor: Visitor, place: tuple[float, float], **fields: Any) -> dict[str, Any]:
    """Looks at the window around a place; the result."""
    await visitor.command(requests=[{"type": "state_batch", "target": around(place), "rate_limit": "100ms", **fields}])
    while (message := await visitor.message())["type"] != "response":
        assert message["event"] == "area_counts"
    return message["data"]["state_batch"]


async def states(visitor: Visitor) -> dict[int, int | None]:
    """The next batch, as speed by source; counts before it are passed over."""
    while (message := await visitor.message())["event"] == "area_counts":
        pass
    assert message["event"] == "state_batch"
    return {item["source_id"]: item["state"]["gps"]["speed"] for item in message["data"]}


async def answered(visitor: Visitor) -> None:
    """Reads on to the answer to a command; counts before it are passed over."""
    while (message := await visitor.message())["type"] != "response":
        assert message["event"] == "area_counts"


async def lifecycle(visitor: Visitor) -> tuple[int, str]:
    """The next lifecycle event; counts before it are passed over."""
    while (message := await visitor.message())["event"] != "lifecycle":
        assert message["event"] == "area_counts"
    return message["data"]["source_id"], message["data"]["lifecycle_event"]


async def counted(visitor: Visitor, inside: int, outside: int, *, crowded: bool = False) -> None:
    """Returns when so many are said to be inside and outside; nothing else is said before."""
    while True:
        message = await visitor.message()
        assert message["event"] == "area_counts", message
        data = message["data"]
        if (sum(data["inside"].values()), sum(data["outside"].values())) == (inside, outside):
            assert data["crowded"] is crowded
            return


async def test_states_of_those_inside_come_and_numbers_of_the_others(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    near, far = vans
    await drive(near, HERE, 1)
    await drive(far, THERE, 2)
    visitor = await visit(alice)
    assert await look(visitor, HERE) == {"success": True, "value": {str(near.pk): "normal"}}
    assert await states(visitor) == {near.source_id: 1}
    await counted(visitor, 1, 1)
    await drive(far, THERE, 3)
    await drive(near, HERE, 4)
    assert await states(visitor) == {near.source_id: 4}


async def test_who_drives_in_is_shown_and_who_drives_out_is_told_once_more(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    van, _ = vans
    await drive(van, THERE, 1)
    visitor = await visit(alice)
    assert (await look(visitor, HERE))["value"] == {}
    await counted(visitor, 0, 2)
    await drive(van, HERE, 2)
    assert await states(visitor) == {van.source_id: 2}
    await counted(visitor, 1, 1)
    await drive(van, THERE, 3)
    assert await states(visitor) == {van.source_id: 3}
    await counted(visitor, 0, 2)
    await drive(van, THERE, 4)
    await drive(van, HERE, 5)
    assert await states(visitor) == {van.source_id: 5}, "nothing came of it while it was away"


async def test_window_that_moves_brings_those_whom_the_client_has_not(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    near, far = vans
    await drive(near, HERE, 1)
    await drive(far, THERE, 2)
    visitor = await visit(alice)
    await look(visitor, HERE)
    assert await states(visitor) == {near.source_id: 1}
    assert (await look(visitor, THERE))["value"] == {str(far.pk): "normal"}
    assert await states(visitor) == {far.source_id: 2}
    assert (await look(visitor, HERE))["value"] == {str(near.pk): "normal"}
    await drive(far, THERE, 5)
    await counted(visitor, 1, 1)
    assert (await look(visitor, THERE))["value"] == {str(far.pk): "normal"}
    assert await states(visitor) == {far.source_id: 5}, "the other's was as it had been sent"


async def test_named_trackers_are_followed_wherever_they_are(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    van, _ = vans
    await drive(van, HERE, 1)
    visitor = await visit(alice)
    await look(visitor, HERE)
    assert await states(visitor) == {van.source_id: 1}
    named = {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [van.pk]}, "rate_limit": "100ms"}
    await visitor.command(requests=[named])
    await answered(visitor)
    assert await states(visitor) == {van.source_id: 1}
    for second in (2, 3):
        await drive(van, THERE, second)
        assert await states(visitor) == {van.source_id: second}


@pytest.mark.parametrize("target", [around(THERE), {"type": "all"}])
async def test_unsubscribing_ends_the_look(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any, target: dict[str, Any]
) -> None:
    van, _ = vans
    await drive(van, HERE, 1)
    visitor = await visit(alice)
    await look(visitor, HERE)
    assert await states(visitor) == {van.source_id: 1}
    await visitor.command(action="unsubscribe", requests=[{"type": "state_batch", "target": target}])
    await answered(visitor)
    await drive(van, HERE, 2)
    await visitor.subscribe([van.pk])
    assert await visitor.speeds(1) == [(van.source_id, 2)]
    assert (await look(visitor, HERE))["value"] == {str(van.pk): "normal"}, "it may look again"


async def test_blocks_inside_are_told_as_to_others(visit: Visit, alice: User, vans: list[Tracker], drive: Any) -> None:
    near, far = vans
    await drive(near, HERE, 1)
    visitor = await visit(alice)
    await look(visitor, HERE)
    assert await states(visitor) == {near.source_id: 1}
    await counted(visitor, 1, 1)
    block = database_sync_to_async(set_blocked)
    await block(far.source_id, is_blocked=True)
    await block(near.source_id, is_blocked=True)
    assert await lifecycle(visitor) == (near.source_id, "block")
    await block(near.source_id, is_blocked=False)
    assert await lifecycle(visitor) == (near.source_id, "unblock")
    assert await states(visitor) == {near.source_id: 1}


async def test_who_left_and_is_blocked_before_that_is_told_is_followed_no_more(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    van, _ = vans
    await drive(van, HERE, 1)
    visitor = await visit(alice)
    await look(visitor, HERE, rate_limit="1m")
    assert await states(visitor) == {van.source_id: 1}
    await drive(van, THERE, 2)
    await database_sync_to_async(set_blocked)(van.source_id, is_blocked=True)
    assert await lifecycle(visitor) == (van.source_id, "block")
    [account] = visitor.client.accounts
    assert not account.followers(van.source_id)


async def test_sub_user_sees_and_counts_its_own_alone(visit: Visit, bob: User, vans: list[Tracker], drive: Any) -> None:
    mine, other = vans
    await drive(mine, HERE, 1)
    await drive(other, HERE, 2)
    await database_sync_to_async(bind_sub_users)(mine, [bob])
    visitor = await visit(bob)
    assert (await look(visitor, HERE))["value"] == {str(mine.pk): "normal"}
    assert await states(visitor) == {mine.source_id: 1}
    await counted(visitor, 1, 0)
    await database_sync_to_async(bind_sub_users)(other, [bob])
    assert await states(visitor) == {other.source_id: 2}
    await database_sync_to_async(bind_sub_users)(mine, [])
    await counted(visitor, 1, 0)


async def test_tracker_that_is_new_is_counted_and_followed_when_it_comes(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any, register: Register
) -> None:
    visitor = await visit(alice)
    await look(visitor, HERE)
    await counted(visitor, 0, 2)
    late = await database_sync_to_async(register)(alice)
    await counted(visitor, 0, 3)
    await drive(late, HERE, 1)
    assert await states(visitor) == {late.source_id: 1}
    await counted(visitor, 1, 2)
    await database_sync_to_async(corrupt_tracker)(late)
    assert await lifecycle(visitor) == (late.source_id, "corrupt")
    await counted(visitor, 0, 2)


async def test_what_got_lost_is_made_good(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker], drive: Any
) -> None:
    coming, going = vans
    await drive(coming, THERE, 1)
    await drive(going, HERE, 2)
    visitor = await visit(alice)
    await look(visitor, HERE)
    assert await states(visitor) == {going.source_id: 2}
    layer.loses = True
    await drive(coming, HERE, 3)
    await drive(going, THERE, 4)
    await layer.heal()
    found: dict[int, int | None] = {}
    while len(found) < 2:
        found |= await states(visitor)
    assert found == {coming.source_id: 3, going.source_id: 4}


async def test_crowded_window_is_counted_and_not_followed(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (state_batch_module, survey_module):
        monkeypatch.setattr(module, "MAX_TRACKERS_IN_AREA", 1)
    for number, van in enumerate(vans):
        await drive(van, HERE, number + 1)
    visitor = await visit(alice)
    assert (await look(visitor, HERE))["value"] == {}
    await drive(vans[0], HERE, 3)
    await counted(visitor, 2, 0, crowded=True)


async def test_those_who_begin_to_look_at_once_share_one_survey(
    visit: Visit, alice: User, vans: list[Tracker], drive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def read(account_id: int) -> Any:
        made.append(account_id)
        return read_trackers(account_id)

    monkeypatch.setattr(hub_module, "read_trackers", read)
    await drive(vans[0], HERE, 1)
    visitors = [await visit(alice) for _ in range(3)]
    results = await asyncio.gather(*(look(visitor, HERE) for visitor in visitors))
    assert [result["value"] for result in results] == [{str(vans[0].pk): "normal"}] * 3
    assert made == [alice.pk]


async def test_survey_is_given_up_when_nobody_looks_for_long(
    node: Node, visit: Visit, alice: User, vans: list[Tracker]
) -> None:
    visitor = await visit(alice)
    await look(visitor, HERE)
    [account] = visitor.client.accounts
    await node.hub.beat(datetime.now(UTC) + timedelta(hours=1))
    assert account.survey is not None
    await visitor.command(action="unsubscribe", requests=[{"type": "state_batch", "target": {"type": "all"}}])
    await node.hub.beat(datetime.now(UTC))
    await node.hub.beat(datetime.now(UTC) + timedelta(hours=1))
    assert account.survey is None
