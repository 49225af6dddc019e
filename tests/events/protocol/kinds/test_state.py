"""What waits for a login: every change in order, or the newest per source for a client that is behind."""

from __future__ import annotations

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from events.protocol.kinds.state import MAX_WAITING, StateSubscription, state_event
from tests.events.builders import make_state
from trackers.engine.state import State

SOURCES = (1, 2, 3)
sources = st.sampled_from(SOURCES)


class SubscriptionMachine(RuleBasedStateMachine):
    """Compares a subscription with what its client must end up with: the newest state of each open source."""

    @initialize()
    def begin(self) -> None:
        self.subscription = StateSubscription()
        self.revisions = dict.fromkeys(SOURCES, 0)
        self.blocked: dict[int, bool] = {}
        self.due: dict[int, int] = {}
        """The newest revision that was offered while it was open, by source, until the client got it."""
        self.got: dict[int, int] = {}

    def offer(self, *states: State) -> None:
        for state in states:
            if self.blocked.get(state.source_id) is False:
                self.due[state.source_id] = max(state.revision, self.due.get(state.source_id, -1))
        self.subscription.offer(states)

    @rule(source=sources, is_blocked=st.booleans())
    def follow(self, source: int, is_blocked: bool) -> None:
        self.subscription.add(source, tracker_id=source + 1000, is_blocked=is_blocked)
        self.blocked[source] = is_blocked
        self.got.pop(source, None)
        self.due.pop(source, None)
        self.offer(make_state(source, self.revisions[source]))

    @rule(source=sources, count=st.integers(1, 3))
    def change(self, source: int, count: int) -> None:
        before = self.revisions[source]
        self.revisions[source] += count
        self.offer(*(make_state(source, before + step) for step in range(1, count + 1)))

    @rule(source=sources, age=st.integers(0, 5))
    def hear_late(self, source: int, age: int) -> None:
        """A notice that was overtaken: after a first state, the snapshot's or another, it is no news."""
        assert not self.subscription.offer([make_state(source, max(0, self.revisions[source] - age))])

    @rule(source=sources)
    def block(self, source: int) -> None:
        assert self.subscription.block(source) is (self.blocked.get(source) is False)
        if source in self.blocked:
            self.blocked[source] = True
        self.due.pop(source, None)

    @rule(source=sources)
    def unblock(self, source: int) -> None:
        is_change = self.blocked.get(source) is True
        assert self.subscription.unblock(source) is is_change
        if is_change:
            self.blocked[source] = False
            self.got.pop(source, None)
            self.offer(make_state(source, self.revisions[source]))

    @rule(source=sources, by_tracker=st.booleans())
    def leave(self, source: int, by_tracker: bool) -> None:
        if by_tracker:
            self.subscription.remove_trackers([source + 1000])
        else:
            self.subscription.remove([source])
        for kept in (self.blocked, self.due, self.got):
            kept.pop(source, None)

    @rule()
    def fall_behind(self) -> None:
        assert not self.subscription.offer([], newest_only=True)

    @rule()
    def go_on_elsewhere(self) -> None:
        """What waited is left behind; the newest states come again from the database."""
        waiting = {state.source_id for state in self.waiting_states()}
        resumed = StateSubscription()
        resumed.resume(self.subscription.watches())
        self.subscription = resumed
        for source, revision in self.revisions.items():
            if source in waiting or self.got.get(source, -1) < revision:
                self.offer(make_state(source, revision))
            else:
                self.hear_late(source, age=0)

    @rule(count=st.integers(1, 4))
    def take(self, count: int) -> None:
        for _ in range(count):
            if (state := self.subscription.take()) is None:
                return
            source = state.source_id
            assert self.blocked.get(source) is False
            assert state.revision >= self.got.get(source, -1)
            self.got[source] = state.revision
            if self.due.get(source) == state.revision:
                del self.due[source]

    def waiting_states(self) -> list[State]:
        return [*self.subscription._waiting, *self.subscription._newest.values()]

    @invariant()
    def newest_state_is_with_the_client_or_on_its_way(self) -> None:
        if not hasattr(self, "subscription"):
            return
        assert self.subscription.source_ids == set(self.blocked)
        assert all(self.blocked[state.source_id] is False for state in self.waiting_states())
        waiting = {state.source_id: state.revision for state in self.waiting_states()}
        for source, revision in self.due.items():
            assert waiting[source] == revision

    def teardown(self) -> None:
        if hasattr(self, "subscription"):
            self.fall_behind()
            self.take(count=1000)
            assert self.due == {}


