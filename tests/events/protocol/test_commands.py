"""What clients ask: every malformed command gets its code and names the parameter (api §4.2, §4.4, §4.9)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol import messages
from events.protocol.area import Area
from events.protocol.commands import Action, Command, CommandError, parse_command
from events.protocol.kind import EventRequest
from events.protocol.kinds import IOT_MONITOR, READINGS_BATCH, STATE, STATE_BATCH
from events.protocol.kinds.iot_monitor import MonitorOptions
from events.protocol.kinds.readings_batch import ReadingsOptions
from events.protocol.options import BatchOptions, Options
from trackers.rendering.states import StateFormat

HASH = "0123456789abcdef0123456789abcdef"
LEGACY: dict[str, Any] = {"action": "subscribe", "hash": HASH, "events": ["state"], "trackers": [7, 8]}
ALL: dict[str, Any] = {"type": "all"}


def parse(document: Any) -> Command:
    return parse_command(json.dumps(document))


def refusal(document: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        parse(document)
    return caught.value


def request(**fields: Any) -> dict[str, Any]:
    """A command of the current form with one request."""
    return {"action": "subscribe", "hash": HASH, "requests": [fields]}


@pytest.mark.api(36)
def test_legacy_form_is_one_request_for_states() -> None:
    command = parse(LEGACY)
    assert command.action is Action.SUBSCRIBE
    assert command.credential == HASH
    assert command.requests == (EventRequest(STATE, (7, 8), Options(StateFormat.FULL)),)
    assert command.is_legacy


@pytest.mark.api(39)
def test_repeated_ids_count_once_but_are_listed() -> None:
    command = parse(LEGACY | {"trackers": [8, 7, 8, "7"]})
    assert command.requests[0].tracker_ids == (8, 7)
    assert command.listed_ids == (8, 7, 8, 7)


@pytest.mark.api(43, 44)
def test_requests_form_has_one_request_per_type() -> None:
    requests = [
        {"type": "state", "trackers": [7], "format": "compact"},
        {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [7, 7, 8]}, "rate_limit": "5s"},
        {"type": "readings_batch", "target": ALL, "sensor_type": "temperature"},
        {"type": "iot_monitor", "target": ALL},
    ]
    assert parse({"action": "subscribe", "hash": HASH, "requests": requests}).requests == (
        EventRequest(STATE, (7,), Options(StateFormat.COMPACT)),
        EventRequest(STATE_BATCH, (7, 8), BatchOptions(rate=timedelta(seconds=5))),
        EventRequest(READINGS_BATCH, None, ReadingsOptions(sensor_type="temperature")),
        EventRequest(IOT_MONITOR, None, MonitorOptions()),
    )


def test_area_names_no_tracker() -> None:
    corners = {"nw": {"lat": 48, "lng": 11}, "se": {"lat": 47, "lng": 12}}
    [asked] = parse(request(type="state_batch", target={"type": "area", "bounds": corners})).requests
    assert asked == EventRequest(STATE_BATCH, (), BatchOptions(), Area(48.0, 11.0, 47.0, 12.0))


def test_requests_form_wins_when_both_forms_are_there() -> None:
    command = parse({**LEGACY, **request(type="state", trackers=[9])})
    assert not command.is_legacy
    assert command.requests[0].tracker_ids == (9,)


@pytest.mark.api(47)
def test_unknown_fields_do_not_matter() -> None:
    document = request(type="state", trackers=[7], include_components=True, anything={"a": [1]})
    assert parse({**document, "locale": "en", "": None}).requests == parse(request(type="state", trackers=[7])).requests


@pytest.mark.api(48)
@pytest.mark.parametrize(
    ("value", "iso"), [(True, True), ("true", True), (False, False), ("FALSE", False), (None, False)]
)
def test_date_format_of_a_command_is_read(value: Any, iso: bool) -> None:
    assert parse(LEGACY | {"iso_datetime": value}).requests[0].options.iso is iso
    assert parse(request(type="state", trackers=[7]) | {"iso_datetime": value}).requests[0].options.iso is iso


@pytest.mark.parametrize(("value", "is_told"), [(True, True), ("true", True), (False, False), (None, False)])
def test_cause_of_a_logout_is_told_to_who_asks(value: Any, is_told: bool) -> None:
    assert parse(LEGACY | {"logout_cause": value}).requests[0].options.tells_cause is is_told
    two = {"requests": [{"type": "state", "trackers": [7]}, {"type": "history", "target": {"type": "all"}}]}
    command = parse({"action": "subscribe", "hash": "a", **two, "logout_cause": value})
    assert [one.options.tells_cause for one in command.requests] == [is_told, is_told]


@pytest.mark.api(41)
@pytest.mark.parametrize(
    "text",
    ["", "a question", "{", "1", "1.5", "null", "true", '"text"', "[]", "[{}]", "NaN", '{"a":Infinity}', "{'a':1}"]
    + ["[" * 100_000, '{"a":' * 100_000, '{"hash":' + "9" * 10_000 + "}", "\x00", '{"a":"\x01"}', "\ufeff{}", "{}{}"],
)
def test_non_object_is_refused_without_an_action(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(text)
    assert (caught.value.error.code, caught.value.action, caught.value.echo) == (5, None, {})


@pytest.mark.parametrize(
    "action", [None, "", "delete", "Subscribe", 1, True, [], {}, ["subscribe"], "subscription/subscribe"]
)
def test_unknown_action_is_refused_by_name(action: Any) -> None:
    failure = refusal(LEGACY | {"action": action})
    assert (failure.error.code, failure.action) == (7, None)
    assert failure.error.errors[0].parameter == "action"


LEGACY_FAULTS = [
    ({"events": None}, "events"),
    ({"events": []}, "events"),
    ({"events": "state"}, "events"),
    ({"events": {"state": 1}}, "events"),
    ({"events": [None]}, "events"),
    ({"events": ["state", None]}, "events"),
    ({"events": ["state_batch"]}, "events"),
    ({"events": [["state"]]}, "events"),
    ({"trackers": None}, "trackers"),
    ({"trackers": []}, "trackers"),
    ({"trackers": 7}, "trackers"),
    ({"trackers": {"7": 8}}, "trackers"),
    ({"trackers": "7"}, "trackers"),
    ({"trackers": "seven"}, "trackers"),
    ({"trackers": [None]}, "trackers"),
    ({"trackers": [1.5]}, "trackers"),
    ({"trackers": [True]}, "trackers"),
    ({"trackers": [[7]]}, "trackers"),
    ({"trackers": ["seven"]}, "trackers"),
    ({"trackers": ["--7"]}, "trackers"),
    ({"trackers": ["²"]}, "trackers"),
    ({"trackers": [2**63]}, "trackers"),
    ({"trackers": [-(2**63) - 1]}, "trackers"),
    ({"iso_datetime": "yes"}, "iso_datetime"),
    ({"iso_datetime": 1}, "iso_datetime"),
    ({"logout_cause": "why"}, "logout_cause"),
    ({"requests": []}, "requests"),
    ({"requests": {}}, "requests"),
    ({"requests": "state"}, "requests"),
    ({"requests": [None]}, "requests[0]"),
    ({"requests": ["state"]}, "requests[0]"),
]
REQUEST_FAULTS = [
    ({}, "type"),
    ({"type": None}, "type"),
    ({"type": "lifecycle"}, "type"),
    ({"type": ["state"]}, "type"),
    ({"type": "state"}, "trackers"),
    ({"type": "state", "target": ALL}, "trackers"),
    ({"type": "state", "trackers": []}, "trackers"),
    ({"type": "state", "trackers": [7], "format": "short"}, "format"),
    ({"type": "state", "trackers": [7], "format": 1}, "format"),
    ({"type": "state_batch"}, "target"),
    ({"type": "state_batch", "target": "all"}, "target"),
    ({"type": "state_batch", "target": []}, "target"),
    ({"type": "state_batch", "target": {}}, "target.type"),
    ({"type": "state_batch", "target": {"type": "some"}}, "target.type"),
    ({"type": "state_batch", "target": {"type": "area"}}, "target.bounds"),
    ({"type": "readings_batch", "target": {"type": "area", "bounds": {}}}, "target.type"),
    ({"type": "state_batch", "target": {"type": ["all"]}}, "target.type"),
    ({"type": "state_batch", "target": {"type": "selected"}}, "target.tracker_ids"),
    ({"type": "state_batch", "target": {"type": "selected", "tracker_ids": []}}, "target.tracker_ids"),
    ({"type": "state_batch", "target": {"type": "selected", "tracker_ids": [None]}}, "target.tracker_ids"),
    ({"type": "iot_monitor", "target": ALL, "format": "?"}, "format"),
    ({"type": "iot_monitor", "target": ALL, "flow_id": 125}, "flow_id"),
    ({"type": "iot_monitor", "target": ALL, "flow_id": "default"}, "flow_id"),
    ({"type": "iot_monitor", "target": ALL, "flow_id": False}, "flow_id"),
    ({"type": "state_batch", "target": ALL, "item": "bare"}, "item"),
    ({"type": "readings_batch", "target": ALL, "item": ["event"]}, "item"),
]


@pytest.mark.api(8, 45)
@pytest.mark.parametrize(
    ("document", "parameter"),
    [(LEGACY | fault, parameter) for fault, parameter in LEGACY_FAULTS]
    + [(request(**fault), f"requests[0].{parameter}") for fault, parameter in REQUEST_FAULTS],
)
@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_malformed_command_is_refused_naming_parameter(document: dict[str, Any], parameter: str, action: str) -> None:
    failure = refusal(document | {"action": action})
    assert failure.error.code == 7
    assert failure.action == f"subscription/{action}"
    assert [error.parameter for error in failure.error.errors] == [parameter]


def test_one_type_twice_in_a_message_is_refused() -> None:
    item = {"type": "state", "trackers": [7]}
    failure = refusal({"action": "subscribe", "hash": HASH, "requests": [item, item]})
    assert failure.error.errors[0].parameter == "requests"


@pytest.mark.api(42)
def test_error_repeats_the_command_without_its_hash() -> None:
    failure = refusal(LEGACY | {"trackers": ["\ud800"]})
    assert failure.echo == {"events": ["state"], "trackers": ["\ud800"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(["subscribe", "unsubscribe", "state", "state_batch", "all", "selected", "full", True, [7]])
NESTED = st.dictionaries(st.sampled_from(["type", "trackers", "target", "format", "tracker_ids"]), WORDS | JSON)
NEARLY_COMMANDS = st.dictionaries(
    st.sampled_from(["action", "hash", "events", "trackers", "requests", "iso_datetime"]),
    WORDS | JSON | st.lists(WORDS | NESTED, max_size=3),
)


@given(JSON | NEARLY_COMMANDS)
def test_any_json_is_command_or_tellable_error(document: Any) -> None:
    try:
        parse(document)
    except CommandError as failure:
        told = json.loads(messages.error(failure.error, failure.action, failure.echo))
        assert told["type"] == "error"
        assert "hash" not in told["data"]


@given(st.text())
def test_any_text_is_a_command_or_an_error(text: str) -> None:
    with pytest.raises(CommandError):
        parse_command(text)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e308", "9" * 4300])
def test_huge_number_is_told_back_or_refused(number: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(f'{{"action":"subscribe","hash":"","trackers":[{number}]}}')
    messages.error(caught.value.error, caught.value.action, caught.value.echo)


@pytest.mark.parametrize("depth", [*range(30, 60), *range(150, 1000, 7)])
def test_readable_nesting_can_be_told_back(depth: int) -> None:
    text = '{"action":"subscribe","trackers":' + "[" * depth + "]" * depth + "}"
    with pytest.raises(CommandError) as caught:
        parse_command(text)
    tell = messages.error
    # A few calls deeper than the reading, as in a server.
    for _ in range(20):
        tell = _call_through(tell)
    tell(caught.value.error, caught.value.action, caught.value.echo)


def _call_through(function: Any) -> Any:
    return lambda *arguments: function(*arguments)
