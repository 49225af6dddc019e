"""What holds of states whatever comes in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH, FRESH, RULES, moments, reports, states
from trackers.models import decode_state, state_row
from trackers.rendering import StateFormat, render_state
from trackers.reports.report import Fix, Report
from trackers.state import MAX_ATTRIBUTES, ConnectionStatus, State, apply_report, next_due, pass_time

LATER = EPOCH + timedelta(hours=1)
NOW = st.integers(-60, 7200).map(lambda seconds: EPOCH + timedelta(seconds=seconds))

# Some reports of different times, and an order in which they arrive, some of them more than once.
arrivals = st.lists(reports(), min_size=1, max_size=6, unique_by=lambda report: report.time).flatmap(
    lambda sent: st.tuples(
        st.just(sent),
        st.permutations(sent).flatmap(lambda order: st.lists(st.sampled_from(sent)).map(lambda again: order + again)),
    )
)


def visible(state: State) -> dict[str, Any]:
    """What a viewer can see of a state."""
    return render_state(state, StateFormat.FULL, UTC, iso=True)


def receive(state: State, report: Report, at: datetime = LATER) -> State:
    return apply_report(state, report, received_at=at, rules=RULES)


@given(arrivals)
def test_newest_report_wins_whatever_the_order(sent_and_received: tuple[list[Report], list[Report]]) -> None:
    sent, received = sent_and_received
    state = FRESH
    for report in received:
        before, state = state, receive(state, report)
        assert before.last_update is None or state.last_update >= before.last_update
    newest = max(sent, key=lambda report: report.time)
    assert state.last_update == newest.time
    if newest.fix is not None and newest.fix.has_enough_satellites:
        assert state.gps is not None
        assert (state.gps.updated, state.gps.latitude, state.gps.longitude) == (
            newest.time,
            newest.fix.latitude,
            newest.fix.longitude,
        )


@given(state=states(), report=reports(), received_after=st.integers(0, 7200))
def test_revision_grows_exactly_with_what_a_viewer_can_see(state: State, report: Report, received_after: int) -> None:
    after = receive(state, report, EPOCH + timedelta(seconds=received_after))
    assert after.revision - state.revision == (visible(after) != visible(state))


@given(state=states(), report=reports(), first=NOW, second=NOW)
def test_a_report_applied_twice_changes_nothing_visible(
    state: State, report: Report, first: datetime, second: datetime
) -> None:
    first, second = sorted([first, second])
    once = receive(state, report, max(first, report.time))
    twice = receive(once, report, max(second, report.time))
    assert (visible(twice), twice.revision) == (visible(once), once.revision)


@given(state=states(), now=NOW)
def test_after_time_has_passed_nothing_is_due_until_later(state: State, now: datetime) -> None:
    after = pass_time(state, now=now, rules=RULES)
    due = next_due(after, RULES)
    assert due is None or due > now
    assert pass_time(after, now=now, rules=RULES) is after


@given(state=states(), now=NOW)
def test_time_alone_moves_neither_last_update_nor_position(state: State, now: datetime) -> None:
    after = pass_time(state, now=now, rules=RULES)
    assert (after.last_update, after.gps, after.contact_at) == (state.last_update, state.gps, state.contact_at)
    assert (after.revision > state.revision) == (visible(after) != visible(state))


@given(state=states(), now=NOW)
def test_nothing_changes_before_it_is_due(state: State, now: datetime) -> None:
    due = next_due(state, RULES)
    if due is None or now < due:
        assert pass_time(state, now=now, rules=RULES) is state


@given(state=states(), step=NOW, now=NOW)
def test_time_passes_in_steps_as_it_does_at_once(state: State, step: datetime, now: datetime) -> None:
    step, now = sorted([step, now])
    in_steps = pass_time(pass_time(state, now=step, rules=RULES), now=now, rules=RULES)
    assert visible(in_steps) == visible(pass_time(state, now=now, rules=RULES))


@given(state=states(), due_at=moments())
def test_a_stored_state_is_read_back_as_it_was(state: State, due_at: datetime) -> None:
    row = state_row(state, due_at)
    assert decode_state(row.document) == state
    assert (row.source_id, row.revision, row.last_update) == (state.source_id, state.revision, state.last_update)


def after_reports(*parts: dict[str, Any]) -> State:
    """The state after a report for each of the parts, a minute apart."""
    state = FRESH
    for number, part in enumerate(parts):
        state = receive(state, Report("device", EPOCH + timedelta(minutes=number), **part))
    return state


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([{"battery_percent": 50}, {}], {"battery_percent": 50, "battery_update": 0}),
        ([{"battery_percent": 50}, {"battery_percent": 50}], {"battery_percent": 50, "battery_update": 1}),
        ([{"battery_percent": 50}, {"battery_percent": 0}], {"battery_percent": 0, "battery_update": 1}),
        ([{"ignition": True}, {"ignition": True}], {"ignition": True, "ignition_update": 0}),
        ([{"ignition": True}, {"ignition": False}, {}], {"ignition": False, "ignition_update": 1}),
        ([{"inputs": (True,)}, {}], {"inputs": (True,), "inputs_update": 0}),
        ([{"inputs": (True,)}, {"inputs": ()}], {"inputs": (), "inputs_update": 1}),
        ([{"outputs": (False, True)}, {}], {"outputs": (False, True), "outputs_update": 0}),
        ([{}], {"battery_percent": None, "ignition": None, "inputs": (), "gsm": None, "gps": None, "last_update": 0}),
    ],
)
def test_each_part_keeps_its_value_and_its_own_time(parts: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    state = after_reports(*parts)
    for name, value in expected.items():
        is_time = name.endswith("update") and value is not None
        assert getattr(state, name) == (EPOCH + timedelta(minutes=value) if is_time else value)


def test_attributes_gather_and_each_has_its_own_time() -> None:
    state = after_reports({"attributes": {"fuel": "40", "door": "open"}}, {"attributes": {"fuel": "39"}}, {})
    assert {name: (one.value, (one.updated - EPOCH).seconds // 60) for name, one in state.additional.items()} == {
        "fuel": ("39", 1),
        "door": ("open", 0),
    }


def test_of_attributes_whose_names_change_only_the_newest_are_kept() -> None:
    parts = [{"attributes": {"fuel": "40", **{f"name-{n}-{m}": "1" for m in range(50)}}} for n in range(10)]
    state = after_reports({"attributes": {"door": "open"}}, *parts)
    assert len(state.additional) == MAX_ATTRIBUTES
    assert {"fuel", "name-9-0", "name-9-49"} <= set(state.additional)
    assert not {"door", "name-0-0"} & set(state.additional)


@pytest.mark.parametrize(("satellites", "percent"), [(None, None), (3, 30), (10, 100), (25, 100)])
def test_satellites_are_told_as_percent(satellites: int | None, percent: int | None) -> None:
    state = after_reports({"fix": Fix(1, 2, satellites=satellites)})
    assert state.gps is not None and state.gps.signal_percent == percent


@pytest.mark.parametrize(("kmh", "shown"), [(0, 0), (18.52, 19), (18.49, 18), (2.5, 3), (3.5, 4), (None, None)])
def test_speed_is_shown_rounded(kmh: float | None, shown: int | None) -> None:
    state = after_reports({"fix": Fix(1, 2, speed_kmh=kmh)})
    assert state.gps is not None and state.gps.speed_kmh == shown


def test_a_fix_that_leaves_something_out_keeps_what_was_known() -> None:
    full = Fix(1, 2, speed_kmh=50, heading_degrees=90, altitude_m=30, satellites=9, precision_m=5)
    state = after_reports({"fix": full}, {"fix": Fix(3, 4)})
    assert state.gps == replace(
        after_reports({"fix": full}).gps,
        updated=EPOCH + timedelta(minutes=1),
        latitude=3,
        longitude=4,
        signal_percent=None,
        precision_m=None,
    )


def test_a_fix_of_too_few_satellites_moves_no_position() -> None:
    state = after_reports({"fix": Fix(1, 2)}, {"fix": Fix(3, 4, satellites=2), "battery_percent": 9})
    assert state.gps is not None and (state.gps.latitude, state.gps.updated) == (1, EPOCH)
    assert (state.battery_percent, state.connection_status) == (9, ConnectionStatus.IDLE)
