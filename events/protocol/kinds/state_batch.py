"""`state_batch`: the newest state of each tracker that changed, all at once, and not too often (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.wire.schema import any_of, list_of, record
from accounts.wire.terms import ID, one_of
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.options import FORMAT, ITEM, RATE_LIMIT, TARGET, BatchOptions
from events.protocol.pacing import PacedSubscription
from events.protocol.style import ItemShape
from events.protocol.subscription import Renderer, Snapshot
from trackers.engine.state import State
from trackers.rendering import schema


def source_state_item(tracker_id: int, source_id: int, state: str) -> str:
    """What a batch holds of one tracker: its ids beside the state (api §7.2)."""
    ids = f'"tracker_id":{tracker_id},"source_id":{source_id}'
    return f'{{"type":"source_state_event",{ids},"state":{state}}}'


def bare_state_item(tracker_id: int, source_id: int, state: str) -> str:
    """What a batch holds of one tracker for older clients: the state alone."""
    return state


def state_batch_event(items: list[str], user_time: str) -> str:
    """The event around items that are encoded already, of which there must be one."""
    # Of all the trackers of a large fleet this is megabytes: they are copied once.
    items[0] = f'{{"type":"event","event":"state_batch","user_time":"{user_time}","data":[{items[0]}'
    items[-1] += "]}"
    return ",".join(items)


ITEM_WRITERS = {ItemShape.EVENT: source_state_item, ItemShape.STATE: bare_state_item}


class StateBatchSubscription(PacedSubscription[BatchOptions]):
    """What changed since the last batch, as it is now (api §4.6)."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, State] = {}
        self._item_shape: ItemShape | None = None

    def configure(self, options: BatchOptions, time_zone: str) -> None:
        super().configure(options, time_zone)
        self._item_shape = options.item

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        self._hurry()
        self.offer(states)

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
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

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        if not self._begin_batch(now):
            return None
        states, self._waiting = list(self._waiting.values()), {}
        shape = self._item_shape or renderer.item_shape
        return renderer.state_batch_event(states, self.tracker_id, self.style, shape, now)

    def _has_waiting(self) -> bool:
        return bool(self._waiting)

    def _waiting_states(self) -> Iterable[State]:
        return self._waiting.values()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._waiting.pop(source_id, None)


_ITEM = record(
    "StateItem",
    type=one_of("source_state_event"),
    tracker_id=ID,
    source_id=ID,
    state=any_of(schema.STATE, schema.COMPACT_STATE),
)

STATE_BATCH = Kind(
    name="state_batch",
    subscription=StateBatchSubscription,
    options=BatchOptions,
    selection=TARGET,
    parameters=(RATE_LIMIT, FORMAT, ITEM),
    event=MessageSchema(
        "state_batch",
        "The states of all trackers at once, then of those that changed; their shape is that of the request's `item`.",
        event_schema("state_batch", list_of(any_of(_ITEM, schema.STATE, schema.COMPACT_STATE), least=1)),
        {
            "type": "event",
            "event": "state_batch",
            "user_time": schema.EXAMPLE_TIME,
            "data": [
                {"type": "source_state_event", "tracker_id": 1, "source_id": 90411, "state": schema.EXAMPLE_STATE},
            ],
        },
    ),
)
