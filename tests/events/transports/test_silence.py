"""When a silent websocket is pinged, and when an answer is missed, by a clock of the test's own."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest

from events.transports._silence import Patience, Round, Silence

USUAL = Patience(ping_s=20, answer_s=30)


class Minutes:
    """One websocket that is looked at when it says so, and no more often."""

    def __init__(self, patience: Patience = USUAL) -> None:
        self.silence = Silence(patience, 0)
        self.pings: list[int] = []
        self.missed: list[int] = []
        self.looks = 0
        self._next = self.silence.left_s(0)

    def pass_until(self, last: int, first: int = 1, *, at_ping: Callable[[], None] = lambda: None) -> Minutes:
        for now in range(first, last + 1):
            if now >= self._next:
                self._look(now, at_ping)
        return self

    def _look(self, now: int, at_ping: Callable[[], None]) -> None:
        self.looks += 1
        if self.silence.is_answer_missed(now):
            self.missed.append(now)
        if self.silence.must_ask(now):
            self.pings.append(now)
            at_ping()
        self._next = now + self.silence.left_s(now)


def test_silent_websocket_that_answers_is_looked_at_for_each_ping_only() -> None:
    minutes = Minutes()
    minutes.pass_until(100, at_ping=minutes.silence.hear_answer)
    assert (minutes.pings, minutes.missed, minutes.looks) == ([20, 40, 60, 80, 100], [], 5)


def test_each_ping_that_is_not_answered_in_time_is_missed() -> None:
    minutes = Minutes().pass_until(110)
    assert minutes.pings == [20, 40, 60, 80, 100]
    assert minutes.missed == [50, 70, 90, 110]


def test_whatever_is_said_puts_the_next_ping_off() -> None:
    minutes = Minutes().pass_until(15)
    minutes.silence.hear(15)
    assert minutes.pass_until(60, 16).pings == [35, 55]


def test_late_answer_is_one() -> None:
    minutes = Minutes().pass_until(45)
    minutes.silence.hear_answer()
    minutes.pass_until(89, 46)
    assert minutes.missed == []
    assert minutes.pass_until(90, 90).missed == [90], "the ping at 60"


def test_no_patience_for_answers_is_endless() -> None:
    assert Minutes(Patience(ping_s=20, answer_s=math.inf)).pass_until(500).missed == []


@pytest.mark.parametrize(("taken", "expected_s"), [(0, 280), (1, 100)])
def test_silence_lasts_until_something_is_said_or_taken(taken: int, expected_s: float) -> None:
    silence = Silence(USUAL, 0)
    assert silence.must_ask(20)
    assert silence.lasts_s(1000, 50) == 30
    assert silence.lasts_s(1000 - taken, 200) == (0 if taken else 180)
    assert silence.lasts_s(1010, 300) == expected_s, "another ping takes room as well"


class Bell:
    """Is due at once, so often."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.is_done = asyncio.Event()
        self.is_cut = False

    def break_silence(self, now: float) -> float | None:
        self.left -= 1
        if self.left == 0:
            self.is_done.set()
            return None
        return 0

    def abort(self) -> None:
        self.is_cut = True


class BrokenBell(Bell):
    """Each look raises, and so may what cuts it."""

    def __init__(self, *, is_cuttable: bool = True) -> None:
        super().__init__(0)
        self.looks = 0
        self._is_cuttable = is_cuttable

    def break_silence(self, now: float) -> float | None:
        self.looks += 1
        raise ValueError("as nobody expected")

    def abort(self) -> None:
        if not self._is_cuttable:
            raise OSError("as nobody expected either")
        super().abort()


async def test_who_is_due_is_looked_at_until_nothing_is_due_any_more() -> None:
    going = Round()
    bell, left = Bell(2), Bell(1)
    going.join(left, 0)
    going.join(bell, 0)
    going.leave(left)
    async with asyncio.timeout(20):
        await bell.is_done.wait()
    assert (left.left, bell.is_cut) == (1, False)


async def test_who_cannot_be_looked_at_is_cut_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    going = Round()
    broken, other = BrokenBell(), Bell(3)
    going.join(broken, 0)
    going.join(other, 0)
    async with asyncio.timeout(20):
        await other.is_done.wait()
    assert (broken.is_cut, broken.looks, other.is_cut) == (True, 1, False)
    (record,) = [one for one in caplog.records if one.name == "events.transports._silence"]
    assert record.exc_info is not None
    assert "as nobody expected" in caplog.text


async def test_who_cannot_even_be_cut_takes_no_turn_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    going = Round()
    broken, other = BrokenBell(is_cuttable=False), Bell(2)
    going.join(broken, 0)
    going.join(other, 0)
    async with asyncio.timeout(20):
        await other.is_done.wait()
    assert "as nobody expected either" in caplog.text
