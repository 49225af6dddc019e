"""A `state` subscription: what it follows, and the states that wait for it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

from events.protocol.kinds.following import Following
from trackers.engine.state import State

# A client that takes states more slowly than they come, though it does take them, may be so far behind.
MAX_WAITING = 10_000
MAX_WAITING_PER_SOURCE = 2


class StateSubscription(Following):
    """Every change in order, or the newest per source for a client that is behind."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[State] = deque()
        # The newest state of each source, behind what waits; empty for a client that keeps up.
        self._newest: OrderedDict[int, State] = OrderedDict()

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        """Takes those of the states that are news here to the end of what waits; whether there were any.

        With `newest_only`, for a client that is away or slow, the newest state of each source is all that waits.
        """
        fresh = self._news(states)
        self._waiting.extend(fresh)
        waiting = len(self._waiting)
        is_far_behind = waiting > MAX_WAITING and waiting > MAX_WAITING_PER_SOURCE * len(self._watches)
        if newest_only or self._newest or is_far_behind:
            self._keep_newest()
        return bool(fresh)

    def _keep_newest(self) -> None:
        while self._waiting:
            state = self._waiting.popleft()
            self._newest[state.source_id] = state

    def take(self) -> State | None:
        """The state that waits longest; None when none does."""
        if self._waiting:
            return self._waiting.popleft()
        return self._newest.popitem(last=False)[1] if self._newest else None

    def _waiting_states(self) -> Iterable[State]:
        return [*self._waiting, *self._newest.values()]

    def _drop_waiting(self, source_ids: set[int]) -> None:
        self._waiting = deque(state for state in self._waiting if state.source_id not in source_ids)
        for source_id in source_ids:
            self._newest.pop(source_id, None)
