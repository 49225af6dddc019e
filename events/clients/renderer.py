"""Renders each state once per process for all viewers that read it alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from accounts.wire.dates import format_date
from events.protocol import messages
from trackers.engine.state import State
from trackers.rendering.states import StateFormat, state_document

# About 1 KB each; when there are more the cache starts anew.
MAX_CACHED_STATES = 20_000
MAX_CACHED_CLOCKS = 1_000
MAX_CACHED_STYLES = 1_000

# From tracker id, source id and rendered state to an item of a batch.
ItemWriter = Callable[[int, int, str], str]


@dataclass(frozen=True, eq=False)
class Style:
    """What makes two viewers read a state alike. `style_of` gives out one object of each, so that it is its own key."""

    form: StateFormat
    time_zone: str
    iso: bool

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@lru_cache(maxsize=MAX_CACHED_STYLES)
def style_of(form: StateFormat, time_zone: str, iso: bool) -> Style:
    """The style that reads states in this format, zone and form of dates."""
    return Style(form, time_zone, iso)


class StateRenderer:
    """`state` events as text. The state's part is kept by revision and style, the whole text for a second."""

    def __init__(self, item: ItemWriter = messages.source_state_item) -> None:
        """`item` writes what a batch holds of one tracker."""
        self._item = item
        self._states: dict[tuple[int, Style], tuple[int, str]] = {}
        self._events: dict[tuple[int, Style], tuple[int, str, str]] = {}
        # One notice reaches client after client: most ask for just what the one before did.
        self._last: tuple[State, Style, datetime, str] | None = None
        self._clocks: dict[tuple[str, bool], tuple[int, str]] = {}

    def state_event(self, state: State, style: Style, now: datetime) -> str:
        """The message for a state at `now`."""
        last = self._last
        if last is not None and last[0] is state and last[1] is style and last[2] is now:
            return last[3]
        text = self._event(state, style, now)
        self._last = (state, style, now, text)
        return text

    def state_batch(self, batch: Iterable[tuple[int, State]], style: Style, now: datetime) -> str:
        """The message for a batch of pairs of tracker id and state at `now`."""
        items = [
            self._item(tracker_id, state.source_id, self._state((state.source_id, style), state))
            for tracker_id, state in batch
        ]
        return messages.state_batch_event(items, self._user_time(style, now))

    def _event(self, state: State, style: Style, now: datetime) -> str:
        user_time = self._user_time(style, now)
        key = (state.source_id, style)
        kept = self._events.get(key)
        if kept is not None and kept[0] == state.revision and kept[1] == user_time:
            return kept[2]
        text = messages.state_event(self._state(key, state), user_time)
        if len(self._events) >= MAX_CACHED_STATES:
            self._events.clear()
        self._events[key] = (state.revision, user_time, text)
        return text

    def _state(self, key: tuple[int, Style], state: State) -> str:
        kept = self._states.get(key)
        if kept is not None and kept[0] == state.revision:
            return kept[1]
        style = key[1]
        text = messages.encode_plain(state_document(state, style.form, style.zone, iso=style.iso))
        if len(self._states) >= MAX_CACHED_STATES:
            self._states.clear()
        self._states[key] = (state.revision, text)
        return text

    def _user_time(self, style: Style, now: datetime) -> str:
        second = int(now.timestamp())
        key = (style.time_zone, style.iso)
        kept = self._clocks.get(key)
        if kept is None or kept[0] != second:
            if len(self._clocks) >= MAX_CACHED_CLOCKS:
                self._clocks.clear()
            kept = (second, format_date(now, style.zone, iso=style.iso))
            self._clocks[key] = kept
        return kept[1]
