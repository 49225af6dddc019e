"""`history`: alerts, an event each, as soon as they are raised (alerts §6.2)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.wire.parameters import Parameters
from accounts.wire.schema import any_of, list_of, object_of, optional, said
from accounts.wire.terms import INTEGER, text
from alerts.engine.notices import RaisedAlert
from alerts.rendering.entries import ENTRY, EXAMPLE_ENTRY
from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind, Need
from events.protocol.news import News
from events.protocol.options import TARGET, Options, Parameter
from events.protocol.subscription import Renderer, Snapshot, Subscription, Watch
from trackers.engine.state import State
from trackers.rendering import schema

MAX_WAITING = 1_000
MAX_EVENTS = 100
EVENT_NAMES = list_of(text(40, least=1), least=1, most=MAX_EVENTS)


@dataclass(frozen=True, slots=True)
class HistoryOptions(Options):
    """Options of a subscription to alerts."""

    events: tuple[str, ...] | None = None
    """Those that are wanted, by name; None: all."""


def history_event(entry: dict[str, Any], user_time: str) -> str:
    """The event around an entry."""
    return messages.encode({"type": "event", "event": "history", "user_time": user_time, "data": entry})


def missed_event(count: int, user_time: str) -> str:
    """The event that says how many were dropped, as their client took too long to read."""
    return history_event({"missed": count}, user_time)


class HistorySubscription(Subscription[HistoryOptions]):
    """Alerts that wait, in the order of their ids: none takes the place of another, and the oldest go when there are
    too many.

    The revision of a watch is the id of the last alert that was taken of the source.
    """

    brings_lifecycle = False

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[RaisedAlert] = []
        self._missed = 0
        self._events: tuple[str, ...] | None = None
        self.begins_after: int | None = None
        """The id of the last alert before it began; None: it has not."""

    def configure(self, options: HistoryOptions, time_zone: str) -> None:
        super().configure(options, time_zone)
        self._events = options.events

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        if self.begins_after is None:
            self.begins_after = snapshot.last_alert_id
        for source_id in (state.source_id for state in states):
            watch = self._watches[source_id]
            watch.last_revision = max(watch.last_revision, snapshot.last_alert_id)
            self.compare(source_id, snapshot)

    def hear(self, news: News, *, newest_only: bool = False) -> bool:
        fresh = [alert for alert in news.alerts if self._wants(alert)]
        for alert in fresh:
            self._keep(alert)
        return bool(fresh)

    def compare(self, source_id: int, snapshot: Snapshot) -> bool:
        if self.begins_after is None:
            self.begins_after = snapshot.last_alert_id
        last_id = self._watches[source_id].last_revision if source_id in self._watches else 0
        missed = [one for one in snapshot.alerts if one.source_id == source_id and one.id > last_id]
        return self.hear(News(alerts=missed))

    def may_have_missed(self, alert: RaisedAlert) -> bool:
        """Whether an alert that this process has not heard of is one for this subscription."""
        return self.begins_after is not None and alert.id > self.begins_after

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        if self._missed:
            missed, self._missed = self._missed, 0
            return missed_event(missed, renderer.user_time(self.style, now))
        return renderer.history_event(self._waiting.pop(0), self.style, now) if self._waiting else None

    def add(self, source_id: int, *, tracker_id: int, is_blocked: bool) -> None:
        """Follows a source from the present on; of one that it follows already nothing comes twice."""
        followed = self._watches.get(source_id)
        super().add(source_id, tracker_id=tracker_id, is_blocked=is_blocked)
        if followed is not None:
            self._watches[source_id].last_revision = followed.last_revision

    def unblock(self, source_id: int) -> bool:
        last_id = self._watches[source_id].last_revision if source_id in self._watches else 0
        is_change = super().unblock(source_id)
        if is_change:
            self._watches[source_id].last_revision = last_id
        return is_change

    def watches(self) -> dict[int, Watch]:
        found = super().watches()
        for alert in reversed(self._waiting):
            found[alert.source_id].last_revision = alert.id - 1
        return found

    @property
    def waiting_count(self) -> int:
        return len(self._waiting)

    def _wants(self, alert: RaisedAlert) -> bool:
        """Those of a private rule are for who made it (alerts §2.1)."""
        is_meant = alert.private_to in (None, self.user_id)
        return is_meant and self._is_open(alert.source_id) and (self._events is None or alert.event in self._events)

    def _keep(self, alert: RaisedAlert) -> None:
        watch = self._watches[alert.source_id]
        watch.last_revision = max(watch.last_revision, alert.id)
        insort(self._waiting, alert, key=lambda one: one.id)
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[0]
            self._missed += 1

    def _waiting_states(self) -> Iterable[State]:
        return ()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        self._waiting = [alert for alert in self._waiting if alert.source_id not in source_ids]
        self._missed *= self.is_in_use


def _read_events(name: str, value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(Parameters({name: value}).read(name, EVENT_NAMES)))


EVENTS = Parameter(
    "events",
    "events",
    _read_events,
    optional(said(EVENT_NAMES, "which events, by the names of `history/type/list`; all unless it is given")),
)

HISTORY = Kind(
    name="history",
    subscription=HistorySubscription,
    options=HistoryOptions,
    selection=TARGET,
    parameters=(EVENTS,),
    needs=frozenset({Need.ALERTS}),
    note="alerts from now on: what was before is told by `history/unread/list`",
    event=MessageSchema(
        "history",
        "An entry of the history of events, when it is stored; or how many were dropped, as the client was slow.",
        event_schema("history", any_of(ENTRY, object_of({"missed": INTEGER}))),
        {"type": "event", "event": "history", "user_time": schema.EXAMPLE_TIME, "data": EXAMPLE_ENTRY},
    ),
)