TestSubscription = SubscriptionMachine.TestCase
TestSubscription.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def taken(subscription: StateSubscription) -> list[tuple[int, int]]:
    """All that waits, as pairs of source and revision."""
    found = []
    while (state := subscription.take()) is not None:
        found.append((state.source_id, state.revision))
    return found


def following(*source_ids: int) -> StateSubscription:
    subscription = StateSubscription()
    for source_id in source_ids:
        subscription.add(source_id, tracker_id=source_id + 1000, is_blocked=False)
    return subscription


def test_every_change_is_kept_in_order() -> None:
    subscription = following(1, 2)
    subscription.offer([make_state(1, 1), make_state(2, 1), make_state(1, 2)])
    assert taken(subscription) == [(1, 1), (2, 1), (1, 2)]


def test_client_behind_gets_newest_states_only() -> None:
    subscription = following(1, 2)
    offered = [make_state(1, 1), make_state(2, 1), make_state(1, 2), make_state(1, 3)]
    assert subscription.offer(offered, newest_only=True)
    assert sorted(taken(subscription)) == [(1, 3), (2, 1)]


def test_state_that_is_not_newer_is_no_news() -> None:
    subscription = following(1)
    assert subscription.offer([make_state(1, 5)])
    assert not subscription.offer([make_state(1, 5), make_state(1, 4)])
    assert taken(subscription) == [(1, 5)]


def test_resumed_subscription_gets_every_state_once() -> None:
    subscription = following(1, 2, 3)
    subscription.offer([make_state(1, 4), make_state(2, 7), make_state(3, 1)])
    assert (first := subscription.take()) is not None
    assert first.source_id == 1
    resumed = StateSubscription()
    resumed.resume(subscription.watches())
    assert resumed.offer([make_state(1, 4), make_state(2, 7), make_state(3, 2)])
    assert taken(resumed) == [(2, 7), (3, 2)]
    assert taken(subscription) == [(2, 7), (3, 1)], "the one it left keeps what waits"


def test_handed_on_watches_are_not_shared() -> None:
    subscription = following(1)
    resumed = StateSubscription()
    resumed.resume(subscription.watches())
    assert subscription.block(1)
    assert resumed.offer([make_state(1, 1)])


def test_old_watches_leave_followed_sources_alone() -> None:
    subscription, resumed = following(1, 2), following(1)
    subscription.block(1)
    subscription.offer([make_state(2, 9)])
    taken(subscription)
    resumed.resume(subscription.watches())
    assert resumed.source_ids == {1, 2}
    resumed.offer([make_state(1, 3), make_state(2, 9)])
    assert taken(resumed) == [(1, 3)]


def test_subscribing_again_renews_the_current_state() -> None:
    subscription = following(1)
    subscription.offer([make_state(1, 5)])
    subscription.add(1, tracker_id=1001, is_blocked=False)
    assert subscription.offer([make_state(1, 5)])


def test_block_drops_what_waits_of_that_source_alone() -> None:
    subscription = following(1, 2)
    subscription.offer([make_state(1, 1), make_state(2, 1)])
    assert subscription.block(1)
    assert not subscription.offer([make_state(1, 2)])
    assert taken(subscription) == [(2, 1)]


def test_unfollowed_source_is_ignored() -> None:
    subscription = following(1)
    assert not subscription.offer([make_state(2, 1)])
    assert not subscription.block(2)
    assert not subscription.unblock(2)


def test_what_waits_is_bounded_by_the_sources_followed() -> None:
    subscription = following(*range(3))
    for revision in range(1, 20_000):
        subscription.offer([make_state(source_id, revision) for source_id in range(3)])
    waiting = taken(subscription)
    assert len(waiting) <= MAX_WAITING
    assert waiting == sorted(waiting, key=lambda pair: pair[1])
    assert dict(waiting) == dict.fromkeys(range(3), 19_999)


@pytest.mark.api(54)
def test_state_event_wraps_a_rendered_state() -> None:
    assert json.loads(state_event('{"source_id":7}', "2024-05-02 12:00:00")) == {
        "type": "event",
        "event": "state",
        "user_time": "2024-05-02 12:00:00",
        "data": {"source_id": 7},
    }
