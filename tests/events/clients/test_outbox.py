"""What waits for a client: in which order it is sent, over which transport, and what becomes of a slow one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest

from accounts.notices import LoginsEnded
from accounts.wire.logout_causes import LogoutCause
from events.clients import outbox as outbox_module
from events.clients.client import Client
from events.clients.outbox import MAX_WAITING_MESSAGES
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.protocol import messages
from events.protocol.close_codes import CLOSE_NORMAL, CLOSE_TRY_AGAIN_LATER
from events.protocol.connection import PollConnection
from events.protocol.kinds.state import STATE
from tests.events.builders import (
    LEGACY,
    NOON,
    follow,
    log_in,
    make_connection,
    make_principal,
    make_state,
    tell,
)
from tests.events.fakes import FakePoll, FakeTransport
from tests.events.reading import MARK, brief, heard
from tests.javascript import read_frames_as_javascript
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, StatesChanged

BLOCK, UNBLOCK = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK
TRACKING = "&X-Atmosphere-TrackMessageSize=true"
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client counts as slow as soon as its transport does not take a message at once."""
    monkeypatch.setattr(outbox_module, "SLOW_AFTER_S", -1)


async def transport_is_tried() -> None:
    """Lets the writer come to its transport."""
    await asyncio.sleep(0)


