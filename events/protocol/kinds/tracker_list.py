"""`tracker_list`: what `tracker/list` answers is other than it was (decision 123)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from accounts.wire.schema import object_of
from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.options import RATE_LIMIT, PacedOptions
from events.protocol.pacing import PacedSubscription
from events.protocol.subscription import Renderer, Snapshot, Watch
from trackers.engine.state import State
from trackers.rendering.schema import EXAMPLE_TIME


class TrackerListSubscription(PacedSubscription[PacedOptions]):
    """Follows no tracker, and hears that there are others, or that they are called otherwise."""

    brings_lifecycle = False
    is_of_trackers = False

    def __init__(self) -> None:
        super().__init__()
        self._is_changed = False

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        self.covers_all = True

    def note_change(self) -> bool:
        """Takes that the list is other than it was; whether that is to be told."""
        self._is_changed = self.covers_all
        return self._is_changed

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        if not self._begin_batch(now):
            return None
        self._is_changed = False
        user_time = renderer.user_time(self.style, now)
        return messages.encode({"type": "event", "event": "tracker_list", "user_time": user_time, "data": {}})

    @property
    def is_in_use(self) -> bool:
        return self.covers_all

    def resume(self, watches: Mapping[int, Watch]) -> None:
        """Between two processes a change may have passed unheard."""
        self.note_change()

    def lacks(self, source_ids: AbstractSet[int]) -> AbstractSet[int]:
        return frozenset()

    def _has_waiting(self) -> bool:
        return self._is_changed and self.covers_all

    def _waiting_states(self) -> Iterable[State]:
        return ()

    def _drop_waiting(self, source_ids: set[int]) -> None: ...


TRACKER_LIST = Kind(
    name="tracker_list",
    subscription=TrackerListSubscription,
    options=PacedOptions,
    selection=None,
    parameters=(RATE_LIMIT,),
    note="no trackers are named: it is about all that the caller may see",
    event=MessageSchema(
        "tracker_list",
        "What `tracker/list` answers may be other than it was: trackers came, went, were blocked, renamed, regrouped.",
        event_schema("tracker_list", object_of({})),
        {"type": "event", "event": "tracker_list", "user_time": EXAMPLE_TIME, "data": {}},
    ),
)
