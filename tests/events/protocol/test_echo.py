"""How much of a wrong message its error repeats."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.wire.errors import ApiError, ErrorCode
from events.protocol import messages
from events.protocol.echo import ELLIPSIS, MAX_ECHO_CHARACTERS, abridge
from tests.strategies import json_values

# What closes what was begun: brackets, an ellipsis, a null.
SLACK = 1_000


def error(echo: dict[str, Any]) -> str:
    return messages.error(ApiError(ErrorCode.INVALID_PARAMETERS), None, echo)


@pytest.mark.api(42)
def test_usual_command_is_repeated_whole() -> None:
    echo = {"events": ["state"], "trackers": list(range(300)), "note": "p|pe", "flag": None, "rate": 0.5}
    told = json.loads(error(echo))
    assert told["data"] == echo
    assert "cut" not in told


@pytest.mark.api(42)
@pytest.mark.parametrize(
    ("echo", "kept"),
    [
        ({"note": "n" * 5000}, {"note": "n" * 4088 + ELLIPSIS}),
        ({"note": "é" * 5000}, {"note": "é" * 681 + ELLIPSIS}),
        ({"note": "|" * 5000}, {"note": "|" * 681 + ELLIPSIS}),
        ({"n" * 5000: 1}, {}),
        ({"number": 10**4200}, {"number": None}),
    ],
    ids=["plain", "escaped", "bars", "name", "digits"],
)
def test_long_value_is_repeated_in_part(echo: dict[str, Any], kept: dict[str, Any]) -> None:
    told = json.loads(error(echo))
    assert (told["data"], told["cut"]) == (kept, True)


@pytest.mark.api(42)
def test_long_list_is_repeated_from_its_beginning() -> None:
    told = json.loads(error({"events": ["state"], "trackers": list(range(100_000)), "note": "after it"}))
    trackers = told["data"]["trackers"]
    assert told["data"] == {"events": ["state"], "trackers": list(range(len(trackers)))}
    assert 400 < len(trackers) < 1000


@given(st.dictionaries(st.text(), json_values(), max_size=20), st.integers(0, 200))
@example({"last": [None]}, 14)
def test_echo_has_a_bound_and_keeps_types(document: dict[str, Any], room: int) -> None:
    echo, is_cut = abridge(document, room)
    assert is_cut is (echo != document)
    for name, value in echo.items():
        assert value is None or type(value) is type(document[name])


def test_error_of_longest_message_is_short() -> None:
    deep: Any = "é" * 1_000_000
    for _ in range(40):
        deep = {"é" * 3: [deep]}
    assert len(error(deep)) < MAX_ECHO_CHARACTERS + SLACK
