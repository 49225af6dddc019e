"""Detector of what the channel layer lost, by the numbers that publishers give (docs/architecture.md). Pure.

It never trusts its own clock to say that others fell silent: a loop that was blocked heard nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.wire.notices import Stream

# Publishers tick once a second; after listening so long without a tick something is wrong.
SILENCE_S = 3.0
# Between two beats no more counts as listened to, however long the loop was blocked.
LONGEST_BEAT_S = 1.5
# A publisher that died is remembered so long: one that was only slow goes on where it left off, and nothing was lost.
REMEMBERED_S = 300.0


@dataclass(frozen=True, slots=True)
class Tick:
    """What a publisher says once a second."""

    number: int
    after_s: float
    """Since the tick before, or since it began, by its own monotonic clock."""
    numbers: Iterable[tuple[Stream, int, int]]
    """The streams that got notices since: stream, the last number, how many notices."""
    is_last: bool = False
    """Whether the publisher ends in good order."""


@dataclass(slots=True)
class _Heard:
    """What one publisher was heard to say last."""

    at_s: float
    tick: int | None = None
    is_silent: bool = False
    numbers: dict[Stream, int] = field(default_factory=dict)
    firsts: dict[Stream, int] = field(default_factory=dict)
    """The first number heard of a stream whose earlier ones are not known: the next tick tells what it hides."""


class LossDetector:
    """Compares what was heard of each publisher with what it says it sent. Times are of a monotonic clock."""

    def __init__(self, now_s: float) -> None:
        """To be made when hearing begins: what was said before that is of no concern."""
        self._began_s = self._beat_s = now_s
        self._listened_s = 0.0
        self._publishers: dict[str, _Heard] = {}

    def hear_notice(self, publisher: str, stream: Stream, number: int) -> bool:
        """Notes a notice; whether an earlier one of that stream is known to be lost."""
        heard = self._hear(publisher)
        # Numbers begin at 1, in the first notice of a publisher that had not begun yet when hearing began.
        last = heard.numbers.get(stream, 0)
        # A tick may have told of this notice already, when it overtook it on the layer; and what could not be sent in
        # time may come twice.
        heard.numbers[stream] = max(number, last)
        if last == 0 and number > 1:
            heard.firsts[stream] = number
            return False
        return number > last + 1

    def hear_tick(self, publisher: str, tick: Tick, now_s: float) -> frozenset[Stream] | None:
        """Notes a tick; the streams that missed a notice, None when it may be any of them."""
        heard = self._hear(publisher)
        heard.is_silent = tick.is_last
        if heard.tick == tick.number:
            return frozenset()  # it came twice
        has_gap = self._lacks_ticks(heard.tick, tick, now_s)
        missed = {stream for stream, last, count in tick.numbers if _misses(heard, stream, last, count)}
        heard.tick = tick.number
        # A tick says only what changed since the one before: with a gap it is not known what the lost ones said.
        return None if has_gap else frozenset(missed)

    def beat(self, now_s: float) -> bool:
        """Counts time; whether a publisher fell silent, whose last notices may be lost. To be called every second."""
        self._listened_s += min(now_s - self._beat_s, LONGEST_BEAT_S)
        self._beat_s = now_s
        silent = [heard for heard in self._publishers.values() if self._silence_s(heard) > SILENCE_S]
        news = [heard for heard in silent if not heard.is_silent]
        for heard in news:
            heard.is_silent = True
        self._publishers = {
            name: heard for name, heard in self._publishers.items() if self._silence_s(heard) < REMEMBERED_S
        }
        return bool(news)

    def hears(self, publisher: str) -> bool:
        """Whether the publisher was heard of late; of its own process's one, the layer is silent if not."""
        heard = self._publishers.get(publisher)
        return heard is not None and not heard.is_silent

    @property
    def has_settled(self) -> bool:
        """Whether hearing began long enough ago that whoever is there should have been heard."""
        return self._listened_s > SILENCE_S

    def _silence_s(self, heard: _Heard) -> float:
        return self._listened_s - heard.at_s

    def _lacks_ticks(self, last: int | None, tick: Tick, now_s: float) -> bool:
        """Whether ticks before this one were lost, not only said before hearing began."""
        if last is not None or tick.number == 1:
            return tick.number != (last or 0) + 1
        # It came after it was said, by however long it was on its way: the one before was said earlier still.
        return now_s - tick.after_s >= self._began_s

    def _hear(self, publisher: str) -> _Heard:
        heard = self._publishers.setdefault(publisher, _Heard(self._listened_s))
        heard.at_s, heard.is_silent = self._listened_s, False
        return heard


def _misses(heard: _Heard, stream: Stream, last: int, count: int) -> bool:
    """Whether a notice of a stream was lost since the tick before, or may have been; notes what was said."""
    known = heard.numbers.get(stream, 0)
    heard.numbers[stream] = max(known, last)
    first = heard.firsts.pop(stream, None)
    return known < last or (first is not None and first > last - count + 1)