@pytest.fixture
def given_up(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged, the causes for which clients are given up among it."""
    caplog.set_level(logging.DEBUG, logger="events.clients.client")
    return caplog


def batching_poll() -> FakePoll:
    return FakePoll(make_connection(LEGACY + TRACKING, kind=PollConnection))


def answer(poll: FakePoll) -> list[object]:
    """What matters of the messages in the only answer of a poll."""
    [body] = poll.taken()
    return [brief(json.loads(message)) for message in read_frames_as_javascript(body)]


# Order and slow clients


async def test_messages_overtake_states_and_states_keep_their_order(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    transport.block()
    subscriber.offer([make_state(1, 1), make_state(2, 1), make_state(1, 2)])
    client.queue(messages.unexpected_error())
    transport.unblock()
    assert await heard(client, transport) == [(1, 1), "error", (2, 1), (1, 2)], "the first was under way already"


async def test_slow_client_loses_only_older_states(
    impatient: None, client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    transport.block()
    client.queue(messages.unexpected_error())
    await transport_is_tried()
    for revision in range(1, 50):
        tell(client, StatesChanged((make_state(1, revision), make_state(2, revision))))
        tell(client, LifecycleChanged(2, BLOCK))
        tell(client, LifecycleChanged(2, UNBLOCK, make_state(2, revision)))
    tell(client, LoginsEnded(("another",), LogoutCause.LOGGED_OUT))
    transport.unblock()
    found = await heard(client, transport)
    assert found == ["error", *[(2, "block"), (2, "unblock")] * 49, (1, 49), (2, 49)]


async def test_narrow_transport_gets_everything_in_order(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    transport.block()
    client.queue(messages.unexpected_error())
    subscriber.offer([make_state(1, 1), make_state(1, 2)])
    for expected in ["error", (1, 1), (1, 2)]:
        transport.unblock(room=1)
        assert brief(await transport.message()) == expected
        assert transport.frames.empty()


@pytest.mark.parametrize("limit", ["MAX_WAITING_MESSAGES", "MAX_WAITING_CHARACTERS"])
async def test_hopeless_client_is_cut_off_and_keeps_nothing(
    impatient: None,
    client: Client,
    transport: FakeTransport,
    subscriber: Subscriber,
    monkeypatch: pytest.MonkeyPatch,
    given_up: pytest.LogCaptureFixture,
    limit: str,
) -> None:
    count = 10
    each = 1 if limit == "MAX_WAITING_MESSAGES" else len(messages.logout())
    monkeypatch.setattr(outbox_module, limit, count * each)
    transport.block()
    client.queue(messages.logout())
    await transport_is_tried()
    for _ in range(count - 1):
        client.queue(messages.logout())
    assert transport.ended_with is None
    client.queue(messages.logout())
    assert transport.ended_with == CLOSE_TRY_AGAIN_LATER
    assert not client.subscribers
    assert client.outbox.waiting == (messages.logout(),), "what it is told when it is back"
    assert LogoutCause.CLIENT_FELL_BEHIND.sentence in given_up.text


async def test_reading_client_survives_a_message_burst(client: Client, transport: FakeTransport) -> None:
    count = 3 * MAX_WAITING_MESSAGES
    transport.block()
    for _ in range(count):
        client.queue(messages.logout())
    transport.unblock()
    assert len(await heard(client, transport)) == count
    assert transport.ended_with is None


async def test_outbox_is_full_halfway_to_hopeless(
    client: Client, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 10)
    transport.block()
    for _ in range(4):
        client.queue(MARK)
    assert not client.outbox.is_full
    client.queue(MARK)
    assert client.outbox.is_full
    transport.unblock()
    await client.outbox.drain()
    assert not client.outbox.is_full
    transport.block()
    monkeypatch.setattr(outbox_module, "MAX_WAITING_CHARACTERS", 2 * len(MARK))
    client.queue(MARK)
    assert client.outbox.is_full


async def test_client_whose_transport_fails_is_cut_off(
    client: Client, transport: FakeTransport, given_up: pytest.LogCaptureFixture
) -> None:
    transport.fails = True
    client.queue(messages.logout())
    await client.outbox.drain()
    assert transport.ended_with == CLOSE_TRY_AGAIN_LATER
    assert "could not be written to" in given_up.text
    assert LogoutCause.CLIENT_FAILED.sentence in given_up.text


async def test_client_whose_transport_fails_later_is_cut_off(
    client: Client, transport: FakeTransport, given_up: pytest.LogCaptureFixture
) -> None:
    transport.block()
    client.queue(messages.logout())
    transport.fails = True
    transport.unblock()
    await client.outbox.drain()
    assert transport.ended_with == CLOSE_TRY_AGAIN_LATER
    assert "could not be written to" in given_up.text
    assert LogoutCause.CLIENT_FAILED.sentence in given_up.text


# Heartbeats


@pytest.mark.atmosphere(21, 23)
async def test_heartbeat_fills_silence_framed_like_messages(client: Client) -> None:
    transport = FakeTransport(make_connection(LEGACY + TRACKING))
    client.outbox.attach(transport, NOON)
    transport.connection.last_sent = NOON
    client.outbox.beat(NOON + timedelta(seconds=29))
    assert transport.taken() == []
    client.outbox.beat(NOON + HALF_A_MINUTE)
    client.outbox.beat(NOON + 1.5 * HALF_A_MINUTE)
    assert transport.taken() == ["1|X"]
    client.outbox.beat(NOON + 2 * HALF_A_MINUTE)
    assert transport.taken() == ["1|X"]


@pytest.mark.atmosphere(21)
async def test_message_restarts_the_clock_of_the_heartbeat(client: Client, transport: FakeTransport) -> None:
    transport.connection.last_sent = NOON
    client.queue(MARK, NOON + timedelta(seconds=20))
    client.outbox.beat(NOON + timedelta(seconds=49))
    assert transport.taken() == [MARK]


@pytest.mark.atmosphere(26)
async def test_heartbeat_ends_an_idle_poll(client: Client) -> None:
    poll = FakePoll(make_connection(LEGACY, kind=PollConnection))
    client.outbox.attach(poll, NOON)
    client.outbox.beat(NOON)
    client.outbox.beat(NOON + HALF_A_MINUTE)
    client.queue(MARK)
    assert poll.taken() == ["X"]
    assert not client.outbox.is_connected
    assert client.outbox.away_since == NOON + HALF_A_MINUTE
    assert client.outbox.waiting == (MARK,)


async def test_no_heartbeat_waits_behind_a_blocked_transport(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(MARK)
    client.outbox.beat(NOON + timedelta(days=1))
    transport.unblock()
    await client.outbox.drain()
    assert transport.taken() == [MARK]


async def test_client_that_is_away_gets_no_heartbeat(client: Client, transport: FakeTransport) -> None:
    client.outbox.detach(transport, NOON)
    client.outbox.beat(NOON + timedelta(days=1))
    assert transport.taken() == []


# One transport after the other


@pytest.mark.atmosphere(56)
async def test_returning_client_gets_all_once_in_order(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    client.outbox.detach(transport, NOON)
    for revision in range(1, 4):
        tell(client, StatesChanged((make_state(1, revision),)))
    tell(client, LifecycleChanged(2, BLOCK))
    client.queue(messages.unexpected_error())
    assert transport.taken() == []
    for expected in [[(2, "block"), "error", (1, 3)], []]:
        newer = FakeTransport()
        client.outbox.attach(newer, NOON)
        assert await heard(client, newer) == expected


@pytest.mark.atmosphere(46)
async def test_newer_transport_takes_over_what_waits(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(messages.unexpected_error())
    newer = FakeTransport()
    client.outbox.attach(newer, NOON)
    transport.unblock()
    assert await heard(client, newer) == ["error"]
    assert transport.ended_with == CLOSE_NORMAL
    assert transport.taken() == []
    client.outbox.detach(transport, NOON)
    assert client.outbox.is_connected, "only the older one went"


async def test_gone_transport_is_handed_nothing(client: Client, transport: FakeTransport) -> None:
    transport.lose()
    client.queue(MARK)
    assert client.outbox.waiting == (MARK,)


async def test_writer_leaves_gone_transport_keeping_messages(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(MARK)
    transport.lose()
    await client.outbox.drain()
    client.outbox.detach(transport, NOON)
    newer = FakeTransport()
    client.outbox.attach(newer, NOON)
    assert newer.taken() == [MARK]


@pytest.mark.atmosphere(32, 36)
async def test_poll_without_lengths_gets_one_message(client: Client) -> None:
    client.outbox.attach(FakePoll(), NOON)
    for _ in range(3):
        client.queue(messages.logout())
    for left in (1, 0):
        poll = FakePoll()
        client.outbox.attach(poll, NOON)
        assert poll.taken() == [messages.logout()]
        assert len(client.outbox.waiting) == left
        assert not client.outbox.is_connected


@pytest.mark.atmosphere(36, 56)
async def test_poll_with_lengths_gets_all_messages(
    client: Client, transport: FakeTransport, subscriber: Subscriber
) -> None:
    client.outbox.detach(transport, NOON)
    subscriber.offer([make_state(1, 1), make_state(2, 1)])
    client.queue(messages.unexpected_error())
    poll = batching_poll()
    client.outbox.attach(poll, NOON)
    assert answer(poll) == ["error", (1, 1), (2, 1)]


async def test_poll_answer_is_bounded_rest_comes_next(
    client: Client, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakePoll, "batch_characters", 2 * len(messages.logout()))
    client.outbox.detach(transport, NOON)
    for _ in range(5):
        client.queue(messages.logout())
    for count in (2, 2, 1):
        poll = batching_poll()
        client.outbox.attach(poll, NOON)
        assert len(answer(poll)) == count


async def test_lost_answer_comes_first_in_next_poll(client: Client, subscriber: Subscriber) -> None:
    lost = batching_poll()
    client.outbox.attach(lost, NOON)
    subscriber.offer([make_state(1, 1)])
    subscriber.offer([make_state(1, 2)])
    tell(client, LifecycleChanged(2, BLOCK))
    client.outbox.put_back(lost.answered, NOON)
    poll = batching_poll()
    client.outbox.attach(poll, NOON)
    assert answer(poll) == [(1, 1), (2, "block"), (1, 2)]


async def test_lost_answer_goes_to_another_open_connection(client: Client) -> None:
    lost = batching_poll()
    client.outbox.attach(lost, NOON)
    client.queue(MARK)
    newer = FakeTransport()
    client.outbox.attach(newer, NOON)
    client.outbox.put_back(lost.answered, NOON)
    assert newer.taken() == [MARK]


async def test_end_of_the_connection_leaves_what_waits(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(MARK)
    client.outbox.end(NOON)
    assert transport.ended_with == CLOSE_NORMAL
    assert client.outbox.waiting == (MARK,)
    assert not client.outbox.is_connected


# The end


async def test_nothing_is_sent_after_the_end(client: Client, transport: FakeTransport, subscriber: Subscriber) -> None:
    transport.block()
    client.queue(MARK)
    client.close()
    tell(client, StatesChanged((make_state(1, 1),)))
    transport.unblock()
    await client.outbox.drain()
    assert transport.taken() == []


async def test_unconnected_client_starts_out_behind() -> None:
    client = Client(StateRenderer(), NOON)
    assert client.outbox.is_behind
    assert client.outbox.away_since == NOON
    subscriber = follow(client, "digest")
    subscriber.offer([make_state(1, revision) for revision in range(1, 9)])
    poll = batching_poll()
    client.outbox.attach(poll, NOON)
    assert answer(poll) == [(1, 8)]


async def test_absent_client_gets_a_large_fleets_blocks(
    client: Client, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 10)
    subscriber = log_in(client, make_principal())
    for source_id in range(30):
        subscriber.subscription(STATE).add(source_id, tracker_id=source_id, is_blocked=False)
    client.outbox.detach(transport, NOON)
    for source_id in range(30):
        tell(client, LifecycleChanged(source_id, LifecycleEvent.BLOCK))
    client.outbox.attach(transport, NOON)
    assert await heard(client, transport) == [(source_id, "block") for source_id in range(30)]


class NarrowTransport(FakeTransport):
    """Says beforehand that it would take nothing."""

    tried = 0

    @property
    def has_room(self) -> bool:
        return self._is_open.is_set() and super().has_room

    def send(self, messages: Sequence[str]) -> bool:
        self.tried += 1
        return super().send(messages)


async def test_nothing_is_written_for_a_full_transport(client: Client, subscriber: Subscriber) -> None:
    narrow = NarrowTransport()
    client.outbox.attach(narrow, NOON)
    narrow.block()
    for revision in range(1, 4):
        subscriber.offer([make_state(1, revision)])
    await transport_is_tried()
    assert narrow.tried == 0
    assert client.outbox.waiting == (), "states wait as states"
    narrow.unblock()
    assert await heard(client, narrow) == [(1, 1), (1, 2), (1, 3)]


async def test_batch_waits_unwritten_for_a_client_that_lost_its_line(client: Client, subscriber: Subscriber) -> None:
    narrow = NarrowTransport()
    client.outbox.attach(narrow, NOON)
    narrow.lose()
    subscriber.offer([make_state(1, 1), make_state(2, 1)])
    client.outbox.detach(narrow, NOON)
    assert client.outbox.waiting_characters == 0
    newer = FakeTransport()
    client.outbox.attach(newer, NOON)
    assert await heard(client, newer) == [(1, 1), (2, 1)]
