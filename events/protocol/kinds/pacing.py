"""When the next batch of a subscription may be sent (api §4.6)."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta

from events.protocol.kinds.following import Following
from events.protocol.rates import DEFAULT_RATE


class PacedFollowing(Following):
    """A subscription whose events come as batches, not too often."""

    def __init__(self) -> None:
        super().__init__()
        self._rate = DEFAULT_RATE
        self._due_at: datetime | None = None

    def pace(self, rate: timedelta) -> None:
        """Sends batches with at least this between them from now on."""
        self._rate = rate

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch may be sent, not before `now`; None while nothing waits."""
        if not self._has_waiting():
            return None
        return now if self._due_at is None else max(now, self._due_at)

    def _hurry(self) -> None:
        """Makes the next batch due at once: the first after a command."""
        self._due_at = None

    def _begin_batch(self, now: datetime) -> bool:
        """Whether a batch is due; the next one is due only after the pace."""
        if self.due_at(now) != now:
            return False
        self._due_at = now + self._rate
        return True

    @abstractmethod
    def _has_waiting(self) -> bool: ...
