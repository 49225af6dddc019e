"""How much the log of events has of a tracker: asked here, told by the apps to the right that keep the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.selectors import Principal

Stretch = tuple[datetime, datetime]
"""From a moment to another, both included."""
Counter = Callable[[Principal, int, Sequence[Stretch]], list[int]]
_counters: list[Counter] = []


def count_by(counter: Counter) -> None:
    """Has `counter` asked how many entries about a tracker, by its id, a principal sees in each of some stretches."""
    _counters.append(counter)


def count_events(principal: Principal, tracker_id: int, stretches: Sequence[Stretch]) -> list[int]:
    """How many entries of the log the principal sees of each stretch, which are by time and apart (history §3.1)."""
    counts = [counter(principal, tracker_id, stretches) for counter in _counters]
    return [sum(of_one) for of_one in zip(*counts, strict=True)] if counts else [0] * len(stretches)
