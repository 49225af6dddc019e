"""One connected client: what it is sent, in which order, and what becomes of a slow one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.feed import LoginsEnded, SessionRenewed, SettingsChanged
from events import client as client_module
from events.client import CLOSE_TRY_AGAIN_LATER, Client, Login
from events.protocol import messages
from events.renderer import StateRenderer
from tests.events.builders import ACCOUNT_ID, LEGACY, NOON, make_connection, make_principal, make_state, make_tracked
from tests.events.fakes import FakeTransport
from trackers.feed import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged

BLOCK, UNBLOCK, CORRUPT = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK, LifecycleEvent.CORRUPT
MARK = messages.encode({"event": "mark"})


@pytest.fixture
async def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
async def client(transport: FakeTransport) -> AsyncIterator[Client]:
    client = Client(transport, make_connection(), StateRenderer())
    yield client
    transport.unblock()
    await client.close()


@pytest.fixture
async def login(client: Client) -> Login:
    """Alice's login, which follows the sources 1 and 2."""
    return follow(client, "digest")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client counts as slow as soon as its transport does not take a frame at once."""
    monkeypatch.setattr(client_module, "SLOW_AFTER_S", -1)


def follow(client: Client, digest: str, **fields: Any) -> Login:
    login = client.login_for(make_principal(digest=digest, **fields))
    for source_id in (1, 2):
        login.subscription.add(source_id, tracker_id=source_id + 1000, is_blocked=False)
    return login


async def heard(client: Client, transport: FakeTransport) -> list[Any]:
    """All that was sent, each frame as what matters of it."""
    client.queue(MARK)
    await client.drain()
    found = []
    while not transport.frames.empty():
        message = await transport.message()
        match message:
            case {"event": "state", "data": state}:
                found.append((state["source_id"], int(state["last_update"][-2:])))
            case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
                found.append((source_id, event))
            case {"event": "mark"}:
                continue
            case _:
                found.append(message.get("event", message.get("type")))
    return found


async def test_messages_overtake_states_and_states_keep_their_order(
    client: Client, transport: FakeTransport, login: Login
) -> None:
    transport.block()
    client.offer(login, [make_state(1, 1), make_state(2, 1), make_state(1, 2)])
    client.queue(messages.unexpected_error())
    transport.unblock()
    assert await heard(client, transport) == [(1, 1), "error", (2, 1), (1, 2)], "the first was under way already"


async def test_slow_client_gets_the_newest_states_and_every_message(
    impatient: None, client: Client, transport: FakeTransport, login: Login
) -> None:
    transport.block()
    client.queue(messages.unexpected_error())
    await transport_is_tried()
    for revision in range(1, 50):
        client.apply(ACCOUNT_ID, StatesChanged((make_state(1, revision), make_state(2, revision))))
        client.apply(ACCOUNT_ID, LifecycleChanged(2, BLOCK))
        client.apply(ACCOUNT_ID, LifecycleChanged(2, UNBLOCK, make_state(2, revision)))
    client.apply(ACCOUNT_ID, LoginsEnded(("another",)))
    transport.unblock()
    found = await heard(client, transport)
    assert found == ["error", *[(2, "block"), (2, "unblock")] * 49, (1, 49), (2, 49)]


async def transport_is_tried() -> None:
    """Lets the writer come to its transport."""
    await asyncio.sleep(0)


async def test_hopeless_client_is_cut_off_and_keeps_nothing(
    impatient: None, client: Client, transport: FakeTransport, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_WAITING_MESSAGES", 10)
    transport.block()
    client.queue(messages.logout())
    await transport_is_tried()
    for _ in range(11):
        client.queue(messages.logout())
    assert transport.aborted_with == CLOSE_TRY_AGAIN_LATER
    assert client.digests_of(ACCOUNT_ID) == []


async def test_many_messages_at_once_do_not_cut_off_a_client_that_takes_them(
    client: Client, transport: FakeTransport
) -> None:
    count = 3 * client_module.MAX_WAITING_MESSAGES
    for _ in range(count):
        client.queue(messages.logout())
    assert len(await heard(client, transport)) == count
    assert transport.aborted_with is None


async def test_client_whose_transport_fails_is_cut_off(
    client: Client, transport: FakeTransport, caplog: pytest.LogCaptureFixture
) -> None:
    transport.fails = True
    client.queue(messages.logout())
    await client.drain()
    assert transport.aborted_with == CLOSE_TRY_AGAIN_LATER
    assert "could not be written to" in caplog.text


@pytest.mark.contract(60, 61)
async def test_blocked_source_is_silent_until_it_is_unblocked(
    client: Client, transport: FakeTransport, login: Login
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


@pytest.mark.contract(62)
async def test_removed_source_says_so_once_and_is_silent(
    client: Client, transport: FakeTransport, login: Login
) -> None:
    for notice in (
        LifecycleChanged(1, CORRUPT),
        LifecycleChanged(1, CORRUPT),
        StatesChanged((make_state(1, 1), make_state(2, 1))),
        LifecycleChanged(1, UNBLOCK, make_state(1, 2)),
    ):
        client.apply(ACCOUNT_ID, notice)
    assert await heard(client, transport) == [(1, "corrupt"), (2, 1)]


@pytest.mark.contract(63)
async def test_only_the_login_that_ended_is_told_and_silenced(client: Client, transport: FakeTransport) -> None:
    follow(client, "first")
    follow(client, "second")
    client.apply(ACCOUNT_ID, LoginsEnded(("first", "nobody's")))
    client.apply(ACCOUNT_ID, LoginsEnded(("first",)))
    client.apply(ACCOUNT_ID, StatesChanged((make_state(1, 1),)))
    assert await heard(client, transport) == ["logout", (1, 1)]


async def test_notice_of_another_account_changes_nothing(
    client: Client, transport: FakeTransport, login: Login
) -> None:
    for notice in (StatesChanged((make_state(1, 1),)), LifecycleChanged(1, BLOCK), LoginsEnded(("digest",))):
        client.apply(ACCOUNT_ID + 1, notice)
    assert await heard(client, transport) == []


async def test_sub_user_who_may_no_longer_see_a_source_gets_no_more_of_it(
    client: Client, transport: FakeTransport
) -> None:
    follow(client, "sub-user's", user_id=7)
    client.apply(ACCOUNT_ID, AccessWithdrawn(7, (1,)))
    client.apply(ACCOUNT_ID, AccessWithdrawn(8, (2,)))
    client.apply(ACCOUNT_ID, StatesChanged((make_state(1, 1), make_state(2, 1))))
    assert await heard(client, transport) == [(2, 1)]


async def test_new_time_zone_holds_from_the_next_state_on(
    client: Client, transport: FakeTransport, login: Login
) -> None:
    client.apply(ACCOUNT_ID, SettingsChanged(ACCOUNT_ID, "Asia/Tokyo"))
    client.offer(login, [make_state(1, 0)])
    message = await transport.message()
    assert message["data"]["last_update"] == "2024-05-02 21:00:00"


async def test_renewed_session_ends_at_its_new_time(client: Client) -> None:
    hour = timedelta(hours=1)
    client.login_for(make_principal(expires_at=NOON))
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
    client: Client, transport: FakeTransport, login: Login, principals: Any, tracked: Any, expected: list[Any]
) -> None:
    client.offer(login, [make_state(1), make_state(2)])
    assert await heard(client, transport) == [(1, 0), (2, 0)]
    by_digest = {principal.digest: principal for principal in principals}
    for _ in range(2):
        client.reconcile(ACCOUNT_ID, by_digest, tracked, client.followed(ACCOUNT_ID))
    assert await heard(client, transport) == expected


async def test_lost_unblock_is_made_good_with_the_current_state(
    client: Client, transport: FakeTransport, login: Login
) -> None:
    login.subscription.block(1)
    login.subscription.remove([2])
    known = client.followed(ACCOUNT_ID)
    client.reconcile(ACCOUNT_ID, {"digest": login.principal}, [make_tracked(make_state(1, 5))], known)
    assert await heard(client, transport) == [(1, "unblock"), (1, 5)]


async def test_lost_withdrawal_is_made_good_in_silence(client: Client, transport: FakeTransport) -> None:
    login = follow(client, "sub-user's", user_id=7)
    tracked = [make_tracked(make_state(1, 5)), make_tracked(make_state(2, 5), sub_user_ids=frozenset({7}))]
    client.reconcile(ACCOUNT_ID, {"sub-user's": login.principal}, tracked, client.followed(ACCOUNT_ID))
    assert await heard(client, transport) == [(2, 5)]


@pytest.mark.parametrize(
    ("principals", "known"),
    [([], {}), (["digest"], {"digest": frozenset({1})})],
    ids=["login", "source"],
)
async def test_what_came_after_the_reading_is_not_taken_for_gone(
    client: Client, transport: FakeTransport, login: Login, principals: list[str], known: dict[str, frozenset[int]]
) -> None:
    found = dict.fromkeys(principals, login.principal)
    client.reconcile(ACCOUNT_ID, found, [make_tracked(make_state(1, 0))], known)
    client.apply(ACCOUNT_ID, StatesChanged((make_state(2, 5),)))
    assert (await heard(client, transport))[-1] == (2, 5)


@pytest.mark.atmosphere(21, 23)
async def test_heartbeat_fills_silence_and_is_framed_like_any_message(transport: FakeTransport) -> None:
    client = Client(transport, make_connection(LEGACY + "&X-Atmosphere-TrackMessageSize=true"), StateRenderer())
    client.connection.note_sent(NOON)
    client.beat(NOON + timedelta(seconds=29))
    client.beat(NOON + timedelta(seconds=30))
    assert await transport.frame() == "1|X"
    await client.close()


async def test_no_heartbeat_waits_behind_a_blocked_transport(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(MARK)
    client.beat(NOON + timedelta(days=1))
    assert await heard_after(client, transport) == [MARK]


async def heard_after(client: Client, transport: FakeTransport) -> list[str]:
    transport.unblock()
    await client.drain()
    return [await transport.frame() for _ in range(transport.frames.qsize())]


async def test_nothing_is_sent_after_the_end(client: Client, transport: FakeTransport, login: Login) -> None:
    transport.block()
    client.queue(MARK)
    await client.close()
    client.apply(ACCOUNT_ID, StatesChanged((make_state(1, 1),)))
    assert await heard_after(client, transport) == []
