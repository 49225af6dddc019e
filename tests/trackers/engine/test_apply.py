"""What holds of states whatever comes in whatever order."""

from __future__ import annotations

import random
from dataclasses import replace as copy_of
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import EPOCH, FRESH, RULES, moments, records, reports
from trackers.engine.apply import apply_report, next_due, pass_time
from trackers.engine.last_reports import RECENT_REPORTS
from trackers.engine.merging import MAX_ATTRIBUTES
from trackers.engine.record import Record, decode_record, decode_state, encode_record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus, Gps, State
from trackers.engine.trips import TripRules
from trackers.rendering.states import StateFormat, render_state
from trackers.reports.report import Fix, Report

LATER = EPOCH + timedelta(hours=1)
NOW = st.integers(-60, 7200).map(lambda seconds: EPOCH + timedelta(seconds=seconds))

trip_rules = st.builds(
    TripRules,
    parking_time=st.sampled_from([timedelta(minutes=1), timedelta(minutes=5)]),
    ignition_aware=st.booleans(),
    motion_sensor_aware=st.booleans(),
)
all_rules = trip_rules.map(lambda trips: copy_of(RULES, trips=trips))
# Many reports of few moments: it is those of one moment that are hard to put in order.
close_reports = reports(moments() | moments().map(lambda moment: moment.replace(second=0)))
some_reports = st.lists(close_reports, min_size=1, max_size=RECENT_REPORTS)


def visible(state: State) -> dict[str, Any]:
    """What a viewer can see of a state."""
    return render_state(state, StateFormat.FULL, UTC, iso=True)


def receive(record: Record, report: Report, at: datetime = LATER, rules: Rules = RULES) -> Record:
    return apply_report(record, report, received_at=at, rules=rules).record


def receive_all(sent: list[Report], rules: Rules = RULES) -> Record:
    record = FRESH
    for report in sent:
        record = receive(record, report, rules=rules)
    return record


def shuffled(sent: list[Report], dice: random.Random) -> list[Report]:
    """The reports in another order, some of them more than once; those of one time in the order that they have."""
    received = list(sent)
    dice.shuffle(received)
    in_turn = {time: iter([one for one in sent if one.time == time]) for time in {one.time for one in sent}}
    received = [next(in_turn[one.time]) for one in received]
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(received))
        received.insert(dice.randrange(at, len(received)) + 1, received[at])
    return received


@pytest.mark.api(77)
@given(sent=some_reports, dice=st.randoms(use_true_random=False), rules=all_rules)
def test_report_order_and_repetition_change_no_record(sent: list[Report], dice: random.Random, rules: Rules) -> None:
    in_order = receive_all(sorted(sent, key=lambda report: report.time), rules)
    as_it_came = receive_all(shuffled(sent, dice), rules)
    assert visible(as_it_came.state) == visible(in_order.state)
    assert without_counts(as_it_came) == without_counts(in_order)


def without_counts(record: Record) -> Record:
    """The record without what depends on how often and in which order something came: revision, slots."""
    traces = tuple(replace(trace, slot=0) for trace in record.traces)
    return replace(record, traces=traces, state=replace(record.state, revision=0))


@given(
    sent=st.lists(
        reports(), min_size=RECENT_REPORTS, max_size=4 * RECENT_REPORTS, unique_by=lambda report: report.time
    ),
    dice=st.randoms(),
)
def test_long_disorder_affects_only_movement_and_ignition(sent: list[Report], dice: random.Random) -> None:
    in_order, as_it_came = receive_all(sorted(sent, key=lambda report: report.time)), receive_all(shuffled(sent, dice))
    assert without_trips(as_it_came.state) == without_trips(in_order.state)


def without_trips(state: State) -> dict[str, Any]:
    names = {"movement_status", "movement_status_update", "ignition", "ignition_update", "actual_track_update"}
    return {name: value for name, value in visible(state).items() if name not in names}


@given(sent=some_reports, dice=st.randoms(use_true_random=False), now=NOW)
def test_report_order_does_not_change_time_effects(sent: list[Report], dice: random.Random, now: datetime) -> None:
    in_order, as_it_came = receive_all(sorted(sent, key=lambda report: report.time)), receive_all(shuffled(sent, dice))
    assert next_due(as_it_came, RULES) == next_due(in_order, RULES)
    later = LATER + (now - EPOCH)
    assert visible(pass_time(as_it_came, now=later, rules=RULES).state) == visible(
        pass_time(in_order, now=later, rules=RULES).state
    )


