"""Connection status: what reports make of it, and what time does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report, next_due, pass_time
from trackers.engine.record import Record
from trackers.engine.state import ConnectionStatus
from trackers.reports.report import Fix, Report

FIX = Fix(latitude=52.5, longitude=13.4)
WEAK_FIX = replace(FIX, satellites=2, is_valid=False)

ACTIVE, IDLE, OFFLINE = ConnectionStatus.ACTIVE, ConnectionStatus.IDLE, ConnectionStatus.OFFLINE
JUST_REGISTERED, SIGNAL_LOST = ConnectionStatus.JUST_REGISTERED, ConnectionStatus.SIGNAL_LOST


def minutes(count: float) -> datetime:
    return EPOCH + timedelta(minutes=count)


def hear_at(minute: float, record: Record = FRESH, *, fix: Fix | None = FIX, sent: float | None = None) -> Record:
    """The record after a report received at `minute`, by the device's clock at `sent`."""
    time = minutes(minute if sent is None else sent)
    return apply_report(record, Report("device", time, fix=fix), received_at=minutes(minute), rules=RULES).record


def wait_until(minute: float, record: Record) -> Record:
    return pass_time(record, now=minutes(minute), rules=RULES)


@pytest.mark.parametrize(
    ("fix", "sent", "status"),
    [
        (FIX, 20, ACTIVE),
        (FIX, 15.1, ACTIVE),
        (FIX, 15, IDLE),
        (FIX, 1, IDLE),
        (FIX, 20.9, ACTIVE),
        (FIX, 60, ACTIVE),
        (None, 20, IDLE),
        (WEAK_FIX, 20, IDLE),
        (replace(FIX, satellites=3), 20, ACTIVE),
        (replace(FIX, is_cell_based=True), 20, ACTIVE),
    ],
)
@pytest.mark.parametrize("before", ["nothing", "a good fix", "silence"])
@pytest.mark.api(70)
def test_only_current_good_fixes_activate_a_source(
    before: str, fix: Fix | None, sent: float, status: ConnectionStatus
) -> None:
    earlier = {"nothing": FRESH, "a good fix": hear_at(0.5), "silence": wait_until(19, hear_at(0.5))}[before]
    assert hear_at(20, earlier, fix=fix, sent=sent).state.connection_status is status


@pytest.mark.parametrize(
    ("minute", "status"),
    [(4.9, JUST_REGISTERED), (5, SIGNAL_LOST), (500, SIGNAL_LOST)],
)
def test_a_source_that_never_reports_counts_as_lost(minute: float, status: ConnectionStatus) -> None:
    assert wait_until(minute, FRESH).state.connection_status is status


def test_first_report_brings_back_lost_source() -> None:
    assert hear_at(60, wait_until(5, FRESH)).state.connection_status is ACTIVE
    assert hear_at(60, wait_until(5, FRESH), fix=None).state.connection_status is IDLE


@pytest.mark.api(69)
@pytest.mark.parametrize(
    ("minute", "status"),
    [(4.9, ACTIVE), (5, IDLE), (9.9, IDLE), (10, OFFLINE), (500, OFFLINE)],
)
def test_silence_turns_sources_idle_then_offline(minute: float, status: ConnectionStatus) -> None:
    heard = hear_at(0)
    after = wait_until(minute, heard).state
    assert (after.connection_status, after.last_update) == (status, EPOCH)
    assert after.revision - heard.state.revision == (status is not ACTIVE)


@pytest.mark.api(69)
@pytest.mark.parametrize(("minute", "status"), [(5, IDLE), (13.9, IDLE), (14, OFFLINE)])
def test_packets_without_fix_delay_offline_not_idle(minute: float, status: ConnectionStatus) -> None:
    heard = hear_at(4, hear_at(0), fix=None)
    assert wait_until(minute, heard).state.connection_status is status


@pytest.mark.api(70)
@pytest.mark.parametrize(("fix", "status"), [(None, IDLE), (WEAK_FIX, IDLE), (FIX, ACTIVE)])
def test_an_offline_sources_status_follows_its_fix(fix: Fix | None, status: ConnectionStatus) -> None:
    offline = wait_until(60, hear_at(0))
    assert hear_at(60, offline, fix=fix).state.connection_status is status


def test_offline_sources_repeated_report_only_proves_contact() -> None:
    offline = wait_until(60, hear_at(0))
    after = hear_at(60, offline, sent=0)
    assert after.state == replace(offline.state, connection_status=IDLE, revision=offline.state.revision + 1)
    assert wait_until(69.9, after).state.connection_status is IDLE
    assert wait_until(70, after).state.connection_status is OFFLINE


def test_offline_sources_late_report_only_proves_contact() -> None:
    offline = wait_until(60, hear_at(0))
    after = hear_at(60, offline, sent=-1, fix=replace(FIX, latitude=1))
    assert after.state == replace(offline.state, connection_status=IDLE, revision=offline.state.revision + 1)


@pytest.mark.api(77)
@pytest.mark.parametrize("sent", [-1, 0])
def test_live_sources_old_report_changes_nothing_visible(sent: float) -> None:
    active = hear_at(0)
    after = hear_at(1, active, sent=sent)
    assert after.state is active.state
    assert after.contact_at == minutes(1)


def test_late_first_position_activates_no_source() -> None:
    idle = hear_at(5, fix=None)
    after = hear_at(5.5, idle, sent=4.9)
    assert after.state.gps is not None
    assert after.state.connection_status is IDLE


def test_repeated_future_report_keeps_first_arrivals_date() -> None:
    first = hear_at(20, sent=600)
    again = hear_at(21, first, sent=600)
    assert again.state is first.state
    assert hear_at(21, again, sent=601).state.last_update == minutes(21)


@pytest.mark.parametrize(
    ("sent", "last_update"),
    [(20, 20), (20.9, 20.9), (21, 21), (21.1, 20), (600, 20), (20_000_000, 20)],
)
def test_a_future_report_is_dated_by_arrival(sent: float, last_update: float) -> None:
    after = hear_at(20, sent=sent).state
    assert after.last_update == minutes(last_update)
    assert after.gps is not None and after.gps.updated == minutes(last_update)


@pytest.mark.parametrize(
    ("record", "due"),
    [
        (FRESH, 5),
        (wait_until(5, FRESH), None),
        (hear_at(0), 5),
        (hear_at(4, hear_at(0), fix=None), 14),
        (hear_at(9, sent=5), 10),
        (hear_at(9, sent=3), 19),
        (wait_until(5, hear_at(0)), 10),
        (wait_until(10, hear_at(0)), None),
    ],
)
def test_time_changes_a_state_exactly_when_due(record: Record, due: float | None) -> None:
    assert next_due(record, RULES) == (None if due is None else minutes(due))
    if due is None:
        assert wait_until(100_000, record) is record
    else:
        assert wait_until(due - 0.01, record) is record
        assert wait_until(due, record).state.revision == record.state.revision + 1
