"""Whatever subset of notices and ticks is lost, the numbers tell (docs/architecture.md, "When notices get lost")."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.wire.notices import Stream
from events.hub.losses import LONGEST_BEAT_S, REMEMBERED_S, SILENCE_S, LossDetector, Tick

# Of an account and of a shard of it.
ACCOUNTS = (Stream(1), Stream(1, 0))
NOON_S = 43_200.0


@dataclass
class Publisher:
    """Numbers notices and repeats the last numbers, as accounts.notices says."""

    name: str
    numbers: Counter[Stream] = field(default_factory=Counter)
    counts: Counter[Stream] = field(default_factory=Counter)
    tick: int = 0
    ticked_s: float = 0.0

    def next_number(self, stream: Stream) -> int:
        self.numbers[stream] += 1
        self.counts[stream] += 1
        return self.numbers[stream]

    def next_tick(self, now_s: float, *, is_last: bool = False) -> Tick:
        self.tick += 1
        counts, self.counts = self.counts, Counter()
        after_s, self.ticked_s = now_s - self.ticked_s, now_s
        numbers = [(stream, self.numbers[stream], count) for stream, count in counts.items()]
        return Tick(self.tick, after_s, numbers, is_last)


class World:
    """Publishers, a layer that loses what it is told to lose, and a hearer that keeps what is not made good yet.

    Only what is published after hearing began can be lost: what came before is read from the database.
    """

    def __init__(self) -> None:
        self.publishers = [Publisher("a"), Publisher("b")]
        self.now_s = 0.0
        self.detector = LossDetector(self.now_s)
        self.is_hearing = True
        self.stale: set[Stream] = set()
        self.alarms = 0

    def make_good(self, accounts: set[Stream] | frozenset[Stream] | None) -> None:
        self.alarms += accounts is None or bool(accounts)
        self.stale -= self.stale if accounts is None else accounts

    def notice(self, publisher: int, stream: Stream, is_heard: bool) -> None:
        sender = self.publishers[publisher]
        number = sender.next_number(stream)
        if not self.is_hearing:
            return
        if not is_heard:
            self.stale.add(stream)
        elif self.detector.hear_notice(sender.name, stream, number):
            self.make_good({stream})

    def tick(self, publisher: int, is_heard: bool, is_last: bool = False) -> None:
        tick = self.publishers[publisher].next_tick(self.now_s, is_last=is_last)
        if is_heard and self.is_hearing:
            for _ in range(2):  # it may come twice
                self.make_good(self.detector.hear_tick(self.publishers[publisher].name, tick, self.now_s))

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        if self.is_hearing and self.detector.beat(self.now_s):
            self.make_good(None)

    def begin_to_hear(self) -> None:
        """A new channel, on which nobody was heard yet; all accounts are read when it is open."""
        self.is_hearing = True
        self.detector = LossDetector(self.now_s)
        self.stale.clear()


publishers, flags = st.integers(0, 1), st.booleans()
notices = st.tuples(st.just("notice"), publishers, st.sampled_from(ACCOUNTS), flags)
ticks = st.tuples(st.just("tick"), publishers, flags)
waits = st.tuples(st.just("wait"), st.integers(1, 4))
steps = st.lists(notices | ticks | waits, max_size=30)


def take(world: World, steps: list[tuple]) -> None:
    for name, *arguments in steps:
        getattr(world, name)(*arguments)


@given(steps, steps)
@example([], [("notice", 0, ACCOUNTS[0], False), ("notice", 0, ACCOUNTS[0], True)]).via(
    "the first notice of a publisher is lost"
)
@example([], [("notice", 0, ACCOUNTS[0], False), ("tick", 0, False)]).via(
    "the first notice of a publisher and its tick are lost"
)
@example([], [("notice", 0, ACCOUNTS[0], True), ("notice", 0, ACCOUNTS[1], False), ("tick", 0, False)]).via(
    "known by a notice alone"
)
@example([("notice", 0, ACCOUNTS[0], True)], [("notice", 0, ACCOUNTS[0], False), ("notice", 0, ACCOUNTS[0], True)]).via(
    "hides behind a first number"
)
@example([("tick", 0, True), ("wait", 1)], [("notice", 0, ACCOUNTS[0], False), ("wait", 1), ("tick", 0, False)]).via(
    "tick of one unheard"
)
def test_accounts_with_gaps_reload_at_the_next_tick(before: list[tuple], taken: list[tuple]) -> None:
    world = World()
    world.is_hearing = False
    take(world, before)
    world.begin_to_hear()
    take(world, taken)
    for publisher in range(len(world.publishers)):
        world.wait(1)
        world.tick(publisher, True)
    assert world.stale == set()


heard_notices = st.tuples(st.just("notice"), publishers, st.sampled_from(ACCOUNTS), st.just(True))
heard_ticks = st.tuples(st.just("tick"), publishers, st.just(True))


@given(st.lists(heard_notices | heard_ticks, max_size=30))
def test_nothing_is_reloaded_while_nothing_is_lost(taken: list[tuple]) -> None:
    world = World()
    take(world, taken)
    assert not world.alarms


@given(st.lists(heard_notices, max_size=10), st.lists(heard_notices | heard_ticks, max_size=30))
def test_unknown_publishers_first_number_reloads_nothing(before: list[tuple], taken: list[tuple]) -> None:
    """Of publishers that began long before, and said nothing between their last tick and the hearing."""
    world = World()
    world.is_hearing = False
    take(world, before)
    for publisher in range(len(world.publishers)):
        world.tick(publisher, True)
    world.wait(0.5)
    world.begin_to_hear()
    world.wait(0.5)
    take(world, taken)
    assert not world.alarms


def test_first_number_may_hide_others_until_the_tick() -> None:
    detector = LossDetector(0.0)
    assert not detector.hear_notice("a", ACCOUNTS[0], 501)
    assert not detector.hear_notice("a", ACCOUNTS[0], 502)
    assert detector.hear_tick("a", Tick(60, 1.0, [(ACCOUNTS[0], 502, 3)]), 0.5) == {ACCOUNTS[0]}
    assert detector.hear_tick("a", Tick(61, 1.0, [(ACCOUNTS[0], 502, 0)]), 1.5) == frozenset()


def test_publisher_that_falls_silent_is_noticed_once() -> None:
    world = World()
    world.tick(0, True)
    for seconds in (1, 1, 1):
        world.wait(seconds)
    assert not world.alarms
    assert world.detector.hears("a")
    world.wait(0.1)
    assert world.alarms == 1
    assert not world.detector.hears("a")
    world.wait(1)
    assert world.alarms == 1


def test_publisher_that_was_only_slow_reloads_nothing_more() -> None:
    world = World()
    world.tick(0, True)
    for _ in range(10):
        world.wait(1)
    assert world.alarms == 1
    world.notice(0, 1, True)
    world.tick(0, True)
    assert world.alarms == 1
    assert world.detector.hears("a")


def test_loop_that_was_blocked_believes_nobody_silent() -> None:
    world = World()
    world.tick(0, True)
    world.wait(100 * SILENCE_S)
    world.tick(0, True)
    world.wait(LONGEST_BEAT_S)
    assert not world.alarms


@pytest.mark.parametrize("goodbyes", [1, 2])
def test_goodbye_of_a_publisher_reloads_nothing(goodbyes: int) -> None:
    world = World()
    world.notice(0, 1, True)
    for _ in range(goodbyes):
        world.tick(0, True, is_last=True)
    for _ in range(int(REMEMBERED_S) + 10):
        world.wait(1)
    assert not world.alarms


def test_goodbye_tells_of_what_was_lost() -> None:
    world = World()
    world.notice(0, 1, False)
    world.tick(0, True, is_last=True)
    assert world.stale == set()


def test_notice_counts_as_a_sign_of_life() -> None:
    world = World()
    world.tick(0, True)
    for _ in range(10):
        world.wait(1)
        world.notice(0, 1, True)
    assert not world.alarms


@pytest.mark.parametrize(("after_s", "missed"), [(5.1, frozenset()), (5.0, None)])
def test_ticks_before_hearing_began_are_not_missed(after_s: float, missed: frozenset[int] | None) -> None:
    assert LossDetector(10.0).hear_tick("a", Tick(7, after_s, []), 15.0) == missed