@given(record=records(), report=reports(), received_after=st.integers(0, 7200))
def test_revision_grows_exactly_with_visible_changes(record: Record, report: Report, received_after: int) -> None:
    after = receive(record, report, EPOCH + timedelta(seconds=received_after))
    assert after.state.revision - record.state.revision == (visible(after.state) != visible(record.state))
    assert (after.state is record.state) == (after.state.revision == record.state.revision)


@given(record=records(), report=reports(), first=NOW, second=NOW)
def test_a_repeated_report_only_passes_time(record: Record, report: Report, first: datetime, second: datetime) -> None:
    first, second = sorted([first, second])
    once = receive(record, report, max(first, report.time))
    twice = receive(once, report, max(second, report.time))
    offline = ConnectionStatus.OFFLINE
    passed = pass_time(replace(once, contact_at=twice.contact_at), now=max(second, report.time), rules=RULES)
    assert visible(twice.state) == visible(passed.state)
    assert twice.state.connection_status is not offline


@given(record=records(), report=reports(), now=NOW)
def test_last_update_never_goes_back(record: Record, report: Report, now: datetime) -> None:
    after, before = receive(record, report, now).state.last_update, record.state.last_update
    assert after is not None and (before is None or after >= before)


@given(record=records(), now=NOW)
def test_passed_time_leaves_nothing_due(record: Record, now: datetime) -> None:
    after = pass_time(record, now=now, rules=RULES)
    due = next_due(after, RULES)
    assert due is None or due > now
    assert pass_time(after, now=now, rules=RULES) is after


@given(record=records(), now=NOW)
def test_time_alone_moves_neither_last_update_nor_position(record: Record, now: datetime) -> None:
    after = pass_time(record, now=now, rules=RULES)
    assert (after.state.last_update, after.state.gps) == (record.state.last_update, record.state.gps)
    assert after.contact_at == record.contact_at
    assert (after.state.revision > record.state.revision) == (visible(after.state) != visible(record.state))


@given(record=records(), waited=st.integers(0, 7200))
def test_nothing_changes_before_it_is_due(record: Record, waited: int) -> None:
    # Time goes on from the moment of the last report; before it the statuses were others.
    now = (record.contact_at or EPOCH) + timedelta(seconds=waited)
    due = next_due(record, RULES)
    if due is None or now < due:
        assert pass_time(record, now=now, rules=RULES) is record


@given(record=records(), step=NOW, now=NOW)
def test_stepwise_time_equals_time_at_once(record: Record, step: datetime, now: datetime) -> None:
    step, now = sorted([step, now])
    in_steps = pass_time(pass_time(record, now=step, rules=RULES), now=now, rules=RULES)
    assert visible(in_steps.state) == visible(pass_time(record, now=now, rules=RULES).state)


@given(record=records())
def test_a_stored_record_reads_back_unchanged(record: Record) -> None:
    document = encode_record(record).decode()
    assert decode_record(document) == record
    assert decode_state(document) == record.state


def after_reports(*parts: dict[str, Any]) -> State:
    """The state after a report for each of the parts, a minute apart."""
    record = FRESH
    for number, part in enumerate(parts):
        record = receive(record, Report("device", EPOCH + timedelta(minutes=number), **part))
    return record.state


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
def test_each_part_keeps_own_value_and_time(parts: list[dict[str, Any]], expected: dict[str, Any]) -> None:
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


def test_only_the_newest_attributes_are_kept() -> None:
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


@pytest.mark.api(80)
def test_a_position_is_one_fix_and_takes_nothing_of_another() -> None:
    full = Fix(1, 2, speed_kmh=50, heading_degrees=90, altitude_m=30, satellites=9, precision_m=5)
    later = Gps(EPOCH + timedelta(minutes=1), 3, 4)
    assert after_reports({"fix": full}, {"fix": Fix(3, 4)}).gps == later


