"""Whatever subset of notices and ticks is lost, the numbers tell (docs/architecture.md, "When notices get lost")."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events.hub.losses import SILENCE_S, LossDetector

ACCOUNTS = (1, 2)
NOON_S = 43_200.0


@dataclass
class Publisher:
    """Numbers notices and repeats the last numbers, as accounts.feed says."""

    name: str
    numbers: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    tick: int = 0

    def next_number(self, account_id: int) -> int:
        self.numbers[account_id] = self.numbers.get(account_id, 0) + 1
        self.changed.add(account_id)
        return self.numbers[account_id]

    def next_tick(self) -> tuple[int, list[tuple[int, int]]]:
        self.tick += 1
        changed, self.changed = self.changed, set()
        return self.tick, [(account_id, self.numbers[account_id]) for account_id in sorted(changed)]


class World:
    """Publishers, a layer that loses what it is told to lose, and a hearer that keeps what is not made good yet."""

    def __init__(self) -> None:
        self.publishers = [Publisher("a"), Publisher("b")]
        self.detector = LossDetector()
        self.now = NOON_S
        self.stale: set[int] = set()

    def notice(self, publisher: int, account_id: int, is_heard: bool) -> None:
        sender = self.publishers[publisher]
        number = sender.next_number(account_id)
        if not is_heard:
            self.stale.add(account_id)
        elif self.detector.hear_notice(sender.name, account_id, number, now=self.now):
            self.stale.discard(account_id)

    def tick(self, publisher: int, is_heard: bool) -> None:
        sender = self.publishers[publisher]
        number, numbers = sender.next_tick()
        if is_heard:
            missed = self.detector.hear_tick(sender.name, number, numbers, now=self.now)
            self.stale -= self.stale if missed is None else missed

    def wait(self, seconds: int) -> None:
        self.now += seconds
        if self.detector.forget_silent(self.now):
            self.stale.clear()


publishers, flags = st.integers(0, 1), st.booleans()
steps = st.lists(
    st.tuples(st.just("notice"), publishers, st.sampled_from(ACCOUNTS), flags)
    | st.tuples(st.just("tick"), publishers, flags)
    | st.tuples(st.just("wait"), st.integers(1, 4)),
    max_size=30,
)


@given(steps)
@example([("notice", 0, 1, False), ("notice", 0, 1, True)]).via("the first notice of a publisher is lost")
@example([("notice", 0, 1, False), ("tick", 0, False)]).via("the first notice of a publisher and its tick are lost")
@example([("notice", 0, 1, True), ("notice", 0, 2, False), ("tick", 0, False)]).via("known by a notice alone")
def test_accounts_with_gaps_reload_at_the_next_tick(taken: list[tuple]) -> None:
    world = World()
    for name, *arguments in taken:
        getattr(world, name)(*arguments)
    for publisher in range(len(world.publishers)):
        world.tick(publisher, True)
    assert world.stale == set()


@given(st.lists(st.tuples(publishers, st.sampled_from(ACCOUNTS) | st.none()), max_size=30))
def test_nothing_is_reloaded_while_nothing_is_lost(sent: list[tuple[int, int | None]]) -> None:
    world = World()
    for publisher, account_id in sent:
        sender = world.publishers[publisher]
        if account_id is None:
            number, numbers = sender.next_tick()
            assert world.detector.hear_tick(sender.name, number, numbers, now=NOON_S) == frozenset()
        else:
            number = sender.next_number(account_id)
            assert not world.detector.hear_notice(sender.name, account_id, number, now=NOON_S)


def test_publisher_that_falls_silent_is_noticed_once() -> None:
    detector = LossDetector()
    detector.hear_tick("a", 1, [], now=NOON_S)
    assert not detector.forget_silent(NOON_S + SILENCE_S)
    assert detector.hears("a")
    assert detector.forget_silent(NOON_S + SILENCE_S + 0.001)
    assert not detector.hears("a")
    assert not detector.forget_silent(NOON_S + 2 * SILENCE_S)


def test_notice_counts_as_a_sign_of_life() -> None:
    detector = LossDetector()
    detector.hear_tick("a", 1, [], now=NOON_S)
    detector.hear_notice("a", 1, 1, now=NOON_S + SILENCE_S)
    assert not detector.forget_silent(NOON_S + 2 * SILENCE_S)


@pytest.mark.parametrize(("tick", "missed"), [(1, frozenset()), (7, None)])
def test_publisher_first_heard_late_may_have_lost_anything(tick: int, missed: frozenset[int] | None) -> None:
    assert LossDetector().hear_tick("a", tick, [], now=NOON_S) == missed
