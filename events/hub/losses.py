"""Detector of what the channel layer lost, by the numbers that publishers give (docs/architecture.md). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Publishers tick once a second; after this long without a tick something is wrong.
SILENCE_S = 3.0


@dataclass(slots=True)
class _Heard:
    """What one publisher was heard to say last."""

    at: float
    tick: int = 0
    numbers: dict[int, int] = field(default_factory=dict)


class LossDetector:
    """Compares what was heard of each publisher with what it says it sent.

    `now` is the hearer's monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self._publishers: dict[str, _Heard] = {}

    def hear_notice(self, publisher: str, account_id: int, number: int, *, now: float) -> bool:
        """Notes a notice; whether an earlier one of that account was lost."""
        heard = self._hear(publisher, now)
        # Of a publisher that was not heard yet the first notices may be lost as well; numbers begin at 1.
        last = heard.numbers.get(account_id, 0)
        # A tick may have told of this notice already, when it overtook it on the layer.
        heard.numbers[account_id] = max(number, last)
        return number > last + 1

    def hear_tick(
        self, publisher: str, tick: int, numbers: Iterable[tuple[int, int]], *, now: float
    ) -> frozenset[int] | None:
        """Notes a tick; the accounts that missed a notice, None when it may be any of them."""
        heard = self._hear(publisher, now)
        missed = set()
        for account_id, number in numbers:
            if heard.numbers.get(account_id) != number:
                missed.add(account_id)
            heard.numbers[account_id] = number
        last, heard.tick = heard.tick, tick
        # A tick says only what changed since the one before: with a gap it is not known what the lost ones said.
        if tick != last + 1:
            return None
        return frozenset(missed)

    def forget_silent(self, now: float) -> bool:
        """Forgets the publishers that fell silent; whether there were any: their last notices may be lost."""
        silent = [name for name, heard in self._publishers.items() if now - heard.at > SILENCE_S]
        for name in silent:
            del self._publishers[name]
        return bool(silent)

    def hears(self, publisher: str) -> bool:
        """Whether the publisher was heard of late; of its own process's one, the layer is silent if not."""
        return publisher in self._publishers

    def _hear(self, publisher: str, now: float) -> _Heard:
        heard = self._publishers.setdefault(publisher, _Heard(at=now))
        heard.at = now
        return heard
