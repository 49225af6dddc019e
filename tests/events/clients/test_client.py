"""One connected client: what notices and the database mean for its subscribers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged
from accounts.wire.logout_causes import LogoutCause
from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.hub.snapshot import Loaded
from events.protocol.kinds.state import STATE
from tests.events.builders import (
    ACCOUNT_ID,
    NOON,
    follow,
    log_in,
    make_principal,
    make_state,
    make_tracked,
    tell,
)
from tests.events.fakes import FakeTransport
from tests.events.reading import heard
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.services.selectors import TrackedSource

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
        tell(client, notice)
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
        tell(client, notice)
    assert await heard(client, transport) == [(1, "corrupt"), (2, 1)]


@pytest.mark.api(63)
async def test_only_ended_login_is_told_and_silenced(client: Client, transport: FakeTransport) -> None:
    follow(client, "first")
    follow(client, "second")
    tell(client, LoginsEnded(("first", "nobody's"), LogoutCause.LOGGED_OUT))
    tell(client, LoginsEnded(("first",), LogoutCause.LOGGED_OUT))
    tell(client, StatesChanged((make_state(1, 1),)))
    assert await heard(client, transport) == ["logout", (1, 1)]


async def test_notice_of_another_account_changes_nothing(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    other = Account(ACCOUNT_ID + 1)
    client.attach(other)
    for notice in (
        StatesChanged((make_state(1, 1),)),
        LifecycleChanged(1, BLOCK),
        LoginsEnded(("digest",), LogoutCause.LOGGED_OUT),
    ):
        deliver(other, notice, NOON)
    assert await heard(client, transport) == []


async def test_withdrawn_source_is_silent_for_sub_user(client: Client, transport: FakeTransport) -> None:
    follow(client, "sub-user's", user_id=7)
    tell(client, AccessWithdrawn(7, (1,)))
    tell(client, AccessWithdrawn(8, (2,)))
    tell(client, StatesChanged((make_state(1, 1), make_state(2, 1))))
    assert await heard(client, transport) == [(2, 1)]


async def test_new_time_zone_holds_for_next_state(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    tell(client, SettingsChanged(ACCOUNT_ID, "Asia/Tokyo"))
    subscriber.offer([make_state(1, 0)])
    message = await transport.message()
    assert message["data"]["last_update"] == "2024-05-02 21:00:00"


async def test_renewed_session_ends_at_its_new_time(client: Client) -> None:
    hour = timedelta(hours=1)
    log_in(client, make_principal(expires_at=NOON))
    [account] = client.accounts
    assert account.has_expired_login(NOON)
    tell(client, SessionRenewed("digest", (NOON + hour).timestamp()))
    assert not account.has_expired_login(NOON)
    assert account.has_expired_login(NOON + hour)


@pytest.mark.parametrize(
    ("tracked", "expected"),
    [
        ([make_tracked(make_state(1, 5)), make_tracked(make_state(2, 0))], [(1, 5)]),
        ([make_tracked(make_state(1), is_blocked=True), make_tracked(make_state(2))], [(1, "block")]),
        ([make_tracked(make_state(2))], [(1, "corrupt")]),
        ([make_tracked(make_state(1)), make_tracked(make_state(2))], []),
    ],
    ids=["state", "block", "removal", "nothing"],
)
async def test_what_was_lost_is_made_good(
    client: Client, transport: FakeTransport, subscriber: Subscriber, tracked: Any, expected: list[Any]
) -> None:
    subscriber.offer([make_state(1), make_state(2)])
    assert await heard(client, transport) == [(1, 0), (2, 0)]
    for _ in range(2):
        reconcile(subscriber, *tracked)
    assert await heard(client, transport) == expected


async def test_lost_unblock_brings_the_current_state(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    subscriber.subscription(STATE).block(1)
    subscriber.subscription(STATE).remove([2])
    reconcile(subscriber, make_tracked(make_state(1, 5)))
    assert await heard(client, transport) == [(1, "unblock"), (1, 5)]


async def test_lost_withdrawal_is_made_good_in_silence(client: Client, transport: FakeTransport) -> None:
    subscriber = follow(client, "sub-user's", user_id=7)
    seen = make_tracked(make_state(2, 5), sub_user_ids=frozenset({7}))
    reconcile(subscriber, make_tracked(make_state(1, 5)), seen)
    assert await heard(client, transport) == [(2, 5)]


def reconcile(subscriber: Subscriber, *tracked: TrackedSource) -> None:
    """Compares all that a subscriber follows with what the database is to say."""
    loaded = Loaded(by_source={one.source_id: one for one in tracked})
    for source_id in subscriber.source_ids:
        subscriber.reconcile(source_id, loaded)


@pytest.mark.parametrize("ending", ["log out", "goodbye", "close", "give up"])
async def test_ended_subscriber_is_found_by_nobody(client: Client, subscriber: Subscriber, ending: str) -> None:
    [account] = client.accounts
    assert account.followers(1)
    end = {
        "log out": lambda: subscriber.log_out("for a test"),
        "goodbye": client.say_goodbye,
        "close": client.close,
        "give up": lambda: client.give_up(LogoutCause.CLIENT_FAILED),
    }
    end[ending]()
    assert not account.followers(1)
    assert not account.digests
    assert not account.kinds_in_use


async def test_one_that_fails_does_not_keep_news_from_others(client: Client, transport: FakeTransport) -> None:
    follow(client, "first")
    [account] = client.accounts
    other, healthy = Client(StateRenderer(), NOON), FakeTransport()
    other.attach(account)
    other.outbox.attach(healthy, NOON)
    follow(other, "second")
    transport.fails = True
    tell(client, StatesChanged((make_state(1, 1), make_state(2, 1))))
    assert await heard(other, healthy) == [(1, 1), (2, 1)]
    assert list(account.digests) == ["second"]


async def test_client_with_login_or_message_holds_something(client: Client, transport: FakeTransport) -> None:
    assert not client.holds_something
    follow(client, "digest")
    assert client.holds_something
    transport.block()
    tell(client, LoginsEnded(("digest",), LogoutCause.LOGGED_OUT))
    assert not client.subscribers
    assert client.holds_something, "the logout waits"
    transport.unblock()
    await client.outbox.drain()
    assert not client.holds_something


async def test_goodbye_drops_everything_and_releases_connection(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    transport.block()
    tell(client, LifecycleChanged(1, BLOCK))
    client.say_goodbye()
    transport.unblock()
    tell(client, StatesChanged((make_state(2, 1),)))
    await client.outbox.drain()
    assert transport.is_released
    assert not client.holds_something
    assert transport.taken() == []
