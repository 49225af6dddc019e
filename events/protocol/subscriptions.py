"""What a login is subscribed to on one connection, and the states that wait for it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trackers.state import State

# A client that takes states more slowly than they come, though it does take them, may be so far behind.
MAX_WAITING = 10_000
MAX_WAITING_PER_SOURCE = 2


@dataclass(slots=True)
class Watch:
    """One tracker that a subscription follows."""

    tracker_id: int
    is_blocked: bool
    last_revision: int = -1
    """The newest state that was offered; what is not newer is no news."""


class StateSubscription:
    """A `state` subscription: every change in order, or the newest per source for a client that is behind."""

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}
        self._waiting: deque[State] = deque()
        # The newest state of each source, behind what waits; empty for a client that keeps up.
        self._newest: OrderedDict[int, State] = OrderedDict()

    @property
    def source_ids(self) -> frozenset[int]:
        return frozenset(self._watches)

    def watches(self) -> dict[int, Watch]:
        """What is followed, by source id, with the newest state that has left: for who goes on elsewhere."""
        found = {source_id: replace(watch) for source_id, watch in self._watches.items()}
        for state in [*self._newest.values(), *reversed(self._waiting)]:
            found[state.source_id].last_revision = state.revision - 1
        return found

    def resume(self, watches: Mapping[int, Watch]) -> None:
        """Goes on where another left off; what is followed already stays as it is."""
        self._watches = {**watches, **self._watches}

    def add(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """Follows a source; its current state is news again, even when it was followed before."""
        if is_blocked and source_id in self._watches:
            self._drop_waiting({source_id})
        self._watches[source_id] = Watch(tracker_id, is_blocked)

    def remove(self, source_ids: Iterable[int]) -> None:
        """Follows these sources no longer, and forgets what waits of them."""
        gone = set(source_ids)
        for source_id in gone:
            self._watches.pop(source_id, None)
        self._drop_waiting(gone)

    def remove_trackers(self, tracker_ids: Iterable[int]) -> None:
        """The same by tracker id."""
        wanted = set(tracker_ids)
        self.remove([source_id for source_id, watch in self._watches.items() if watch.tracker_id in wanted])

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        """Takes those of the states that are news here to the end of what waits; whether there were any.

        With `newest_only`, for a client that is away or slow, the newest state of each source is all that waits.
        """
        has_news = False
        for state in states:
            watch = self._watches.get(state.source_id)
            if watch is None or watch.is_blocked or state.revision <= watch.last_revision:
                continue
            watch.last_revision = state.revision
            self._waiting.append(state)
            has_news = True
        waiting = len(self._waiting)
        is_far_behind = waiting > MAX_WAITING and waiting > MAX_WAITING_PER_SOURCE * len(self._watches)
        if newest_only or self._newest or is_far_behind:
            self._keep_newest()
        return has_news

    def _keep_newest(self) -> None:
        while self._waiting:
            state = self._waiting.popleft()
            self._newest[state.source_id] = state

    def take(self) -> State | None:
        """The state that waits longest; None when none does."""
        if self._waiting:
            return self._waiting.popleft()
        return self._newest.popitem(last=False)[1] if self._newest else None

    def block(self, source_id: int) -> bool:
        """Stops a source's states; whether that is a change for this subscription."""
        watch = self._watches.get(source_id)
        if watch is None or watch.is_blocked:
            return False
        watch.is_blocked = True
        self._drop_waiting({source_id})
        return True

    def unblock(self, source_id: int) -> bool:
        """Lets a source's states through again, the current one first; whether that is a change."""
        watch = self._watches.get(source_id)
        if watch is None or not watch.is_blocked:
            return False
        self._watches[source_id] = Watch(watch.tracker_id, is_blocked=False)
        return True

    def _drop_waiting(self, source_ids: set[int]) -> None:
        self._waiting = deque(state for state in self._waiting if state.source_id not in source_ids)
        for source_id in source_ids:
            self._newest.pop(source_id, None)
