"""Wheel: who is to be looked at in which second, so that nobody looks at the others."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Generic, TypeVar

T = TypeVar("T")


class Wheel(Generic[T]):
    """Seconds of a clock that never jumps, whatever the clock on the wall does, and who stands in each."""

    def __init__(self) -> None:
        self._at: dict[T, int] = {}
        self._seconds: dict[int, dict[T, None]] = {}

    def put(self, thing: T, due_s: float) -> None:
        """Has it looked at in the first second that is not too early, unless it is in an earlier one anyway."""
        second = math.ceil(due_s)
        if second < self._at.get(thing, math.inf):
            self.forget(thing)
            self._at[thing] = second
            self._seconds.setdefault(second, {})[thing] = None

    def forget(self, thing: T) -> None:
        """Has it looked at no longer."""
        second = self._at.pop(thing, None)
        if second is not None:
            del self._seconds[second][thing]

    def take(self, now_s: float) -> Collection[T]:
        """Those whose second has come; whoever is to be looked at again is to be put back."""
        due = [
            thing for second in [one for one in self._seconds if one <= now_s] for thing in self._seconds.pop(second)
        ]
        for thing in due:
            del self._at[thing]
        return due
