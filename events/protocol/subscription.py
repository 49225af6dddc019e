"""Subscriptions of every kind: follow sources, stop at a block, and know what is news."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Generic, Protocol, TypeVar

from events.protocol.options import Options
from events.protocol.style import ItemShape, Style, style_of
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import RecentReport
from trackers.engine.notices import StatesChanged
from trackers.engine.state import State
from trackers.rendering.states import StateFormat

AnyOptions = TypeVar("AnyOptions", bound=Options)


@dataclass(slots=True)
class Watch:
    """One tracker that a subscription follows."""

    tracker_id: int
    is_blocked: bool
    last_revision: int = -1
    """The newest state that was offered; what is not newer is no news."""


class Renderer(Protocol):
    """Writes states for all viewers of a process, and keeps what it wrote."""

    @property
    def item_shape(self) -> ItemShape:
        """The shape of what a batch holds of one tracker."""

    def state_event(self, state: State, style: Style, now: datetime) -> str:
        """The `state` event for a state at `now`."""

    def state_text(self, state: State, style: Style) -> str:
        """A state as JSON."""

    def user_time(self, style: Style, now: datetime) -> str:
        """A moment in the style's zone and form of dates."""


class Conflation:
    """Counts the states that newer ones took the place of while their client could not take them."""

    count = 0


conflation = Conflation()
"""Of this process."""


class StoredReadings(Protocol):
    """All readings of a source, with the state that was stored with them."""

    @property
    def shown(self) -> ShownReadings: ...

    @property
    def state(self) -> State: ...


class Snapshot(Protocol):
    """What the database says of sources beside their states, as far as kinds need it; by source id."""

    @property
    def readings(self) -> Mapping[int, StoredReadings]: ...

    @property
    def recent(self) -> Mapping[int, Sequence[RecentReport]]: ...


class Subscription(ABC, Generic[AnyOptions]):
    """The sources that a credential follows by one kind of events, and what waits of them."""

    brings_lifecycle: ClassVar[bool] = True
    """Whether its client hears of blocks and removals."""

    most_trackers: ClassVar[int | None] = None
    """How many it may follow; None: any number."""

    def __init__(self) -> None:
        self.style = style_of(StateFormat.FULL, "UTC", False)
        """How its events are written."""
        self._watches: dict[int, Watch] = {}
        self.covers_all = False
        """Whether trackers that the account gets later are followed too."""
        self._left_out: set[int] = set()

    def configure(self, options: AnyOptions, time_zone: str) -> None:
        """Writes events by these options and in this zone from now on."""
        self.style = style_of(options.form, time_zone, options.iso)

    # What is heard

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        """Takes what is known of sources that a command named; `add` them first. It comes at once."""
        self.offer(states)

    def hear(self, notice: object, *, newest_only: bool = False) -> bool:
        """Takes what a notice tells; whether any of it is news here.

        With `newest_only`, for a client that is away or slow, no more may wait than the newest of each source.
        """
        return isinstance(notice, StatesChanged) and self.offer(notice.states, newest_only=newest_only)

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        """Takes those of the states that are news here; whether there were any. For kinds that show states."""
        return False

    def compare(self, snapshot: Snapshot) -> None:
        """Takes what was missed, according to what the database says now. States are offered beside it."""

    @abstractmethod
    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the event that is to be sent next, as text; None when none is."""

    # What is followed

    @property
    def is_in_use(self) -> bool:
        return bool(self._watches)

    @property
    def source_ids(self) -> frozenset[int]:
        return frozenset(self._watches)

    @property
    def tracker_ids(self) -> dict[int, int]:
        """The trackers that are followed, by source id."""
        return {source_id: watch.tracker_id for source_id, watch in self._watches.items()}

    @property
    def waiting_count(self) -> int:
        """How many events, or parts of the next batch, wait to be taken."""
        return sum(1 for _ in self._waiting_states())

    def watches(self) -> dict[int, Watch]:
        """What is followed, by source id, with the newest state that has left: for who goes on elsewhere."""
        found = {source_id: replace(watch) for source_id, watch in self._watches.items()}
        for state in self._waiting_states():
            watch = found[state.source_id]
            watch.last_revision = min(watch.last_revision, state.revision - 1)
        return found

    def resume(self, watches: Mapping[int, Watch]) -> None:
        """Goes on where another left off; what is followed already stays as it is."""
        self._watches = {**watches, **self._watches}

    def add(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """Follows a source; its current state is news again, even when it was followed before."""
        if is_blocked and source_id in self._watches:
            self._drop_waiting({source_id})
        self._watches[source_id] = Watch(tracker_id, is_blocked)
        self._left_out.discard(tracker_id)

    def is_open_to(self, source_id: int, tracker_id: int) -> bool:
        """Whether a tracker that is visible but not followed yet belongs to what it follows."""
        has_room = self.most_trackers is None or len(self._watches) < self.most_trackers
        is_wanted = self.covers_all and tracker_id not in self._left_out
        return is_wanted and has_room and source_id not in self._watches

    def remove(self, source_ids: Iterable[int]) -> None:
        """Follows these sources no longer, and forgets what waits of them."""
        gone = set(source_ids)
        for source_id in gone:
            self._watches.pop(source_id, None)
        self._drop_waiting(gone)

    def remove_trackers(self, tracker_ids: Iterable[int]) -> None:
        """Follows these trackers no longer, as their client asks; they do not come back with `covers_all`."""
        wanted = set(tracker_ids)
        self._left_out |= wanted
        self.remove([source_id for source_id, watch in self._watches.items() if watch.tracker_id in wanted])

    def block(self, source_id: int) -> bool:
        """Stops what comes of a source; whether that is a change for this subscription."""
        watch = self._watches.get(source_id)
        if watch is None or watch.is_blocked:
            return False
        watch.is_blocked = True
        self._drop_waiting({source_id})
        return True

    def unblock(self, source_id: int) -> bool:
        """Lets it through again, the current state first; whether that is a change."""
        watch = self._watches.get(source_id)
        if watch is None or not watch.is_blocked:
            return False
        self._watches[source_id] = Watch(watch.tracker_id, is_blocked=False)
        return True

    def _news(self, states: Sequence[State]) -> list[State]:
        """Those of the states that are news here, in order; they are none any more."""
        fresh = []
        for state in states:
            watch = self._watches.get(state.source_id)
            if watch is not None and not watch.is_blocked and state.revision > watch.last_revision:
                watch.last_revision = state.revision
                fresh.append(state)
        return fresh

    def _is_open(self, source_id: int) -> bool:
        watch = self._watches.get(source_id)
        return watch is not None and not watch.is_blocked

    @abstractmethod
    def _waiting_states(self) -> Iterable[State]:
        """The states that wait."""

    @abstractmethod
    def _drop_waiting(self, source_ids: set[int]) -> None:
        """Forgets what waits of these sources."""
