"""Backoff: when something that failed is tried again. Pure."""

from __future__ import annotations


class Backoff:
    """Allows a try at once, and each further one after a pause that doubles from `first_s` up to `most_s` seconds."""

    def __init__(self, *, first_s: float, most_s: float) -> None:
        self._first_s, self._most_s = first_s, most_s
        self.reset()

    def reset(self) -> None:
        """Begins anew: what is tried next is the first try."""
        self.pause_s = 0.0
        """How long the next try has to wait after the last one."""
        self._tried_at: float | None = None

    def take(self, now_s: float) -> bool:
        """Whether a try is due now; if so, it counts as made. `now_s` is a monotonic clock's."""
        if self._tried_at is not None and now_s - self._tried_at < self.pause_s:
            return False
        self._tried_at = now_s
        self.pause_s = min(max(2 * self.pause_s, self._first_s), self._most_s)
        return True
