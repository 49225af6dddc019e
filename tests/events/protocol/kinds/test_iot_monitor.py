"""What an `iot_monitor` subscription sends: whole queues of what changed (api §4.6, §4.7)."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from events.protocol.kinds.iot_monitor import MonitorSubscription
from tests.events.builders import NOON, Stored, make_state, tell_alone
from trackers.engine.last_reports import RecentReport, encode_reports
from trackers.engine.notices import StatesChanged

SECOND = timedelta(seconds=1)


def said(second: int, *, slot: int | None = None, source_id: int = 1) -> RecentReport:
    """A report of so many seconds after noon."""
    moment = NOON + second * SECOND
    return RecentReport(source_id, second % 12 if slot is None else slot, moment, moment, msgspec.Raw(b"{}"))


def told(*reports: RecentReport) -> StatesChanged:
    """The notice of these reports."""
    return StatesChanged((), (), encode_reports(list(reports)))


def seconds(batch: list[tuple[int, list[RecentReport]]]) -> dict[int, list[int]]:
    """By tracker, when its reports were made."""
    return {tracker_id: [(one.time - NOON).seconds for one in queue] for tracker_id, queue in batch}


@pytest.fixture
def monitor() -> MonitorSubscription:
    """A subscription that was sent the queues of two sources at noon."""
    monitor = MonitorSubscription()
    for source_id in (1, 2):
        monitor.add(source_id, tracker_id=source_id + 1000, is_blocked=False)
    monitor.begin([make_state(1), make_state(2)], Stored(recent={1: [said(2), said(1)], 2: []}))
    assert seconds(monitor.take(NOON)) == {1001: [2, 1], 1002: []}
    return monitor


@pytest.mark.api(68)
def test_thirteen_reports_leave_twelve_newest_first(monitor: MonitorSubscription) -> None:
    assert tell_alone(monitor, told(*map(said, range(3, 14))))
    assert seconds(monitor.take(NOON + SECOND)) == {1001: list(range(13, 1, -1))}


@pytest.mark.api(68)
def test_only_changed_queues_come_within_rate(monitor: MonitorSubscription) -> None:
    assert monitor.take(NOON + 9 * SECOND) == []
    assert tell_alone(monitor, told(said(5, source_id=2)))
    assert monitor.take(NOON + SECOND / 2) == []
    assert seconds(monitor.take(NOON + SECOND)) == {1002: [5]}


def test_late_report_stands_where_it_belongs(monitor: MonitorSubscription) -> None:
    assert tell_alone(monitor, told(said(9), said(4)))
    assert seconds(monitor.take(NOON + SECOND)) == {1001: [9, 4, 2, 1]}


def test_overtaken_report_is_no_news(monitor: MonitorSubscription) -> None:
    tell_alone(monitor, told(said(13)))
    monitor.take(NOON + SECOND)
    assert not tell_alone(monitor, told(said(1)))
    assert monitor.due_at(NOON + 9 * SECOND) is None


def test_comparing_queues_brings_what_was_missed(monitor: MonitorSubscription) -> None:
    monitor.compare(1, Stored(recent={1: [said(2), said(1)]}))
    assert monitor.due_at(NOON + SECOND) is None
    monitor.compare(1, Stored(recent={1: [said(3), said(2), said(1)]}))
    assert seconds(monitor.take(NOON + SECOND)) == {1001: [3, 2, 1]}


@pytest.mark.api(65)
def test_block_silences_without_a_word(monitor: MonitorSubscription) -> None:
    assert not monitor.brings_lifecycle
    assert monitor.block(1)
    assert not tell_alone(monitor, told(said(5)))
    assert monitor.unblock(1)
    monitor.compare(1, Stored(recent={1: [said(5)]}))
    assert seconds(monitor.take(NOON + SECOND)) == {1001: [5]}


def test_a_report_after_the_clock_is_set_back_takes_its_slot(monitor: MonitorSubscription) -> None:
    hour = 3600
    assert tell_alone(monitor, told(said(hour, slot=3)))
    assert tell_alone(monitor, told(said(5, slot=3)))
    assert not tell_alone(monitor, told(said(4, slot=3)))
    assert seconds(monitor.take(NOON + SECOND)) == {1001: [5, 2, 1]}
