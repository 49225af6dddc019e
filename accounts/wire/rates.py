"""How often each caller may do something. Pure: the clock is an argument."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_S = 1.0
MOST_KEYS = 10_000


@dataclass(slots=True)
class Window:
    """Counts what one caller does, in seconds that begin with the first of it."""

    begins_at: float = -WINDOW_S
    count: int = 0

    def is_over(self, now: float) -> bool:
        """Whether its second has passed."""
        return now - self.begins_at >= WINDOW_S

    def take(self, *, limit: int, now: float) -> bool:
        """Whether one more is within `limit`; what is not, does not count.

        `now` is in seconds of a clock that never goes back.
        """
        if self.is_over(now):
            self.begins_at, self.count = now, 0
        if self.count >= limit:
            return False
        self.count += 1
        return True


class Rates:
    """Rates of many callers, each under a key.

    A key is kept for its second only, and of more than `most_keys` the oldest is forgotten: strangers choose keys.
    """

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most_keys = most_keys
        # By the beginnings of their seconds, the oldest first.
        self._windows: OrderedDict[str, Window] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._windows)

    def take(self, key: str, *, limit: int, now: float) -> bool:
        """Whether one more is within `limit` for this key."""
        while self._windows and next(iter(self._windows.values())).is_over(now):
            self._windows.popitem(last=False)
        window = self._windows.get(key) or self._begin(key)
        return window.take(limit=limit, now=now)

    def is_used_up(self, key: str, *, limit: int, now: float) -> bool:
        """Whether this key has done as much as it may within its second."""
        window = self._windows.get(key)
        return window is not None and not window.is_over(now) and window.count >= limit

    def _begin(self, key: str) -> Window:
        if len(self._windows) >= self._most_keys:
            self._windows.popitem(last=False)
        window = self._windows[key] = Window()
        return window
