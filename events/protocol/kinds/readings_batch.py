"""A `readings_batch` subscription: first everything, then what changed (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from events.protocol.kinds.pacing import PacedFollowing
from trackers.engine.labelled_readings import ShownReadings, merge_changes
from trackers.engine.state import Attribute, State
from trackers.rendering.readings import changed_fields


@dataclass(slots=True)
class ReadingsItem:
    """What a batch holds of one tracker."""

    tracker_id: int
    shown: ShownReadings
    fields: dict[str, Attribute] = field(default_factory=dict)
    is_whole: bool = False
    """Everything that is known, not only what changed."""


@dataclass(slots=True)
class _Told:
    """What the client was told of a source, or will be with the next batch."""

    state: State
    revision: int
    """Of the readings."""
    has_gap: bool = False
    """A change was not heard; what it changed is told when everything is compared."""


class ReadingsSubscription(PacedFollowing):
    """Readings that changed since the last batch."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[int, _Told] = {}
        self._waiting: dict[int, ReadingsItem] = {}

    def begin(self, sources: Iterable[tuple[ShownReadings, State]]) -> None:
        """Offers all readings of the sources that a command named: they come at once."""
        self._hurry()
        for shown, state in sources:
            self._tell_all(shown, state)

    def offer(self, states: Sequence[State], changes: Sequence[ShownReadings]) -> bool:
        """Takes what changed; whether any of it is news here."""
        heard = [self._hear_state(state) for state in self._news(states)]
        heard += [self._hear_change(change) for change in changes]
        return any(heard)

    def replace(self, shown: ShownReadings, state: State) -> bool:
        """Compares with all that there is of a source, and takes it all if something was missed; whether it was."""
        told = self._told.get(shown.source_id)
        is_known = told is not None and not told.has_gap and told.revision == shown.revision
        is_right = is_known and told is not None and told.state.additional == state.additional
        if is_right or not self._is_open(shown.source_id):
            return False
        self._tell_all(shown, state)
        return True

    def show(self, shown: ShownReadings) -> bool:
        """Takes all readings of a source anew, whose sensors or counters were changed; whether that is news here."""
        told = self._told.get(shown.source_id)
        if told is None or shown.revision <= told.revision:
            return False
        self._tell_all(shown, told.state)
        return True

    def take(self, now: datetime) -> list[ReadingsItem]:
        """The batch that is due; empty if none is."""
        if not self._begin_batch(now):
            return []
        batch, self._waiting = list(self._waiting.values()), {}
        return batch

    def unblock(self, source_id: int) -> bool:
        """Lets a source through again; what it shows now comes with `replace`."""
        is_change = super().unblock(source_id)
        if is_change:
            self._told.pop(source_id, None)
        return is_change

    def _tell_all(self, shown: ShownReadings, state: State) -> None:
        source_id = shown.source_id
        if not self._is_open(source_id):
            return
        watch = self._watches[source_id]
        watch.last_revision = max(watch.last_revision, state.revision)
        self._told[source_id] = _Told(state, shown.revision)
        self._waiting[source_id] = ReadingsItem(watch.tracker_id, shown, dict(state.additional), is_whole=True)

    def _hear_state(self, state: State) -> bool:
        told = self._told.get(state.source_id)
        if told is None:
            return False  # everything of it comes first
        fields = changed_fields(told.state, state)
        told.state = state
        if fields:
            self._item(state.source_id).fields.update(fields)
        return bool(fields)

    def _hear_change(self, change: ShownReadings) -> bool:
        told = self._told.get(change.source_id)
        if told is None or not self._is_open(change.source_id) or change.revision <= told.revision:
            return False
        told.has_gap = told.has_gap or change.revision > told.revision + 1
        told.revision = change.revision
        item = self._item(change.source_id)
        item.shown = merge_changes(item.shown, change)
        return True

    def _item(self, source_id: int) -> ReadingsItem:
        item = self._waiting.get(source_id)
        if item is None:
            nothing = ShownReadings(source_id, self._told[source_id].revision)
            item = self._waiting[source_id] = ReadingsItem(self._watches[source_id].tracker_id, nothing)
        return item

    def _has_waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def waiting_count(self) -> int:
        return len(self._waiting)

    def _waiting_states(self) -> Iterable[State]:
        return ()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._waiting.pop(source_id, None)
            self._told.pop(source_id, None)
