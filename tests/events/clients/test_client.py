"""One connected client: what notices and the database mean for its subscribers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged
from accounts.wire.logout_causes import LogoutCause
from events.clients.client import Client
from events.clients.subscriber import Subscriber
from events.protocol.kinds.state import STATE
from tests.events.builders import ACCOUNT_ID, NOON, follow, make_principal, make_state, make_tracked
from tests.events.fakes import FakeTransport
from tests.events.reading import heard
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged

BLOCK, UNBLOCK, CORRUPT = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK, LifecycleEvent.CORRUPT


@pytest.mark.api(60, 61)
async def test_blocked_source_is_silent_until_it_is_unblocked(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    for notice in (
        LifecycleChanged(1, BLOCK),
        LifecycleChanged(1, BLOCK),
        StatesChanged((make_state(1, 1),)),
        LifecycleChanged(1, UNBLOCK, make_state(1, 2)),
        LifecycleChanged(1, UNBLOCK, make_state(1, 2)),
        StatesChanged((make_state(1, 1), make_state(1, 3))),
    ):
        client.apply(ACCOUNT_ID, notice)
    assert await heard(client, transport) == [(1, "block"), (1, "unblock"), (1, 2), (1, 3)]


@pytest.mark.api(62)
async def test_removed_source_says_so_once_and_is_silent(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    for notice in (
        LifecycleChanged(1, CORRUPT),
        LifecycleChanged(1, CORRUPT),
        StatesChanged((make_state(1, 1), make_state(2, 1))),
        LifecycleChanged(1, UNBLOCK, make_state(1, 2)),
    ):
        client.apply(ACCOUNT_ID, notice)
    assert await heard(client, transport) == [(1, "corrupt"), (2, 1)]


@pytest.mark.api(63)
async def test_only_ended_login_is_told_and_silenced(client: Client, transport: FakeTransport) -> None:
    follow(client, "first")
    follow(client, "second")
    client.apply(ACCOUNT_ID, LoginsEnded(("first", "nobody's"), LogoutCause.LOGGED_OUT))
    client.apply(ACCOUNT_ID, LoginsEnded(("first",), LogoutCause.LOGGED_OUT))
    client.apply(ACCOUNT_ID, StatesChanged((make_state(1, 1),)))
    assert await heard(client, transport) == ["logout", (1, 1)]


async def test_notice_of_another_account_changes_nothing(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    for notice in (
        StatesChanged((make_state(1, 1),)),
        LifecycleChanged(1, BLOCK),
        LoginsEnded(("digest",), LogoutCause.LOGGED_OUT),
    ):
        client.apply(ACCOUNT_ID + 1, notice)
    assert await heard(client, transport) == []


async def test_withdrawn_source_is_silent_for_sub_user(client: Client, transport: FakeTransport) -> None:
    follow(client, "sub-user's", user_id=7)
    client.apply(ACCOUNT_ID, AccessWithdrawn(7, (1,)))
    client.apply(ACCOUNT_ID, AccessWithdrawn(8, (2,)))
    client.apply(ACCOUNT_ID, StatesChanged((make_state(1, 1), make_state(2, 1))))
    assert await heard(client, transport) == [(2, 1)]


async def test_new_time_zone_holds_for_next_state(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    client.apply(ACCOUNT_ID, SettingsChanged(ACCOUNT_ID, "Asia/Tokyo"))
    client.offer(subscriber, [make_state(1, 0)])
    message = await transport.message()
    assert message["data"]["last_update"] == "2024-05-02 21:00:00"


async def test_renewed_session_ends_at_its_new_time(client: Client) -> None:
    hour = timedelta(hours=1)
    client.subscriber_for(make_principal(expires_at=NOON))
    assert client.has_expired_login(NOON)
    client.apply(ACCOUNT_ID, SessionRenewed("digest", (NOON + hour).timestamp()))
    assert not client.has_expired_login(NOON)
    assert client.has_expired_login(NOON + hour)


@pytest.mark.parametrize(
    ("principals", "tracked", "expected"),
    [
        ([make_principal()], [make_tracked(make_state(1, 5)), make_tracked(make_state(2, 0))], [(1, 5)]),
        (
            [make_principal()],
            [make_tracked(make_state(1), is_blocked=True), make_tracked(make_state(2))],
            [(1, "block")],
        ),
        ([make_principal()], [make_tracked(make_state(2))], [(1, "corrupt")]),
        ([], [make_tracked(make_state(1, 5)), make_tracked(make_state(2))], ["logout"]),
        ([make_principal()], [make_tracked(make_state(1)), make_tracked(make_state(2))], []),
    ],
)
async def test_what_was_lost_is_made_good(
    client: Client, transport: FakeTransport, subscriber: Subscriber, principals: Any, tracked: Any, expected: list[Any]
) -> None:
    client.offer(subscriber, [make_state(1), make_state(2)])
    assert await heard(client, transport) == [(1, 0), (2, 0)]
    by_digest = {principal.digest: principal for principal in principals}
    for _ in range(2):
        client.reconcile(ACCOUNT_ID, by_digest, tracked, client.followed(ACCOUNT_ID))
    assert await heard(client, transport) == expected


async def test_lost_unblock_brings_the_current_state(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    subscriber.subscription(STATE).block(1)
    subscriber.subscription(STATE).remove([2])
    known = client.followed(ACCOUNT_ID)
    client.reconcile(ACCOUNT_ID, {"digest": subscriber.principal}, [make_tracked(make_state(1, 5))], known)
    assert await heard(client, transport) == [(1, "unblock"), (1, 5)]


async def test_lost_withdrawal_is_made_good_in_silence(client: Client, transport: FakeTransport) -> None:
    subscriber = follow(client, "sub-user's", user_id=7)
    tracked = [make_tracked(make_state(1, 5)), make_tracked(make_state(2, 5), sub_user_ids=frozenset({7}))]
    client.reconcile(ACCOUNT_ID, {"sub-user's": subscriber.principal}, tracked, client.followed(ACCOUNT_ID))
    assert await heard(client, transport) == [(2, 5)]


@pytest.mark.parametrize(
    ("principals", "known"),
    [([], {}), (["digest"], {"digest": frozenset({1})})],
    ids=["login", "source"],
)
async def test_additions_after_the_reading_are_kept(
    client: Client,
    transport: FakeTransport,
    subscriber: Subscriber,
    principals: list[str],
    known: dict[str, frozenset[int]],
) -> None:
    found = dict.fromkeys(principals, subscriber.principal)
    client.reconcile(ACCOUNT_ID, found, [make_tracked(make_state(1, 0))], known)
    client.apply(ACCOUNT_ID, StatesChanged((make_state(2, 5),)))
    assert (await heard(client, transport))[-1] == (2, 5)


async def test_client_with_login_or_message_holds_something(client: Client, transport: FakeTransport) -> None:
    assert not client.holds_something
    follow(client, "digest")
    assert client.holds_something
    transport.block()
    client.apply(ACCOUNT_ID, LoginsEnded(("digest",), LogoutCause.LOGGED_OUT))
    assert not client.subscribers
    assert client.holds_something, "the logout waits"
    transport.unblock()
    await client.outbox.drain()
    assert not client.holds_something


async def test_goodbye_drops_everything_and_releases_connection(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    transport.block()
    client.apply(ACCOUNT_ID, LifecycleChanged(1, BLOCK))
    client.say_goodbye()
    transport.unblock()
    client.apply(ACCOUNT_ID, StatesChanged((make_state(2, 1),)))
    await client.outbox.drain()
    assert transport.is_released
    assert not client.holds_something
    assert transport.taken() == []
