"""What who has a share link sees of events: what the link shows, for as long as it does (api §2.10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from accounts.models import SecurityGroup, ShareLink, User
from accounts.services.share_links import remove_links
from accounts.services.users import assign_security_group, remove_security_group
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from events.protocol.kinds import KINDS
from tests.events.conftest import Register, Visit, Visitor
from tests.events.fakes import LossyLayer
from tests.sharing import share
from trackers.models import Tracker
from trackers.services.access import bind_trackers, move_tracker, unbind_trackers
from trackers.services.trackers import remove_tracker, set_blocked

pytestmark = pytest.mark.django_db(transaction=True)

sharing = database_sync_to_async(share)


async def look(visitor: Visitor, *tracker_ids: int) -> dict[str, str]:
    """Subscribes to trackers by a link; the statuses."""
    await visitor.command(requests=[{"type": "shared_state", "trackers": list(tracker_ids)}])
    return (await visitor.message())["data"]["shared_state"]["value"]


@pytest.mark.api(87)
async def test_link_shows_place_and_chosen_fields_of_its_trackers(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    await report(vans[0], 7)
    for shown, more in [((), set()), (("speed",), set()), (("movement_status",), {"movement_status"})]:
        visitor = await visit((await sharing(alice, vans[:1], *shown))[1])
        assert await look(visitor, vans[0].pk) == {str(vans[0].pk): "normal"}
        data = (await visitor.message())["data"]
        assert {"tracker_id", "source_id", "last_update", "gps"} | more == data.keys() - {"movement_status_update"}
        assert ("speed" in data["gps"]) is ("speed" in shown)
        assert data["gps"]["location"] == {"lat": 47.5, "lng": 19.0}


@pytest.mark.api(87)
async def test_other_trackers_never_leak(
    visit: Visit, alice: User, charlie: User, register: Register, vans: list[Tracker], report: Any
) -> None:
    other = await database_sync_to_async(register)(charlie)
    visitor = await visit((await sharing(alice, vans[:1], "speed"))[1])
    asked = [vans[0].pk, vans[1].pk, other.pk, 2**31 - 1]
    statuses = await look(visitor, *asked)
    assert statuses == {str(one): "normal" if one == vans[0].pk else "unknown" for one in asked}
    await visitor.message()
    for van in (vans[1], other, vans[0]):
        await report(van, 9)
    assert (await visitor.message())["data"]["tracker_id"] == vans[0].pk
    assert visitor.taken() == []


@pytest.mark.api(87)
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("has_link", [True, False])
async def test_links_and_logins_have_events_of_their_own(
    visit: Visit, alice: User, vans: list[Tracker], kind: str, has_link: bool
) -> None:
    visitor = await visit((await sharing(alice, vans))[1] if has_link else alice)
    for action in ("subscribe", "unsubscribe"):
        targets = [{"trackers": [vans[0].pk], "target": {"type": "selected", "tracker_ids": [vans[0].pk]}}]
        command = {"action": action, "requests": [{"type": kind, **one} for one in targets]}
        if (kind == "shared_state") is has_link:
            await visitor.command(**command)
            continue
        with pytest.raises(ApiError) as refusal:
            await visitor.command(**command)
        assert refusal.value.code is ErrorCode.NOT_PERMITTED


def revoke(alice: User, bob: User) -> None:
    remove_links(ShareLink.objects.all())


def withdraw_right(alice: User, bob: User) -> None:
    remove_security_group(bob.security_group or SecurityGroup())


@pytest.mark.api(86)
@pytest.mark.parametrize(
    ("end", "loses"), [(revoke, False), (revoke, True), (withdraw_right, False), (withdraw_right, True)]
)
async def test_end_of_a_link_closes_who_looks_at_it(
    layer: LossyLayer,
    visit: Visit,
    alice: User,
    bob: User,
    vans: list[Tracker],
    end: Callable[[User, User], None],
    loses: bool,
) -> None:
    rights = [Right.WEBLOCATOR_SESSION_CREATE]
    group = await SecurityGroup.objects.acreate(account=alice, label="Desk", rights=rights)
    await database_sync_to_async(assign_security_group)(alice.pk, [bob.pk], group)
    await database_sync_to_async(bind_trackers)(bob, [vans[0].pk])
    bob.security_group = group
    visitor = await visit((await sharing(bob, vans[:1]))[1])
    await look(visitor, vans[0].pk)
    await visitor.message()
    layer.loses = loses
    await database_sync_to_async(end)(alice, bob)
    await layer.heal()
    assert (await visitor.message())["event"] == "logout"
    assert visitor.is_released


@pytest.mark.api(86)
async def test_link_that_expires_closes_who_looks_at_it(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    end = timezone.now() + timedelta(seconds=2)
    visitor = await visit((await sharing(alice, vans[:1], expires_at=end))[1])
    await look(visitor, vans[0].pk)
    await visitor.message()
    assert (await visitor.message())["event"] == "logout"
    assert visitor.is_released
    assert timezone.now() >= end


@pytest.mark.api(86)
@pytest.mark.parametrize("state", ["not begun", "over", "disabled"])
async def test_link_outside_its_time_shows_nothing(visit: Visit, alice: User, vans: list[Tracker], state: str) -> None:
    now = timezone.now()
    link, token = await sharing(
        alice,
        vans[:1],
        begins_at=now + timedelta(hours=1) if state == "not begun" else None,
        expires_at=now - timedelta(seconds=1) if state == "over" else now + timedelta(hours=2),
    )
    await ShareLink.objects.filter(pk=link.pk).aupdate(is_enabled=state != "disabled")
    visitor = await visit(token)
    with pytest.raises(ApiError) as refusal:
        await look(visitor, vans[0].pk)
    assert refusal.value.code is ErrorCode.SESSION_ENDED


@pytest.mark.api(87)
@pytest.mark.parametrize("change", ["block", "remove", "move", "unbind"])
async def test_tracker_that_is_not_to_be_seen_falls_silent(
    visit: Visit, alice: User, bob: User, charlie: User, vans: list[Tracker], report: Any, change: str
) -> None:
    group = await SecurityGroup.objects.acreate(account=alice, label="Desk", rights=[Right.WEBLOCATOR_SESSION_CREATE])
    await database_sync_to_async(assign_security_group)(alice.pk, [bob.pk], group)
    await database_sync_to_async(bind_trackers)(bob, [van.pk for van in vans])
    visitor = await visit((await sharing(bob, vans))[1])
    await look(visitor, *(van.pk for van in vans))
    await visitor.messages(2)
    changes: dict[str, Callable[[], object]] = {
        "block": lambda: set_blocked(vans[0].source_id, is_blocked=True),
        "remove": lambda: remove_tracker(vans[0]),
        "move": lambda: move_tracker(vans[0], charlie),
        "unbind": lambda: unbind_trackers(bob, [vans[0].pk]),
    }
    await database_sync_to_async(changes[change])()
    if change != "remove":
        await report(vans[0], 5)
    await report(vans[1], 6)
    while (message := await visitor.message())["event"] == "lifecycle":
        assert message["data"]["source_id"] == vans[0].source_id
    assert message["data"]["tracker_id"] == vans[1].pk
    assert [json.loads(frame)["event"] for frame in visitor.taken()] == []
