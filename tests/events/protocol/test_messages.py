"""Every document that a client can get, by its wire keys (api §4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.logout_causes import LogoutCause
from events.protocol import messages
from events.protocol.commands import Action


@pytest.mark.api(36)
def test_response_repeats_action_and_events() -> None:
    assert json.loads(messages.response(Action.SUBSCRIBE.full_name, ["state"], {"state": {}})) == {
        "type": "response",
        "action": "subscription/subscribe",
        "events": ["state"],
        "data": {"state": {}},
    }


@pytest.mark.api(37)
@pytest.mark.parametrize(
    ("beside", "result"),
    [
        (False, {"value": {"7": "normal"}, "success": True}),
        (True, {"7": "normal", "value": {"7": "normal"}, "success": True}),
    ],
)
def test_statuses_stand_in_value_optionally_beside(beside: bool, result: dict[str, object]) -> None:
    assert messages.subscribed({7: "normal"}, beside=beside) == result


@pytest.mark.api(8)
def test_refused_request_says_code_and_parameter() -> None:
    assert messages.refused(invalid_parameter("target", "must not be more than 10 trackers")) == {
        "success": False,
        "status": {"code": 7, "description": "Invalid parameters"},
        "errors": [{"parameter": "target", "error": "must not be more than 10 trackers"}],
    }


@pytest.mark.api(40, 42)
def test_error_has_an_object_as_data() -> None:
    text = messages.error(ApiError(ErrorCode.WRONG_HASH), "subscription/subscribe", {"events": ["state"]})
    assert json.loads(text) == {
        "type": "error",
        "action": "subscription/subscribe",
        "status": {"code": 3, "description": "Wrong hash"},
        "data": {"events": ["state"]},
    }


def test_unexpected_error_tells_nothing_but_its_code() -> None:
    assert json.loads(messages.unexpected_error()) == {
        "type": "error",
        "action": None,
        "status": {"code": 6, "description": "Unexpected error"},
        "data": {},
    }


@pytest.mark.api(60, 62, 63)
def test_lifecycle_and_logout_are_events() -> None:
    lifecycle = {"source_id": 7, "lifecycle_event": "block"}
    assert json.loads(messages.lifecycle(7, "block")) == {"type": "event", "event": "lifecycle", "data": lifecycle}
    logout = {"type": "event", "event": "logout", "data": "session closed"}
    assert json.loads(messages.logout()) == logout
    assert json.loads(messages.logout(LogoutCause.USER_BLOCKED)) == {**logout, "cause": "user_blocked"}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


@pytest.mark.api(35)
@given(PLAIN)
def test_faster_encoding_says_the_same_in_ascii(document: object) -> None:
    text = messages.encode_plain(document)
    assert json.loads(text) == document
    assert text.isascii()
    assert "|" not in text
