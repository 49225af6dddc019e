"""`readings_batch`: first all readings of sensors and counters, then what changed (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.wire.parameters import check_text
from accounts.wire.schema import any_of, by_id, list_of, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, one_of, printable
from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind, Need
from events.protocol.news import News
from events.protocol.options import ITEM, RATE_LIMIT, TARGET, BatchOptions, Parameter, read_flag
from events.protocol.pacing import PacedSubscription
from events.protocol.style import ItemShape
from events.protocol.subscription import Renderer, Snapshot
from trackers.engine.labelled_readings import ShownReadings, merge_changes
from trackers.engine.state import Attribute, State
from trackers.rendering.readings import EVERYTHING, ReadingsFilter, changed_fields, render_readings
from trackers.rendering.schema import EXAMPLE_COUNTER, EXAMPLE_TIME, READINGS

MAX_SENSOR_TYPE_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class ReadingsOptions(BatchOptions):
    """Options of a subscription to readings."""

    sensor_type: str | None = None
    """Readings of sensors of this type only; None: all readings."""
    include_components: bool = True
    """Readings of sensors that others sum up too."""


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


def readings_item(tracker_id: int, lists: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """What a batch holds of one tracker (api §7.3)."""
    return {"type": "readings_event", "tracker_id": tracker_id, **lists, "timestamp": timestamp}


def bare_readings_item(tracker_id: int, lists: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """What a batch holds of one tracker for older clients: the lists by tracker id."""
    return {str(tracker_id): lists}


def readings_batch_event(items: Sequence[Any], user_time: str) -> str:
    """The event around the items."""
    return messages.encode({"type": "event", "event": "readings_batch", "user_time": user_time, "data": items})


ItemWriter = Callable[[int, Mapping[str, Any], str], dict[str, Any]]
_ITEM_WRITERS: dict[ItemShape, ItemWriter] = {ItemShape.EVENT: readings_item, ItemShape.STATE: bare_readings_item}


class ReadingsSubscription(PacedSubscription[ReadingsOptions]):
    """Readings that changed since the last batch."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = EVERYTHING
        self._item_shape: ItemShape | None = None
        self._told: dict[int, _Told] = {}
        self._waiting: dict[int, ReadingsItem] = {}

    def configure(self, options: ReadingsOptions, time_zone: str) -> None:
        super().configure(options, time_zone)
        self._filter = ReadingsFilter(options.sensor_type, options.include_components)
        self._item_shape = options.item

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        self._hurry()
        for state in states:
            if (found := snapshot.readings.get(state.source_id)) is not None:
                self._tell_all(found.shown, found.state)

    def hear(self, news: News, *, newest_only: bool = False) -> bool:
        heard = [self._hear_state(state) for state in self._news(news.states)]
        heard += [self._hear_change(change) for change in news.readings]
        return any(heard)

    def show(self, shown: ShownReadings) -> bool:
        told = self._told.get(shown.source_id)
        if told is None or shown.revision <= told.revision:
            return False
        self._tell_all(shown, told.state)
        return True

    def compare(self, source_id: int, snapshot: Snapshot) -> bool:
        found = snapshot.readings.get(source_id)
        return found is not None and self._replace(found.shown, found.state)

    def take(self, now: datetime) -> list[ReadingsItem]:
        """The batch that is due; empty if none is."""
        if not self._begin_batch(now):
            return []
        batch, self._waiting = list(self._waiting.values()), {}
        return batch

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        batch = self.take(now)
        if not batch:
            return None
        user_time = renderer.user_time(self.style, now)
        items = list(self._write_items(batch, _ITEM_WRITERS[self._item_shape or renderer.item_shape], user_time))
        # Of readings that the filter leaves out nothing is told.
        return readings_batch_event(items, user_time) if items else None

    def unblock(self, source_id: int) -> bool:
        """Lets a source through again; what it shows now comes with `compare`."""
        is_change = super().unblock(source_id)
        if is_change:
            self._told.pop(source_id, None)
        return is_change

    def _replace(self, shown: ShownReadings, state: State) -> bool:
        told = self._told.get(shown.source_id)
        is_known = told is not None and not told.has_gap and told.revision == shown.revision
        is_right = is_known and told is not None and told.state.additional == state.additional
        if not is_right:
            self._tell_all(shown, state)
        return not is_right

    def _write_items(self, batch: Iterable[ReadingsItem], write: ItemWriter, timestamp: str) -> Iterator[Any]:
        """The items of trackers of which something is shown; a tracker's first one is there even if nothing is."""
        for item in batch:
            lists = render_readings(item.shown, item.fields, self._filter, self.style.zone, iso=self.style.iso)
            if item.is_whole or any(lists.values()):
                yield write(item.tracker_id, lists, timestamp)

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


SENSOR_TYPE = Parameter(
    "sensor_type",
    "sensor_type",
    lambda name, value: check_text(name, value, max_length=MAX_SENSOR_TYPE_CHARACTERS),
    optional(said(printable(MAX_SENSOR_TYPE_CHARACTERS), "sensors of this type only; no states and counters")),
)
INCLUDE_COMPONENTS = Parameter(
    "include_components",
    "include_components",
    read_flag,
    optional(said(FLAG, "also the sensors that another sensor adds up"), default=True),
)
_ITEM = record("ReadingsItem", type=one_of("readings_event"), tracker_id=ID, **READINGS, timestamp=DATE)

READINGS_BATCH = Kind(
    name="readings_batch",
    subscription=ReadingsSubscription,
    options=ReadingsOptions,
    selection=TARGET,
    parameters=(RATE_LIMIT, SENSOR_TYPE, INCLUDE_COMPONENTS, ITEM),
    needs=frozenset({Need.READINGS}),
    event=MessageSchema(
        "readings_batch",
        "All readings at once, then what changed.",
        event_schema("readings_batch", list_of(any_of(_ITEM, by_id(object_of(READINGS))), least=1)),
        {
            "type": "event",
            "event": "readings_batch",
            "user_time": EXAMPLE_TIME,
            "data": [
                {
                    "type": "readings_event",
                    "tracker_id": 1,
                    "inputs": [],
                    "virtual_sensors": [],
                    "states": [],
                    "counters": [EXAMPLE_COUNTER],
                    "timestamp": EXAMPLE_TIME,
                }
            ],
        },
    ),
)
