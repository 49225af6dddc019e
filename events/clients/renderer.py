"""Renders each state once per process for all viewers that read it alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import is_

from accounts.wire.dates import format_date
from accounts.wire.sharing import SharedFields
from alerts.engine.notices import RaisedAlert
from alerts.rendering.entries import render_entry
from events.protocol import messages
from events.protocol.kinds.history import history_event
from events.protocol.kinds.shared_state import shared_state_event
from events.protocol.kinds.state import state_event
from events.protocol.kinds.state_batch import ITEM_WRITERS, state_batch_event
from events.protocol.style import ItemShape, Style
from trackers.engine.state import State
from trackers.rendering.shared_states import render_shared_state
from trackers.rendering.states import state_document

# About 1 KB each; when there are more the cache starts anew.
MAX_CACHED_STATES = 20_000
MAX_CACHED_CLOCKS = 1_000
# Characters: some four thousand states. The last batch stays until the next one.
MAX_KEPT_BATCH = 4 * 1024 * 1024


class StateRenderer:
    """States and `state` events as text. A state is kept by revision and style, a whole event for a second."""

    def __init__(self, item_shape: ItemShape = ItemShape.EVENT) -> None:
        self.item_shape = item_shape
        """The shape of what a batch holds of one tracker."""
        self._states: dict[tuple[int, Style], tuple[int, str]] = {}
        self._last_batch: tuple[list[State], tuple[Style, ItemShape, str], str] | None = None
        # By style and shape, then by tracker.
        self._items: dict[tuple[Style, ItemShape], dict[int, tuple[State, str]]] = {}
        self._events: dict[tuple[int, Style], tuple[int, str, str]] = {}
        # One notice reaches client after client: most ask for just what the one before did.
        self._last: tuple[State, Style, datetime, str] | None = None
        self._last_alert: tuple[RaisedAlert, Style, str, str] | None = None
        self._last_shared: tuple[State, tuple[int, SharedFields, Style, str], str] | None = None
        self._clocks: dict[tuple[str, bool], tuple[int, str]] = {}

    def state_event(self, state: State, style: Style, now: datetime) -> str:
        """The message for a state at `now`."""
        last = self._last
        if last is not None and last[0] is state and last[1] is style and last[2] is now:
            return last[3]
        text = self._event(state, style, now)
        self._last = (state, style, now, text)
        return text

    def _event(self, state: State, style: Style, now: datetime) -> str:
        user_time = self.user_time(style, now)
        key = (state.source_id, style)
        kept = self._events.get(key)
        if kept is not None and kept[0] == state.revision and kept[1] == user_time:
            return kept[2]
        text = state_event(self.state_text(state, style), user_time)
        if len(self._events) >= MAX_CACHED_STATES:
            self._events.clear()
        self._events[key] = (state.revision, user_time, text)
        return text

    def state_text(self, state: State, style: Style) -> str:
        """A state as JSON."""
        key = (state.source_id, style)
        kept = self._states.get(key)
        if kept is not None and kept[0] == state.revision:
            return kept[1]
        text = messages.encode_plain(state_document(state, style.form, style.zone, iso=style.iso))
        if len(self._states) >= MAX_CACHED_STATES:
            self._states.clear()
        self._states[key] = (state.revision, text)
        return text

    def state_batch_event(
        self, states: list[State], tracker_id: Callable[[int], int], style: Style, shape: ItemShape, now: datetime
    ) -> str:
        """The message for the states of a batch at `now`; `tracker_id` says of a source by which tracker it is seen.

        Viewers of one fleet who are in step get the same text: an account has one tracker on a source, and another's
        states are other objects.
        """
        reading = (style, shape, self.user_time(style, now))
        last = self._last_batch
        if last is not None and last[1] == reading and _are_same(last[0], states):
            return last[2]
        text = state_batch_event(self._batch_items(states, tracker_id, style, shape), reading[-1])
        self._last_batch = (states, reading, text) if len(text) <= MAX_KEPT_BATCH else None
        return text

    def _batch_items(
        self, states: list[State], tracker_id: Callable[[int], int], style: Style, shape: ItemShape
    ) -> list[str]:
        if sum(map(len, self._items.values())) > MAX_CACHED_STATES:
            self._items.clear()
        kept, write = self._items.setdefault((style, shape), {}), ITEM_WRITERS[shape]
        items = []
        for state in states:
            seen_as = tracker_id(state.source_id)
            item = kept.get(seen_as)
            if item is None or item[0] is not state:
                text = write(seen_as, state.source_id, self.state_text(state, style))
                item = kept[seen_as] = (state, text)
            items.append(item[1])
        return items

    def shared_state_event(
        self, state: State, tracker_id: int, shown: SharedFields, style: Style, now: datetime
    ) -> str:
        """The message for what a share link shows of a state at `now`; all who look at one link get the same text."""
        reading = (tracker_id, shown, style, self.user_time(style, now))
        last = self._last_shared
        if last is not None and last[0] is state and last[1] == reading:
            return last[2]
        document = render_shared_state(state, tracker_id, shown, style.zone, iso=style.iso)
        text = shared_state_event(document, reading[-1])
        self._last_shared = (state, reading, text)
        return text

    def history_event(self, alert: RaisedAlert, style: Style, now: datetime) -> str:
        """The message for an alert at `now`."""
        user_time = self.user_time(style, now)
        last = self._last_alert
        if last is not None and last[0] is alert and last[1] is style and last[2] == user_time:
            return last[3]
        text = history_event(render_entry(alert, style.zone, iso=style.iso), user_time)
        self._last_alert = (alert, style, user_time, text)
        return text

    def user_time(self, style: Style, now: datetime) -> str:
        """A moment in the style's zone and form of dates."""
        second = int(now.timestamp())
        key = (style.time_zone, style.iso)
        kept = self._clocks.get(key)
        if kept is None or kept[0] != second:
            if len(self._clocks) >= MAX_CACHED_CLOCKS:
                self._clocks.clear()
            kept = (second, format_date(now, style.zone, iso=style.iso))
            self._clocks[key] = kept
        return kept[1]


def _are_same(some: list[State], others: list[State]) -> bool:
    """Whether two lists hold the very same objects."""
    return len(some) == len(others) and all(map(is_, some, others))
