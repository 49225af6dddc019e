"""`iot_monitor`: what the last reports of a few trackers said (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import check_integer
from accounts.wire.schema import list_of, object_of, optional, said
from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind, Need
from events.protocol.news import News
from events.protocol.options import RATE_LIMIT, TARGET, PacedOptions, Parameter
from events.protocol.pacing import PacedSubscription
from events.protocol.subscription import Renderer, Snapshot
from trackers.engine.clock_jumps import is_ahead
from trackers.engine.last_reports import RecentReport
from trackers.engine.state import State
from trackers.rendering.readings import render_queues
from trackers.rendering.schema import QUEUES

MAX_MONITORED_TRACKERS = 10
# The vendor's programs that change what reports say are flows. Here are none: all trackers are in the one by default.
DEFAULT_FLOW = 0


@dataclass(frozen=True, slots=True)
class MonitorOptions(PacedOptions):
    """Options of a subscription to last reports."""

    flow: int = DEFAULT_FLOW
    """Whose reports: there is one flow."""


def put_into_slot(slots: dict[int, RecentReport], report: RecentReport) -> bool:
    """Puts a report in its slot, unless what is there is as new; whether it did."""
    there = slots.get(report.slot)
    is_as_new = there is not None and (there.time, there.received_at) >= (report.time, report.received_at)
    # What is there from later than the arrival of a report came by a clock that has been set back.
    if there is not None and is_as_new and not is_ahead(there.received_at, report.received_at):
        return False
    slots[report.slot] = report
    return True


def newest_first(reports: Iterable[RecentReport]) -> list[RecentReport]:
    """The reports by the devices' clocks."""
    return sorted(reports, key=lambda report: (report.time, report.received_at), reverse=True)


def iot_monitor_event(items: Sequence[Any]) -> str:
    """The event around the whole queues of the trackers in which something changed."""
    return messages.encode({"type": "event", "event": "iot_monitor", "data": {"iot_last_values": items}})


class MonitorSubscription(PacedSubscription[MonitorOptions]):
    """The queues of the sources in which something changed; each whole. Brings no lifecycle events."""

    brings_lifecycle = False
    most_trackers = MAX_MONITORED_TRACKERS

    def __init__(self) -> None:
        super().__init__()
        self._slots: dict[int, dict[int, RecentReport]] = {}
        self._changed: dict[int, None] = {}

    def begin(self, states: Sequence[State], snapshot: Snapshot) -> None:
        self._hurry()
        for source_id in (state.source_id for state in states):
            self._keep(source_id, snapshot.recent.get(source_id, ()))
            # An empty queue is told, too.
            if self._is_open(source_id):
                self._changed[source_id] = None

    def hear(self, news: News, *, newest_only: bool = False) -> bool:
        return self._hear_reports(news.reports)

    def compare(self, source_id: int, snapshot: Snapshot) -> bool:
        reports = snapshot.recent.get(source_id)
        return reports is not None and self._replace(source_id, reports)

    def take(self, now: datetime) -> list[tuple[int, list[RecentReport]]]:
        """The batch that is due, as pairs of tracker id and queue, newest first; empty if none is."""
        if not self._begin_batch(now):
            return []
        batch = [(self._watches[source_id].tracker_id, self._queue(source_id)) for source_id in self._changed]
        self._changed = {}
        return batch

    def next_event(self, now: datetime, renderer: Renderer) -> str | None:
        items = [render_queues(tracker_id, queue) for tracker_id, queue in self.take(now)]
        return iot_monitor_event(items) if items else None

    def _hear_reports(self, reports: Iterable[RecentReport]) -> bool:
        has_news = False
        for report in reports:
            if not self._is_open(report.source_id):
                continue
            if put_into_slot(self._slots.setdefault(report.source_id, {}), report):
                self._changed[report.source_id] = None
                has_news = True
        return has_news

    def _replace(self, source_id: int, reports: Sequence[RecentReport]) -> bool:
        is_right = not self._is_open(source_id) or self._slots.get(source_id) == {one.slot: one for one in reports}
        if not is_right:
            self._keep(source_id, reports)
            self._changed[source_id] = None
        return not is_right

    def _keep(self, source_id: int, reports: Sequence[RecentReport]) -> None:
        self._slots[source_id] = {report.slot: report for report in reports}

    def _queue(self, source_id: int) -> list[RecentReport]:
        return newest_first(self._slots.get(source_id, {}).values())

    def _has_waiting(self) -> bool:
        return bool(self._changed)

    @property
    def waiting_count(self) -> int:
        return len(self._changed)

    def _waiting_states(self) -> Iterable[State]:
        return ()

    def _drop_waiting(self, source_ids: set[int]) -> None:
        for source_id in source_ids:
            self._changed.pop(source_id, None)
            self._slots.pop(source_id, None)


def _read_flow(name: str, value: Any) -> int:
    if check_integer(name, value) != DEFAULT_FLOW:
        raise invalid_parameter(name, "must be 0: there are no flows but the default one")
    return DEFAULT_FLOW


FLOW = Parameter(
    "flow_id",
    "flow",
    _read_flow,
    optional(said({"const": DEFAULT_FLOW}, "the default flow: there is no other")),
)
_EXAMPLE_VALUE = {"value": 37, "msg_time": "2024-05-02T08:15:05Z", "srv_time": "2024-05-02T08:15:06Z"}

IOT_MONITOR = Kind(
    name="iot_monitor",
    subscription=MonitorSubscription,
    options=MonitorOptions,
    selection=TARGET,
    parameters=(RATE_LIMIT, FLOW),
    needs=frozenset({Need.LAST_REPORTS}),
    note=f"at most {MAX_MONITORED_TRACKERS} trackers; with more this request fails alone, with code 7",
    event=MessageSchema(
        "iot_monitor",
        "What the last 12 reports of a tracker said, whenever one more came.",
        event_schema("iot_monitor", object_of({"iot_last_values": list_of(QUEUES, least=1)}), has_time=False),
        {
            "type": "event",
            "event": "iot_monitor",
            "data": {
                "iot_last_values": [
                    {
                        "tracker_id": 1,
                        "nonnull_fields": {"speed": [_EXAMPLE_VALUE]},
                        "all_fields": {"speed": [_EXAMPLE_VALUE]},
                    }
                ]
            },
        },
    ),
)
