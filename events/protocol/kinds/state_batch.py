"""A `state_batch` subscription: the newest state of each tracker, all that changed at once, and not too often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from events.protocol.kinds.pacing import PacedFollowing
from trackers.engine.state import State


class StateBatchSubscription(PacedFollowing):
    """What changed since the last batch, as it is now (api §4.6)."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, State] = {}

    def begin(self, states: Sequence[State]) -> None:
        """Offers the first states after a command: they come at once."""
        self._hurry()
        self.offer(states)

    def offer(self, states: Sequence[State]) -> bool:
        """Takes those of the states that are news here, in the place of older ones; whether there were any."""
        fresh = self._news(states)
        for state in fresh:
            self._waiting[state.source_id] = state
        return bool(fresh)

    def take(self, now: datetime) -> list[tuple[int, State]]:
        """The batch that is due, as pairs of tracker id and state; empty if none is."""
        if not self._begin_batch(now):
            return []
        batch = [(self._watches[source_id].tracker_id, state) for source_id, state in self._waiting.items()]
        self._waiting = {}
        return batch

    def _has_waiting(self) -> bool:
        return bool(self._waiting)

    def _waiting_states(self) -> Iterable[State]:
        return self._waiting.values()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._waiting.pop(source_id, None)
