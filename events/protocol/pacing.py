"""When the next batch of a subscription may be sent (api §4.6)."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TypeVar

from events.protocol.options import PacedOptions
from events.protocol.rates import DEFAULT_RATE
from events.protocol.subscription import Subscription

AnyPacedOptions = TypeVar("AnyPacedOptions", bound=PacedOptions)


class PacedSubscription(Subscription[AnyPacedOptions]):
    """A subscription whose events come as batches, not too often."""

    def __init__(self) -> None:
        super().__init__()
        self._rate = DEFAULT_RATE
        self._due_at: datetime | None = None

    def configure(self, options: AnyPacedOptions, time_zone: str) -> None:
        super().configure(options, time_zone)
        self._rate = options.rate

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch may be sent, not before `now`; None while nothing waits."""
        if not self._has_waiting():
            return None
        if self._due_at is None:
            return now
        # A clock that was set back would put it off until it is there again.
        self._due_at = min(self._due_at, now + self._rate)
        return max(now, self._due_at)

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
