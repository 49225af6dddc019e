"""Subscriptions of every kind: follow sources, stop at a block, and know what is news."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from accounts.wire.sharing import Share, SharedFields
from alerts.engine.notices import RaisedAlert
from events.protocol.news import News
from events.protocol.options import Options
from events.protocol.style import ItemShape, Style, style_of
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import RecentReport
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

    def state_batch_event(
        self, states: list[State], tracker_id: Callable[[int], int], style: Style, shape: ItemShape, now: datetime
    ) -> str:
        """The `state_batch` event for states at `now`; `tracker_id` says of a source by which tracker it is seen."""

    def shared_state_event(
        self, state: State, tracker_id: int, shown: SharedFields, style: Style, now: datetime
    ) -> str:
        """The `shared_state` event for those fields of a state that are `shown` by a share link."""

    def history_event(self, alert: RaisedAlert, style: Style, now: datetime) -> str:
        """The `history` event for an alert at `now`."""

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

    @property
    def last_alert_id(self) -> int:
        """Of the newest alert of all, before any that are here."""

    @property
    def alerts(self) -> Sequence[RaisedAlert]:
        """Those that were raised since, in the order of their ids."""


class Owner(Protocol):
    """Whose subscription it is. Told what is followed, so that news find who follows."""

    def follow(self, source_id: int, subscription: Subscription[Any]) -> None: ...

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None: ...

    def hear(self, subscription: Subscription[Any], news: News, now: datetime) -> None: ...


class Nobody:
    """Owner of a subscription that stands alone."""

    def follow(self, source_id: int, subscription: Subscription[Any]) -> None: ...

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None: ...

    def hear(self, subscription: Subscription[Any], news: News, now: datetime) -> None: ...


NOBODY = Nobody()


class Subscription(ABC, Generic[AnyOptions]):
    """The sources that a credential follows by one kind of events, and what waits of them."""

    brings_lifecycle: ClassVar[bool] = True
    """Whether its client hears of blocks and removals."""

    is_of_links: ClassVar[bool] = False
    """Whether it is for share links, to which no other is open."""

    is_of_trackers: ClassVar[bool] = True
    """Whether it follows any; else it hears of their account."""

    begins_bit_by_bit: ClassVar[bool] = False
    """Whether what is known of many sources may be taken in several goes, with news of them in between."""

    most_trackers: ClassVar[int | None] = None
    """How many it may follow; None: any number."""

    # There is at least one for each client, and each delivery looks into it.
    __slots__ = (
        *("owner", "user_id", "share", "style", "is_numbered", "covers_all"),
        *("_watches", "_left_out"),
    )

    def __init__(self) -> None:
        self.owner: Owner = NOBODY
        self.user_id: int | None = None
        """Who reads its events."""
        self.share: Share | None = None
        """What they show, if a share link is what reads them."""
        self.style = style_of(StateFormat.FULL, "UTC", False)
        """How its events are written."""
        self.is_numbered = False
        """Whether its events have numbers, and name the tracker."""
        self._watches: dict[int, Watch] = {}
        self.covers_all = False
        """Whether trackers that the account gets later are followed too."""
        self._left_out: set[int] = set()

    def configure(self, options: AnyOptions, time_zone: str) -> None:
        """Writes events by these options and in this zone from now on."""
        self.style = style_of(options.form, time_zone, options.iso)
        self.is_numbered = options.is_numbered

    # What is heard

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        """Takes what is known of sources that a command named; `add` them first. It comes at once."""
        self.offer(states)

    def hear(self, news: News, *, newest_only: bool = False) -> bool:
        """Takes what a notice tells of sources that it follows; whether any of it is news here.

        With `newest_only`, for a client that is away or slow, no more may wait than the newest of each source.
        """
        return self.offer(news.states, newest_only=newest_only)

    def sole_event(self, news: News, now: datetime, renderer: Renderer) -> str | None:
        """The event for news that are one event at once, while nothing else waits here; None: they are to be heard."""
        return None

    def show(self, shown: ShownReadings) -> bool:
        """Takes all readings of a source anew, as its sensors changed; whether that is news here."""
        return False

    def offer(self, states: Sequence[State], *, newest_only: bool = False) -> bool:
        """Takes those of the states that are news here; whether there were any. For kinds that show states."""
        return False

    def compare(self, source_id: int, snapshot: Snapshot) -> bool:
        """Takes what was missed of a source, by what the database says now; whether anything was.

        States are offered beside it.
        """
        return False

    @abstractmethod
    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        """Takes the event that is to be sent next, as text; None when none is."""

    def end(self) -> None:
        """Follows nothing any more."""
        self.covers_all = False
        self.remove(self.source_ids)

    # What is followed

    @property
    def is_in_use(self) -> bool:
        return bool(self._watches)

    @property
    def source_ids(self) -> frozenset[int]:
        return frozenset(self._watches)

    def tracker_id(self, source_id: int) -> int:
        """The tracker by which a source is followed."""
        return self._watches[source_id].tracker_id

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
        for source_id, watch in watches.items():
            if source_id not in self._watches:
                self._watches[source_id] = watch
                self.owner.follow(source_id, self)

    def add(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """Follows a source; its current state is news again, even when it was followed before."""
        if is_blocked and source_id in self._watches:
            self._drop_waiting({source_id})
        self._watches[source_id] = Watch(tracker_id, is_blocked)
        self._left_out.discard(tracker_id)
        self.owner.follow(source_id, self)

    def lacks(self, source_ids: AbstractSet[int]) -> AbstractSet[int]:
        """Those of the sources that it does not follow, though it follows all that there is."""
        return source_ids - self._watches.keys() if self.covers_all else frozenset()

    def is_open_to(self, tracker_id: int) -> bool:
        """Whether a tracker that is visible but not followed yet belongs to what it follows."""
        has_room = self.most_trackers is None or len(self._watches) < self.most_trackers
        return self.covers_all and has_room and tracker_id not in self._left_out

    def remove(self, source_ids: Iterable[int]) -> None:
        """Follows these sources no longer, and forgets what waits of them."""
        gone = set(source_ids)
        for source_id in gone & self._watches.keys():
            del self._watches[source_id]
            self.owner.unfollow(source_id, self)
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