@pytest.mark.api(80)
@pytest.mark.parametrize("is_repeated", [False, True])
def test_of_two_fixes_of_one_time_the_later_arrival_counts_whole(is_repeated: bool) -> None:
    first = Report("device", EPOCH, fix=Fix(47.9, 19.9, 111, 10, 300), battery_percent=80, attributes={"a": 2})
    second = Report("device", EPOCH, fix=Fix(47.8, 19.8, 0, 200), attributes={"a": 1})
    sent = [first, second, first] if is_repeated else [first, second]
    state = receive_all(sent).state
    assert state.gps == Gps(EPOCH, 47.8, 19.8, 200, 0)
    assert (state.battery_percent, state.additional["a"].value) == (80, 1)


def test_of_several_reports_of_one_fix_the_newest_brings_it() -> None:
    told = [
        Report("device", EPOCH + timedelta(minutes=minute), fix=Fix(minute, 2, time=EPOCH)) for minute in range(1, 4)
    ]
    for sent in permutations(told):
        gps = receive_all(list(sent)).state.gps
        assert gps is not None and (gps.latitude, gps.updated) == (3, EPOCH)


def test_a_fix_that_is_no_position_moves_none() -> None:
    state = after_reports({"fix": Fix(1, 2)}, {"fix": Fix(3, 4, is_valid=False), "battery_percent": 9})
    assert state.gps is not None and (state.gps.latitude, state.gps.updated) == (1, EPOCH)
    assert (state.battery_percent, state.connection_status) == (9, ConnectionStatus.IDLE)


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ({"battery_percent": 40}, {"battery_percent": 40}),
        ({"battery_percent": 40, "inputs": (True,)}, {"inputs": (False,), "battery_percent": 40}),
        ({"attributes": {"fuel": "1", "door": "open"}}, {"additional": {"fuel": "2", "door": "open"}}),
        ({"gsm_percent": 9}, {"gsm": 9}),
    ],
)
def test_a_late_report_fills_gaps_only(late: dict[str, Any], expected: dict[str, Any]) -> None:
    newest = Report("device", EPOCH, inputs=(False,), attributes={"fuel": "2"})
    record = receive(FRESH, newest)
    after = receive(record, Report("device", EPOCH - timedelta(minutes=1), **late)).state
    seen = {
        "battery_percent": after.battery_percent,
        "inputs": after.inputs,
        "gsm": after.gsm and after.gsm.signal_percent,
        "additional": {name: one.value for name, one in after.additional.items()},
    }
    assert {name: seen[name] for name in expected} == expected
    assert (after.last_update, after.revision) == (EPOCH, record.state.revision + 1)


def test_a_late_fix_takes_no_part_of_the_newest_over() -> None:
    record = receive(FRESH, Report("device", EPOCH, fix=Fix(3, 4, speed_kmh=50)))
    late = Fix(1, 2, speed_kmh=10, heading_degrees=90, altitude_m=30)
    assert receive(record, Report("device", EPOCH - timedelta(minutes=1), fix=late)).state.gps == record.state.gps


def test_a_position_is_dated_by_its_fix() -> None:
    taken = EPOCH - timedelta(minutes=2)
    state = receive(FRESH, Report("device", EPOCH, fix=Fix(1, 2, time=taken)), EPOCH).state
    assert state.gps is not None and (state.gps.updated, state.last_update) == (taken, EPOCH)
    ahead = receive(FRESH, Report("device", EPOCH, fix=Fix(1, 2, time=LATER)), EPOCH).state
    assert ahead.gps is not None and ahead.gps.updated == EPOCH


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * 600, "x" * 500),
        ([1, {"a": 2}], '[1,{"a":2}]'),
        (2**60, str(2**60)),
        (12, 12),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (None, None),
        (True, True),
    ],
)
def test_attributes_are_single_values_of_limited_length(value: Any, kept: Any) -> None:
    assert after_reports({"attributes": {"name": value}}).additional["name"].value == kept


def test_values_without_field_become_attributes() -> None:
    state = after_reports({"hardware_key": "04AB", "event_code": 2, "is_moving": True})
    assert {name: one.value for name, one in state.additional.items()} == {
        "hardware_key": "04AB",
        "event_code": 2,
        "moving": True,
    }
