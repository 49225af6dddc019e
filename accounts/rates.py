"""How often each caller may do something. Pure: the clock is an argument."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_S = 1.0
MOST_KEYS = 10_000


@dataclass(slots=True)
class _Window:
    begins_at: float
    count: int = 0


class Rates:
    """Counts what is done under each key, in seconds that begin with the first of it.

    A key is kept for its second only, and of more than `most_keys` the oldest is forgotten: strangers choose keys.
    """

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most_keys = most_keys
        # By the beginnings of their seconds, the oldest first.
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._windows)

    def take(self, key: str, *, limit: int, now: float) -> bool:
        """Whether one more is within `limit`; what is not, does not count.

        `now` is in seconds of a clock that never goes back.
        """
        self._forget_old(now)
        window = self._windows.get(key)
        if window is None:
            window = self._begin(key, now)
        if window.count >= limit:
            return False
        window.count += 1
        return True

    def _begin(self, key: str, now: float) -> _Window:
        if len(self._windows) >= self._most_keys:
            self._windows.popitem(last=False)
        window = self._windows[key] = _Window(now)
        return window

    def _forget_old(self, now: float) -> None:
        while self._windows and now - next(iter(self._windows.values())).begins_at >= WINDOW_S:
            self._windows.popitem(last=False)
