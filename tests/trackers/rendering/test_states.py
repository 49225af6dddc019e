"""The wire form of a state: its exact keys, types and dates."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.dates import format_date
from tests.strategies import EPOCH, FRESH, RULES, states
from trackers.engine.apply import apply_report
from trackers.engine.state import State
from trackers.rendering import states as rendering
from trackers.rendering.states import StateFormat, render_state
from trackers.reports.report import Fix, Report

IGNITION = {"ignition", "ignition_update"}
COMPACT = {
    "source_id",
    "gps",
    "connection_status",
    "movement_status",
    "movement_status_update",
    "last_update",
    "inputs",
    "inputs_update",
    "outputs",
    "outputs_update",
}
FULL = COMPACT | {"gsm", "battery_level", "battery_update", "additional", "actual_track_update"}
GPS = {"updated", "signal_level", "location", "heading", "speed", "alt"}
GSM = {"updated", "signal_level", "network_name", "roaming"}

REPORT = Report(
    device_id="device",
    time=EPOCH,
    fix=Fix(52.5, 13.25, 18.52, 90, 30, 9, 5, is_cell_based=True),
    battery_percent=50,
    ignition=True,
    gsm_percent=80,
    network_name="Net",
    roaming=False,
    inputs=(True, False),
    outputs=(False,),
    attributes={"fuel": "40"},
)
KNOWN = apply_report(FRESH, REPORT, received_at=EPOCH, rules=RULES).record.state


def render(state: State, form: StateFormat = StateFormat.FULL, zone: str = "UTC", *, iso: bool = False) -> Any:
    return json.loads(json.dumps(render_state(state, form, ZoneInfo(zone), iso=iso)))


@pytest.mark.api(58)
@pytest.mark.parametrize(
    ("form", "state", "keys"),
    [
        (StateFormat.FULL, FRESH.state, FULL),
        (StateFormat.FULL, KNOWN, FULL | IGNITION),
        (StateFormat.COMPACT, FRESH.state, COMPACT),
        (StateFormat.COMPACT, KNOWN, COMPACT | IGNITION),
    ],
)
def test_each_format_has_exactly_its_keys(form: StateFormat, state: State, keys: set[str]) -> None:
    assert set(render(state, form)) == keys


@pytest.mark.api(58)
def test_unknown_values_are_null_not_absent() -> None:
    assert render(FRESH.state) == {
        **dict.fromkeys(FULL),
        "source_id": 7,
        "gps": dict.fromkeys(GPS),
        "gsm": dict.fromkeys(GSM),
        "connection_status": "just_registered",
        "movement_status": "parked",
        "inputs": [],
        "outputs": [],
        "additional": {},
    }


@pytest.mark.api(58, 59)
def test_what_is_known_has_its_type() -> None:
    date = "2024-05-02 08:00:00"
    assert render(KNOWN) == {
        "source_id": 7,
        "gps": {
            "updated": date,
            "signal_level": 90,
            "location": {"lat": 52.5, "lng": 13.25},
            "heading": 90,
            "speed": 19,
            "alt": 30,
            "precision": 5,
            "gsm_lbs": True,
        },
        "connection_status": "active",
        "movement_status": "parked",
        "movement_status_update": None,
        "ignition": True,
        "ignition_update": date,
        "gsm": {"updated": date, "signal_level": 80, "network_name": "Net", "roaming": False},
        "last_update": date,
        "battery_level": 50,
        "battery_update": date,
        "inputs": [True, False],
        "inputs_update": date,
        "outputs": [False],
        "outputs_update": date,
        "additional": {"fuel": {"value": "40", "updated": date}},
        "actual_track_update": None,
    }


@pytest.mark.api(10, 11)
@pytest.mark.parametrize(
    ("zone", "iso", "date"),
    [
        ("UTC", False, "2024-05-02 08:00:00"),
        ("Asia/Kathmandu", False, "2024-05-02 13:45:00"),
        ("America/New_York", True, "2024-05-02T04:00:00-04:00"),
        ("UTC", True, "2024-05-02T08:00:00Z"),
    ],
)
def test_dates_are_in_the_viewers_zone(zone: str, iso: bool, date: str) -> None:
    assert set(dates_in(render(KNOWN, zone=zone, iso=iso))) == {date}


def dates_in(value: Any, name: str = "") -> list[str]:
    """The values of all keys that name a date, however deep, but for nulls."""
    if isinstance(value, dict):
        return [date for key, inner in value.items() for date in dates_in(inner, key)]
    return [value] if value is not None and (name == "updated" or name.endswith("update")) else []


@given(state=states(), iso=st.booleans())
def test_compact_format_only_leaves_keys_out(state: State, iso: bool) -> None:
    full, compact = render(state, iso=iso), render(state, StateFormat.COMPACT, iso=iso)
    assert full.items() >= compact.items()
    assert set(full) - set(compact) == FULL - COMPACT
    assert isinstance(compact["gps"], dict) and set(compact["gps"]) >= GPS


@given(states())
def test_values_are_of_the_types_of_the_contract(state: State) -> None:
    full = render(state)
    location = full["gps"]["location"]
    assert location is None or {type(location[axis]) for axis in ("lat", "lng")} <= {float, int}
    assert all(isinstance(value, bool) for value in [*full["inputs"], *full["outputs"]])
    assert all(isinstance(one["value"], str | None) for one in full["additional"].values())
    assert all(isinstance(full["gps"][name], int | None) for name in ("speed", "heading", "alt", "signal_level"))


def test_too_many_kept_dates_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_KEPT_DATES", 2)
    dates = rendering.Dates(ZoneInfo("Europe/Budapest"), iso=False)
    moments = [EPOCH + timedelta(seconds=second) for second in range(5)]
    assert [dates[moment] for moment in moments] == [
        format_date(m, ZoneInfo("Europe/Budapest"), iso=False) for m in moments
    ]
    assert len(dates) <= 2
