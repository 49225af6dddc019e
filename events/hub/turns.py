"""Turns: of many things some are looked at each time, the next time the next."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# What is looked at once a second takes the loop for some milliseconds at most.
AT_ONCE = 2_000


class Turns:
    """Place in a list that is gone through bit by bit, and then again. What comes and goes meanwhile may be missed
    once, or seen twice."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._place = 0

    def take(self, things: Iterable[T]) -> tuple[T, ...]:
        """Those whose turn it is, at most `at_once`."""
        taken = tuple(islice(things, self._place, self._place + self._at_once))
        self._place = self._place + self._at_once if len(taken) == self._at_once else 0
        return taken
