"""An `iot_monitor` subscription: what the last reports of a few sources said (api §4.6, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from events.protocol.commands import MAX_MONITORED_TRACKERS
from events.protocol.kinds.pacing import PacedFollowing
from trackers.engine.last_reports import RecentReport
from trackers.engine.state import State


def put_into_slot(slots: dict[int, RecentReport], report: RecentReport) -> bool:
    """Puts a report in its slot, unless what is there is as new; whether it did."""
    there = slots.get(report.slot)
    if there is not None and (there.time, there.received_at) >= (report.time, report.received_at):
        return False
    slots[report.slot] = report
    return True


def newest_first(reports: Iterable[RecentReport]) -> list[RecentReport]:
    """The reports by the devices' clocks."""
    return sorted(reports, key=lambda report: (report.time, report.received_at), reverse=True)


class MonitorSubscription(PacedFollowing):
    """The queues of the sources in which something changed; each whole. Brings no lifecycle events."""

    brings_lifecycle = False
    most_sources = MAX_MONITORED_TRACKERS

    def __init__(self) -> None:
        super().__init__()
        self._slots: dict[int, dict[int, RecentReport]] = {}
        self._changed: dict[int, None] = {}

    def begin(self, queues: Mapping[int, Sequence[RecentReport]]) -> None:
        """Takes the queues of the sources that a command named: they come at once, empty ones too."""
        self._hurry()
        for source_id, reports in queues.items():
            self._keep(source_id, reports)
            if self._is_open(source_id):
                self._changed[source_id] = None

    def offer(self, reports: Iterable[RecentReport]) -> bool:
        """Takes new reports into their slots, unless what is there is newer; whether any is news here."""
        has_news = False
        for report in reports:
            if not self._is_open(report.source_id):
                continue
            if put_into_slot(self._slots.setdefault(report.source_id, {}), report):
                self._changed[report.source_id] = None
                has_news = True
        return has_news

    def replace(self, source_id: int, reports: Sequence[RecentReport]) -> bool:
        """Compares with the whole queue of a source, and takes it if something was missed; whether it was."""
        if not self._is_open(source_id) or self._slots.get(source_id) == {one.slot: one for one in reports}:
            return False
        self._keep(source_id, reports)
        self._changed[source_id] = None
        return True

    def take(self, now: datetime) -> list[tuple[int, list[RecentReport]]]:
        """The batch that is due, as pairs of tracker id and queue, newest first; empty if none is."""
        if not self._begin_batch(now):
            return []
        batch = [(self._watches[source_id].tracker_id, self._queue(source_id)) for source_id in self._changed]
        self._changed = {}
        return batch

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
