"""The last reports of a source: which are kept, and how they travel."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.notices import Hear
from tests.strategies import EPOCH, FRESH, RULES, reports
from trackers.engine.apply import apply_report
from trackers.engine.last_reports import MAX_VALUES_BYTES, RECENT_REPORTS, decode_reports, encode_values, name_values
from trackers.engine.notices import StatesChanged
from trackers.models import SourceReport, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import corrupt_tracker
from trackers.storage.last_reports import recent_reports


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def report(van: Tracker, minute: float, **parts: Any) -> Report:
    return Report(van.source.device_id, at(minute), **parts)


def kept(van: Tracker) -> list[tuple[float, dict[str, Any]]]:
    """Minute and values of the reports that are kept, as they come."""
    found = recent_reports([van.source_id]).get(van.source_id, [])
    return [((one.time - EPOCH) / timedelta(minutes=1), json.loads(bytes(one.values))) for one in found]


@pytest.mark.api(68)
def test_thirteen_reports_leave_twelve_newest_first(van: Tracker) -> None:
    ingest([report(van, minute, battery_percent=minute) for minute in range(13)], received_at=at(13))
    assert kept(van) == [(minute, {"battery_level": minute}) for minute in range(12, 0, -1)]
    assert SourceReport.objects.count() == RECENT_REPORTS


@pytest.mark.api(68)
def test_late_reports_are_placed_repeated_ones_dropped(van: Tracker) -> None:
    for minute in [5, 1, 3, 5, 1]:
        ingest([report(van, minute)], received_at=at(6))
    assert [minute for minute, _ in kept(van)] == [5, 3, 1]
    ingest([report(van, 10 + minute) for minute in range(11)], received_at=at(30))
    ingest([report(van, 2)], received_at=at(31))
    assert [minute for minute, _ in kept(van)] == [*range(20, 9, -1), 5]


def test_two_reports_of_one_time_are_both_kept(van: Tracker) -> None:
    ingest([report(van, 1, event_code=1), report(van, 1, event_code=2)], received_at=at(1))
    assert sorted(values["event_id"] for _, values in kept(van)) == [1, 2]


def test_the_queues_go_with_the_source(van: Tracker) -> None:
    ingest([report(van, 1)], received_at=at(1))
    corrupt_tracker(van)
    assert not SourceReport.objects.exists()


def test_what_a_report_says_travels_with_the_states(alice: User, van: Tracker, hear: Hear) -> None:
    with hear(alice) as heard:
        ingest([report(van, 1, fix=Fix(52.5, 13.4)), report(van, 1, fix=Fix(52.5, 13.4))], received_at=at(2))
    (notice,) = heard["alice"]
    assert isinstance(notice, StatesChanged)
    (told,) = decode_reports(notice.recent)
    assert (told.source_id, told.slot, told.time, told.received_at) == (van.source_id, 0, at(1), at(2))
    assert json.loads(bytes(told.values)) == {"latitude": 52.5, "longitude": 13.4}


def test_everything_that_a_report_says_has_a_name() -> None:
    everything = Report(
        "device",
        EPOCH,
        fix=Fix(52.5, 13.4, 36.5, 90, 30, 9, 5),
        battery_percent=80,
        ignition=True,
        gsm_percent=60,
        network_name="Net",
        roaming=False,
        inputs=(True, False, True),
        outputs=(False, True),
        is_moving=True,
        mileage_km=1200.5,
        engine_hours=7.5,
        hardware_key="04AB",
        event_code=2,
        measurements={"board_voltage": 13.8},
        attributes={"custom": [1]},
    )
    assert name_values(everything) == {
        "latitude": 52.5,
        "longitude": 13.4,
        "speed": 36.5,
        "heading": 90,
        "altitude": 30,
        "satellites": 9,
        "precision": 5,
        "battery_level": 80,
        "ignition": True,
        "gsm_level": 60,
        "network_name": "Net",
        "roaming": False,
        "input_status": 5,
        "output_status": 2,
        "is_moving": True,
        "hardware_mileage": 1200.5,
        "engine_hours": 7.5,
        "hardware_key": "04AB",
        "event_id": 2,
        "board_voltage": 13.8,
        "custom": [1],
    }


@pytest.mark.api(78)
def test_what_a_report_was_stored_without_is_named_in_it() -> None:
    told = Report("device", EPOCH, fix=Fix(52.5, 13.4, is_valid=False), left_out=("batt", "speed"))
    assert name_values(told) == {
        "latitude": 52.5,
        "longitude": 13.4,
        "fix_type": "NO_FIX",
        "left_out": "batt, speed",
    }


def test_an_attribute_never_replaces_a_field() -> None:
    pretender = Report("device", EPOCH, battery_percent=80, attributes={"battery_level": 5, "speed": 9})
    assert name_values(pretender) == {"battery_level": 80, "speed": 9}


def test_too_large_reports_lose_largest_values() -> None:
    encoded = encode_values({"speed": 5, "blob": "x" * MAX_VALUES_BYTES, "text": "y" * 1000, "heading": 90})
    assert len(encoded) <= MAX_VALUES_BYTES
    assert set(json.loads(encoded)) == {"speed", "text", "heading"}


@given(
    sent=st.lists(reports(), max_size=3 * RECENT_REPORTS, unique_by=lambda one: one.time),
    dice=st.randoms(use_true_random=False),
)
def test_the_newest_are_kept_whatever_the_order(sent: list[Report], dice: random.Random) -> None:
    received = sent + dice.choices(sent, k=3) if sent else []
    dice.shuffle(received)
    record, slots = FRESH, {}
    for one in received:
        record, recent, _ = apply_report(record, one, received_at=at(60), rules=RULES)
        if recent is not None:
            slots[recent.slot] = recent.time
    newest = sorted((one.time for one in sent), reverse=True)[:RECENT_REPORTS]
    assert sorted(slots.values(), reverse=True) == newest
    assert [trace.time for trace in record.traces] == newest[::-1]
