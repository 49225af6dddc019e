"""What a `state_batch` subscription sends, and when (api §4.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol.kinds.state_batch import StateBatchSubscription
from events.protocol.options import BatchOptions
from tests.events.builders import NOON, NOTHING_STORED, make_state

SECOND = timedelta(seconds=1)


def following(*source_ids: int, rate: timedelta = 5 * SECOND) -> StateBatchSubscription:
    """A subscription to sources, each by the tracker whose id is a thousand more."""
    batches = StateBatchSubscription()
    batches.configure(BatchOptions(rate=rate), "UTC")
    for source_id in source_ids:
        batches.add(source_id, tracker_id=source_id + 1000, is_blocked=False)
    return batches


def taken(batches: StateBatchSubscription, now: datetime) -> list[tuple[int, int]]:
    """The batch that is due, as pairs of tracker and revision."""
    return [(tracker_id, state.revision) for tracker_id, state in batches.take(now)]


@pytest.mark.api(53)
def test_first_batch_holds_every_tracker_at_once() -> None:
    batches = following(1, 2)
    batches.begin([make_state(1), make_state(2)], NOTHING_STORED)
    assert taken(batches, NOON) == [(1001, 0), (1002, 0)]


@pytest.mark.api(55)
def test_twenty_changes_make_two_batches_newest_last() -> None:
    batches = following(1)
    sent = []
    for change in range(20):
        now = NOON + change * SECOND / 4
        batches.offer([make_state(1, change)])
        sent += taken(batches, now)
    assert sent == [(1001, 0)]
    due_at = batches.due_at(NOON + 5 * SECOND)
    assert due_at == NOON + 5 * SECOND
    assert taken(batches, due_at) == [(1001, 19)]


@pytest.mark.api(56)
def test_no_batch_comes_without_a_change() -> None:
    batches = following(1)
    batches.begin([make_state(1, 3)], NOTHING_STORED)
    assert taken(batches, NOON) == [(1001, 3)]
    assert not batches.offer([make_state(1, 3)])
    assert batches.due_at(NOON + 9 * SECOND) is None
    assert taken(batches, NOON + 9 * SECOND) == []


def test_new_command_brings_its_batch_at_once() -> None:
    batches = following(1, 2)
    batches.begin([make_state(1), make_state(2)], NOTHING_STORED)
    taken(batches, NOON)
    batches.add(1, tracker_id=1001, is_blocked=False)
    batches.begin([make_state(1)], NOTHING_STORED)
    assert taken(batches, NOON + SECOND) == [(1001, 0)]


def test_batches_skip_a_source_while_blocked() -> None:
    batches = following(1, 2)
    batches.begin([make_state(1), make_state(2)], NOTHING_STORED)
    assert batches.block(1)
    assert taken(batches, NOON) == [(1002, 0)]
    assert not batches.offer([make_state(1, 1)])
    assert batches.unblock(1)
    batches.offer([make_state(1, 1)])
    assert taken(batches, NOON + 5 * SECOND) == [(1001, 1)]


def test_resuming_leaves_the_waiting_batch_behind() -> None:
    batches = following(1, 2)
    batches.begin([make_state(1, 4), make_state(2, 4)], NOTHING_STORED)
    taken(batches, NOON)
    batches.offer([make_state(2, 5), make_state(2, 6)])
    resumed = StateBatchSubscription()
    resumed.resume(batches.watches())
    assert resumed.offer([make_state(1, 4), make_state(2, 6)])
    assert taken(resumed, NOON) == [(1002, 6)]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(0, 3)), max_size=60))
def test_every_source_advances_to_newest_state(steps: list[tuple[int, int, int]]) -> None:
    batches = following(1, 2, 3)
    newest: dict[int, int] = {}
    got: dict[int, int] = {}
    now, sent_at = NOON, NOON - timedelta(days=1)
    for source_id, revision, seconds in steps:
        now += seconds * SECOND
        batches.offer([make_state(source_id, revision)])
        newest[source_id + 1000] = max(revision, newest.get(source_id + 1000, -1))
        batch = taken(batches, now)
        assert not batch or now - sent_at >= 5 * SECOND
        sent_at = now if batch else sent_at
        assert all(revision > got.get(tracker_id, -1) for tracker_id, revision in batch)
        got |= dict(batch)
    got |= dict(taken(batches, now + 5 * SECOND))
    assert got == newest


def test_the_next_batch_comes_after_the_rate_though_the_clock_is_set_back() -> None:
    batches = following(1)
    batches.begin([make_state(1)], NOTHING_STORED)
    assert taken(batches, NOON) == [(1001, 0)]
    back = NOON - timedelta(hours=1)
    batches.offer([make_state(1, 1)])
    due_at = batches.due_at(back)
    assert due_at == back + 5 * SECOND
    assert taken(batches, due_at) == [(1001, 1)]
