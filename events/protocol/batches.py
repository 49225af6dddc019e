"""A `state_batch` subscription: the newest state of each tracker, all that changed at once, and not too often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from events.protocol.following import Following
from events.protocol.rates import DEFAULT_RATE
from trackers.state import State


class StateBatchSubscription(Following):
    """What changed since the last batch, as it is now (contract 4.6)."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, State] = {}
        self._rate = DEFAULT_RATE
        self._due_at: datetime | None = None

    def pace(self, rate: timedelta) -> None:
        """Sends batches with at least this between them from now on."""
        self._rate = rate

    def begin(self, states: Sequence[State]) -> None:
        """Makes the next batch due at once: the first after a command, with these states in it."""
        self._due_at = None
        self.offer(states)

    def offer(self, states: Sequence[State]) -> bool:
        """Takes those of the states that are news here, in the place of older ones; whether there were any."""
        fresh = self._news(states)
        for state in fresh:
            self._waiting[state.source_id] = state
        return bool(fresh)

    def due_at(self, now: datetime) -> datetime | None:
        """When the next batch may be sent, not before `now`; None while nothing waits."""
        if not self._waiting:
            return None
        return now if self._due_at is None else max(now, self._due_at)

    def take(self, now: datetime) -> list[tuple[int, State]]:
        """The batch that is due, as pairs of tracker id and state; empty if none is."""
        if self.due_at(now) != now:
            return []
        batch = [(self._watches[source_id].tracker_id, state) for source_id, state in self._waiting.items()]
        self._waiting = {}
        self._due_at = now + self._rate
        return batch

    def _waiting_states(self) -> Iterable[State]:
        return self._waiting.values()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._waiting.pop(source_id, None)
