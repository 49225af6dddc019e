"""`history` from the rule that fires to the frame, on the hub (alerts §6.2)."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as in_database

from accounts.models import Session, User
from accounts.services.sessions import close_sessions
from alerts.models import AlertRule
from events.protocol.kinds import history
from tests.alerts.raising import make_rule, raise_alerts
from tests.events.conftest import Register, Visit, Visitor
from tests.events.fakes import LossyLayer
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users

pytestmark = pytest.mark.django_db(transaction=True)

ALL = {"type": "all"}


@pytest.fixture
def rule(vans: list[Tracker]) -> AlertRule:
    return make_rule(vans[0])


async def subscribe(visitor: Visitor, target: Any = ALL, **fields: Any) -> dict[str, Any]:
    """Subscribes; the result."""
    await visitor.command(requests=[{"type": "history", "target": target, **fields}])
    return (await visitor.message())["data"]["history"]


async def fire(rule: AlertRule, van: Tracker, count: int = 1, **fields: Any) -> list[int]:
    return [alert.pk for alert in await in_database(raise_alerts)(rule, van, count, **fields)]


async def entry_ids(visitor: Visitor, count: int) -> list[int]:
    return [message["data"]["id"] for message in await visitor.messages(count)]


@pytest.mark.alerts(51)
async def test_each_alert_is_an_event(visit: Visit, alice: User, vans: list[Tracker], rule: AlertRule) -> None:
    await fire(rule, vans[0])
    visitor = await visit(alice)
    assert (await subscribe(visitor))["value"] == {str(van.pk): "normal" for van in vans}
    ids = await fire(rule, vans[0], 3)
    messages = await visitor.messages(3)
    assert [message["data"]["id"] for message in messages] == ids
    assert {message["event"] for message in messages} == {"history"}
    data = messages[0]["data"]
    assert data["message"] == f"{vans[0].label}: pressed the button 0"
    assert data["location"] == {"lat": 47.5, "lng": 19.04, "address": ""}
    assert data["extra"]["push"] is True


@pytest.mark.alerts(51)
async def test_events_and_trackers_are_chosen(visit: Visit, alice: User, vans: list[Tracker], rule: AlertRule) -> None:
    visitor = await visit(alice)
    await subscribe(visitor, {"type": "selected", "tracker_ids": [vans[0].pk]}, events=["inzone", "outzone"])
    await fire(rule, vans[0], event="sos")
    await fire(rule, vans[1], event="inzone")
    (expected,) = await fire(rule, vans[0], event="outzone")
    assert await entry_ids(visitor, 1) == [expected]


@pytest.mark.alerts(51)
async def test_nobody_else_hears_of_an_alert(
    visit: Visit, alice: User, bob: User, charlie: User, vans: list[Tracker], rule: AlertRule, register: Register
) -> None:
    await in_database(bind_sub_users)(vans[1], [bob])
    his = await in_database(register)(charlie)
    others = {bob: vans[1], charlie: his, alice: vans[0]}
    visitors = {user: await visit(user) for user in others}
    for user in (bob, charlie):
        await subscribe(visitors[user])
    await visitors[alice].subscribe([vans[0].pk])
    await visitors[alice].messages(1)
    await fire(rule, vans[0])
    for user in (bob, charlie):
        (expected,) = await fire(await in_database(make_rule)(others[user]), others[user])
        assert await entry_ids(visitors[user], 1) == [expected]
    assert visitors[alice].taken() == []


async def test_private_alert_is_for_its_maker(
    visit: Visit, alice: User, bob: User, vans: list[Tracker], rule: AlertRule
) -> None:
    await in_database(bind_sub_users)(vans[0], [bob])
    master, maker = await visit(alice), await visit(bob)
    await subscribe(master)
    await subscribe(maker)
    (private,) = await fire(rule, vans[0], private_to=bob, event="inzone")
    (open_to_all,) = await fire(rule, vans[0])
    assert await entry_ids(master, 1) == [open_to_all]
    assert await entry_ids(maker, 2) == [private, open_to_all]


async def test_withdrawn_tracker_is_heard_of_no_more(
    visit: Visit, alice: User, bob: User, vans: list[Tracker], rule: AlertRule
) -> None:
    for van in vans:
        await in_database(bind_sub_users)(van, [bob])
    visitor = await visit(bob)
    await subscribe(visitor)
    await in_database(bind_sub_users)(vans[0], [])
    await fire(rule, vans[0])
    (expected,) = await fire(await in_database(make_rule)(vans[1]), vans[1])
    assert await entry_ids(visitor, 1) == [expected]


async def test_later_tracker_belongs_to_all(visit: Visit, alice: User, vans: list[Tracker], register: Register) -> None:
    visitor = await visit(alice)
    await visitor.command(requests=[{"type": "history", "target": ALL}, {"type": "state_batch", "target": ALL}])
    await visitor.messages(2)
    late = await in_database(register)(alice)
    await visitor.message()
    (expected,) = await fire(await in_database(make_rule)(late), late)
    assert await entry_ids(visitor, 1) == [expected]


async def test_end_of_the_login_is_heard(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await subscribe(visitor)
    await in_database(close_sessions)(Session.objects.all())
    assert (await visitor.message())["event"] == "logout"


async def test_lost_alerts_are_found_once(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker], rule: AlertRule
) -> None:
    visitor = await visit(alice)
    await subscribe(visitor)
    heard = await fire(rule, vans[0])
    assert await entry_ids(visitor, 1) == heard
    layer.loses = True
    lost = await fire(rule, vans[0], 2)
    await layer.heal()
    after = await fire(rule, vans[0])
    assert sorted(await entry_ids(visitor, 3)) == lost + after
    last = await fire(rule, vans[0])
    assert await entry_ids(visitor, 1) == last


async def test_lost_private_alert_is_found_by_its_maker_alone(
    layer: LossyLayer, visit: Visit, alice: User, bob: User, vans: list[Tracker], rule: AlertRule
) -> None:
    await in_database(bind_sub_users)(vans[0], [bob])
    master, maker = await visit(alice), await visit(bob)
    await subscribe(master)
    await subscribe(maker)
    layer.loses = True
    (private,) = await fire(rule, vans[0], private_to=bob, event="inzone")
    (open_to_all,) = await fire(rule, vans[0])
    await layer.heal()
    assert sorted(await entry_ids(maker, 2)) == [private, open_to_all]
    assert await entry_ids(master, 1) == [open_to_all]


async def test_what_was_lost_before_is_not_told_to_who_comes_after(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker], rule: AlertRule
) -> None:
    first = await visit(alice)
    await subscribe(first)
    layer.loses = True
    lost = await fire(rule, vans[0])
    second = await visit(alice)
    await subscribe(second)
    await layer.heal()
    after = await fire(rule, vans[0])
    assert sorted(await entry_ids(first, 2)) == lost + after
    assert await entry_ids(second, 1) == after


async def test_slow_client_is_told_how_many_it_missed(
    visit: Visit, alice: User, vans: list[Tracker], rule: AlertRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_WAITING", 2)
    visitor, witness = await visit(alice), await visit(alice)
    await subscribe(visitor)
    await subscribe(witness)
    visitor.block()
    ids = []
    for _ in range(5):
        ids += await fire(rule, vans[0])
        await witness.message()
    visitor.unblock()
    first, missed, *rest = [message["data"] for message in await visitor.messages(4)]
    # One was on its way when the client stopped to read.
    assert (first["id"], missed) == (ids[0], {"missed": 2})
    assert [data["id"] for data in rest] == ids[3:]
