"""`state_batch`: the newest state of each tracker that changed, all at once, and not too often (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from accounts.wire.schema import any_of, list_of, record
from accounts.wire.terms import ID, one_of
from events.protocol.area import MAX_TRACKERS_IN_AREA, AreaCounts, View, counts_event, place_of
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.options import FORMAT, ITEM, RATE_LIMIT, TARGET_OR_AREA, BatchOptions
from events.protocol.pacing import PacedSubscription
from events.protocol.style import ItemShape
from events.protocol.subscription import Renderer, Snapshot, Watch
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
    """What changed since the last batch, as it is now (api §4.6): of sources that were named, and of those that are in
    an area.

    Who leaves the area is followed until a batch has told where it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, State] = {}
        self._item_shape: ItemShape | None = None
        self.view: View | None = None
        """Through which it looks at an area; None: at none."""
        self._passing: set[int] = set()
        # By source, the revision that was sent of those that were in the area, the oldest first.
        self._known: dict[int, int] = {}
        self._counts: AreaCounts | None = None
        self._is_counting = False

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
        if not self._is_counting:
            if not self._begin_batch(now):
                return None
            self._is_counting = self.view is not None
            if self._waiting:
                return self._next_batch(now, renderer)
        return self._next_counts(now, renderer)

    def _next_batch(self, now: datetime, renderer: Renderer) -> str:
        states, self._waiting = list(self._waiting.values()), {}
        shape = self._item_shape or renderer.item_shape
        text = renderer.state_batch_event(states, self.tracker_id, self.style, shape, now)
        if self.view is not None:
            self._part_from({one.source_id for one in states if self._has_left(one)} & self._passing)
        return text

    def _has_waiting(self) -> bool:
        # Whether counts are others than they were is found out when it is time to tell.
        return bool(self._waiting) or self.view is not None

    def _waiting_states(self) -> Iterable[State]:
        return self._waiting.values()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._waiting.pop(source_id, None)

    # What is in an area

    @property
    def passing(self) -> frozenset[int]:
        """The sources that are followed because they are in the area, or were until just now."""
        return frozenset(self._passing)

    def look(self, view: View, inside: Sequence[tuple[int, int, bool]], *, goes_on: bool = False) -> None:
        """Follows whoever is in an area: now these, as source, tracker, and whether it is blocked.

        Of those that are not there it is silent from now on; if it `goes_on` to look, it tells first that they left.
        """
        if self.view is not None:
            self.view.close()
        elif not goes_on:
            self._left_out.clear()
        self.view, self._counts, self._is_counting = view, None, False
        if not goes_on:
            self._hurry()
            self._part_from(self._passing - {source_id for source_id, *_ in inside})
        for source_id, tracker_id, is_blocked in inside:
            self.enter(source_id, tracker_id=tracker_id, is_blocked=is_blocked)

    def look_away(self) -> None:
        """Follows whoever is in the area no longer."""
        if self.view is not None:
            self.view.close()
            self.view = None
        self._is_counting = False
        self._part_from(set(self._passing))

    def enter(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """A source is in the area, be it for long; its state is news unless it was sent already."""
        if source_id in self._watches or tracker_id in self._left_out or not self._has_room:
            return
        self._watches[source_id] = Watch(tracker_id, is_blocked, self._known.pop(source_id, -1))
        self._passing.add(source_id)
        self.owner.follow(source_id, self)

    @property
    def _has_room(self) -> bool:
        is_crowded = self.view is not None and self.view.is_crowded
        return not is_crowded and len(self._passing) < MAX_TRACKERS_IN_AREA

    def has_sent(self, source_id: int, revision: int) -> bool:
        """Whether that was the state of a source when it was last in the area, and its client has it."""
        return self._known.get(source_id, -1) >= revision

    def forget(self, source_id: int) -> None:
        """What was sent of a source that is not followed now is of no use any more."""
        self._known.pop(source_id, None)

    def _part_from(self, source_ids: set[int]) -> None:
        """Follows these no longer, and remembers what their client has of them."""
        for source_id in source_ids:
            watch = self._watches[source_id]
            if source_id not in self._waiting and not watch.is_blocked and watch.last_revision >= 0:
                self._known[source_id] = watch.last_revision
        self.remove(source_ids)
        for source_id in tuple(islice(self._known, max(0, len(self._known) - MAX_TRACKERS_IN_AREA))):
            del self._known[source_id]

    def _next_counts(self, now: datetime, renderer: Renderer) -> str | None:
        """The event for counts that are others than those that were told."""
        self._is_counting = False
        if self.view is None or (counts := self.view.count()) == self._counts:
            return None
        self._counts = counts
        return counts_event(counts, renderer.user_time(self.style, now))

    def add(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """Follows a source that was named, wherever it is."""
        self._passing.discard(source_id)
        super().add(source_id, tracker_id=tracker_id, is_blocked=is_blocked)

    def remove(self, source_ids: Iterable[int]) -> None:
        gone = set(source_ids)
        super().remove(gone)
        self._passing -= gone

    def block(self, source_id: int) -> bool:
        # Who has left was followed until that would have been told.
        has_left = source_id in self._passing and self._has_left(self._waiting.get(source_id))
        is_change = super().block(source_id)
        if has_left:
            self._part_from({source_id})
        return is_change

    def _has_left(self, state: State | None) -> bool:
        return state is not None and self.view is not None and not self.view.area.holds(place_of(state))

    def end(self) -> None:
        self.look_away()
        super().end()

    def pass_on(self, source_ids: Iterable[int]) -> None:
        """These, which are about to be followed, were in the area where another left off; `resume` them, and `look`."""
        self._passing |= set(source_ids)


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
    selection=TARGET_OR_AREA,
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
