"""`state`: every state of a tracker, as soon as it comes (api §4.6, §4.7)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.wire.schema import any_of
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.news import News
from events.protocol.numbering import with_tracker
from events.protocol.options import FORMAT, TRACKERS, Options
from events.protocol.subscription import Renderer, Subscription, conflation
from trackers.engine.state import State
from trackers.rendering import schema

# A client that takes states more slowly than they come, though it does take them, may be so far behind.
MAX_WAITING = 10_000
MAX_WAITING_PER_SOURCE = 2


def state_event(state: str, user_time: str) -> str:
    """The event around a state that is rendered and encoded already; `user_time` needs no escapes."""
    return f'{{"type":"event","event":"state","user_time":"{user_time}","data":{state}}}'


class StateSubscription(Subscription[Options]):
    """Every change in order, or the newest per source for a client that is behind."""

    # A state that came as news meanwhile is newer than what is known, which then is none.
    begins_bit_by_bit = True

    __slots__ = ("_newest", "_waiting")

    def __init__(self) -> None:
        super().__init__()
        # A list, as it is empty for most: that takes a tenth of an empty deque's memory.
        self._waiting: list[State] = []
        # The newest state of each source, behind what waits; empty for a client that keeps up.
        self._newest: OrderedDict[int, State] = OrderedDict()

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        """Takes those of the states that are news here to the end of what waits; whether there were any."""
        fresh = self._news(states)
        self._waiting.extend(fresh)
        waiting = len(self._waiting)
        is_far_behind = waiting > MAX_WAITING and waiting > MAX_WAITING_PER_SOURCE * len(self._watches)
        if newest_only or self._newest or is_far_behind:
            self._keep_newest()
        return bool(fresh)

    def sole_event(self, news: News, now: datetime, renderer: Renderer) -> str | None:
        if len(news.states) != 1:
            return None
        state = news.states[0]
        watch = self._watches.get(state.source_id)
        if watch is None or watch.is_blocked or state.revision <= watch.last_revision:
            return None
        watch.last_revision = state.revision
        return self._event(state, now, renderer)

    def _keep_newest(self) -> None:
        for state in self._waiting:
            conflation.count += state.source_id in self._newest
            self._newest[state.source_id] = state
        self._waiting.clear()

    def take(self) -> State | None:
        """The state that waits longest; None when none does."""
        if self._waiting:
            return self._waiting.pop(0)
        return self._newest.popitem(last=False)[1] if self._newest else None

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        if (state := self.take()) is None:
            return None
        return self._event(state, now, renderer)

    def _event(self, state: State, now: datetime, renderer: Renderer) -> str | None:
        """The event for a state that was taken; None where its client is to see none any more."""
        text = renderer.state_event(state, self.style, now)
        return with_tracker(text, self.tracker_id(state.source_id)) if self.is_numbered else text

    def _waiting_states(self) -> Iterable[State]:
        return [*self._waiting, *self._newest.values()]

    def _drop_waiting(self, source_ids: set[int]) -> None:
        self._waiting = [state for state in self._waiting if state.source_id not in source_ids]
        for source_id in source_ids:
            self._newest.pop(source_id, None)


STATE = Kind(
    name="state",
    subscription=StateSubscription,
    options=Options,
    selection=TRACKERS,
    parameters=(FORMAT,),
    event=MessageSchema(
        "state",
        "A source's state: at once, then at every change.",
        event_schema("state", any_of(schema.STATE, schema.COMPACT_STATE), has_tracker=True),
        {"type": "event", "event": "state", "user_time": schema.EXAMPLE_TIME, "data": schema.EXAMPLE_STATE},
    ),
)
