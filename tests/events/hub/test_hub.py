"""Who is here, and what they hear of whom, with the real database and a layer in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import Session, User
from accounts.notices import account_group
from accounts.selectors import principal_for_hash
from accounts.services.passwords import restore_password
from accounts.services.sessions import create_session, log_out
from accounts.wire.errors import ApiError, ErrorCode
from tests.events.conftest import Visit
from tests.events.fakes import LossyLayer
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker, corrupt_tracker, set_blocked

pytestmark = pytest.mark.django_db(transaction=True)

Register = Callable[..., Tracker]


@pytest.mark.api(52, 54)
async def test_answer_then_current_states_then_changes(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    first, second = (van.source_id for van in vans)
    await report(vans[1], 3)
    visitor = await visit(alice)
    assert await visitor.subscribe([van.pk for van in vans]) == {str(van.pk): "normal" for van in vans}
    assert await visitor.speeds(2) == [(first, None), (second, 3)]
    await report(vans[0], 4, 5, 6)
    await report(vans[1], 7)
    assert await visitor.speeds(4) == [(first, 4), (first, 5), (first, 6), (second, 7)]


async def test_clone_is_heard_by_both_accounts(
    visit: Visit, alice: User, charlie: User, vans: list[Tracker], report: Any
) -> None:
    clone = await database_sync_to_async(clone_tracker)(vans[0], account=charlie, label="Clone")
    owner, stranger = await visit(alice), await visit(charlie)
    await owner.subscribe([van.pk for van in vans])
    assert await stranger.subscribe([clone.pk, vans[1].pk]) == {str(clone.pk): "normal", str(vans[1].pk): "unknown"}
    await owner.messages(2)
    await stranger.messages(1)
    await report(vans[1], 8)
    await report(vans[0], 9)
    assert await owner.speeds(2) == [(vans[1].source_id, 8), (vans[0].source_id, 9)]
    assert await stranger.speeds(1) == [(vans[0].source_id, 9)]


async def test_two_logins_keep_their_trackers_and_clocks(
    visit: Visit, alice: User, charlie: User, vans: list[Tracker], register: Register, report: Any
) -> None:
    other = await database_sync_to_async(register)(charlie)
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    visitor.credential = await database_sync_to_async(create_session)(charlie)
    await visitor.message()
    await visitor.subscribe([other.pk], iso_datetime=True)
    await visitor.message()
    await report(vans[0], 4)
    await report(other, 5)
    plain, iso = await visitor.messages(2)
    assert (plain["data"]["source_id"], iso["data"]["source_id"]) == (vans[0].source_id, other.source_id)
    assert "T" not in plain["user_time"]
    assert "T" in iso["user_time"]


@pytest.mark.api(48)
async def test_unsubscribe_leaves_the_date_format_alone(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([van.pk for van in vans], iso_datetime=True)
    await visitor.messages(2)
    await visitor.command(action="unsubscribe", events=["state"], trackers=[vans[0].pk])
    assert (await visitor.message())["data"] == [vans[0].pk]
    await report(vans[1], 5)
    assert (await visitor.message())["user_time"].endswith("Z")


async def test_wrong_credential_leaves_other_logins_alone(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    for credential, code in [("short", ErrorCode.WRONG_HASH), ("0" * 32, ErrorCode.SESSION_ENDED)]:
        with pytest.raises(ApiError) as caught:
            await visitor.command(hash=credential, events=["state"], trackers=[vans[1].pk])
        assert caught.value.code is code
    await report(vans[1], 4)
    await report(vans[0], 5)
    assert await visitor.speeds(2) == [(vans[0].source_id, None), (vans[0].source_id, 5)]


async def test_sub_user_hears_bound_vans_until_withdrawn(
    visit: Visit, alice: User, bob: User, vans: list[Tracker], report: Any
) -> None:
    for van in vans:
        await database_sync_to_async(bind_sub_users)(van, [bob])
    visitor = await visit(bob)
    await visitor.subscribe([van.pk for van in vans])
    await visitor.messages(2)
    await database_sync_to_async(bind_sub_users)(vans[0], [])
    await report(vans[0], 4)
    await report(vans[1], 5)
    assert await visitor.speeds(1) == [(vans[1].source_id, 5)]


async def test_slow_client_does_not_keep_the_others_waiting(
    visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    slow, quick = await visit(alice), await visit(alice)
    for visitor in (slow, quick):
        await visitor.subscribe([vans[0].pk])
        await visitor.message()
    slow.block()
    await report(vans[0], *range(1, 50))
    assert await quick.speeds(49) == [(vans[0].source_id, speed) for speed in range(1, 50)]
    assert slow.frames.empty()


async def test_last_client_of_an_account_leaves_its_group(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker], report: Any
) -> None:
    first, second = await visit(alice), await visit(alice)
    for visitor in (first, second):
        await visitor.subscribe([vans[0].pk])
        await visitor.message()
    await first.leave()
    await report(vans[0], 4)
    assert await second.speeds(1) == [(vans[0].source_id, 4)]
    await second.leave()
    assert account_group(alice.pk) not in layer.groups
    assert first.frames.empty()


async def test_hub_survives_a_notice_that_makes_no_sense(
    layer: LossyLayer, visit: Visit, alice: User, vans: list[Tracker], report: Any, caplog: Any
) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.message()
    nonsense = {"type": "notice", "publisher": "a", "number": 1, "account": alice.pk, "kind": "?", "body": b""}
    await layer.group_send(account_group(alice.pk), nonsense)
    await report(vans[0], 4)
    assert await visitor.speeds(1) == [(vans[0].source_id, 4)]
    assert "unexpected error in a message of the channel layer" in caplog.text


@pytest.mark.api(64)
async def test_end_of_a_session_is_noticed_without_housekeeping(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    credential = await database_sync_to_async(create_session)(alice)
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    await database_sync_to_async(Session.objects.update)(expires_at=soon)
    visitor = await visit(credential)
    await visitor.subscribe([vans[0].pk])
    await visitor.message()
    assert await visitor.message() == {"type": "event", "event": "logout", "data": "session closed"}
    with pytest.raises(ApiError) as caught:
        await visitor.subscribe([vans[0].pk])
    assert caught.value.code is ErrorCode.SESSION_ENDED


async def test_why_a_login_ended_is_told_to_who_asked(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    asked, plain = await visit(alice), await visit(alice)
    await asked.subscribe([vans[0].pk], logout_cause=True)
    await plain.subscribe([vans[0].pk])
    for visitor in (asked, plain):
        await visitor.message()
    await database_sync_to_async(restore_password)(alice, "another long password")
    logout = {"type": "event", "event": "logout", "data": "session closed"}
    assert await asked.message() == {**logout, "cause": "password_restored"}
    assert await plain.message() == logout


@pytest.mark.api(63)
async def test_each_client_hears_of_logout_once(visit: Visit, alice: User, vans: list[Tracker], report: Any) -> None:
    ended, kept = await visit(alice), await visit(alice)
    twin = await visit(ended.credential)
    for visitor in (ended, kept, twin):
        await visitor.subscribe([vans[0].pk])
        await visitor.message()
    principal = await database_sync_to_async(principal_for_hash)(ended.credential)
    await database_sync_to_async(log_out)(principal)
    await report(vans[0], 4)
    assert await kept.speeds(1) == [(vans[0].source_id, 4)]
    for visitor in (ended, twin):
        assert (await visitor.message())["event"] == "logout"
        assert visitor.frames.empty()


@pytest.mark.api(60, 62)
async def test_lifecycle_events_reach_client_in_order(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([vans[0].pk])
    await visitor.message()
    for is_blocked in (True, False):
        await database_sync_to_async(set_blocked)(vans[0].source_id, is_blocked=is_blocked)
    await database_sync_to_async(corrupt_tracker)(vans[0])
    events = [message["data"].get("lifecycle_event", "state") for message in await visitor.messages(4)]
    assert events == ["block", "unblock", "state", "corrupt"]
    assert await visitor.subscribe([vans[0].pk]) == {str(vans[0].pk): "unknown"}
