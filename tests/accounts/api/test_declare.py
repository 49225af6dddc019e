"""Calls that are declared: in what order things are asked, and what is described."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.api.call import ApiCall, Fields, SpecialCall, UserCall, api_call
from accounts.api.declare import DeclaredCall, call, open_call, session_call, special_call
from accounts.api.panel_call import PanelCall, PanelPermission, panel_call
from accounts.models import SessionKind, User
from accounts.selectors import Principal
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import create_session, create_special_session
from accounts.wire.description import Needs
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from accounts.wire.signature import Found
from accounts.wire.terms import ID


def find_box(caller: Principal, box_id: int) -> int:
    raise ApiError(ErrorCode.NOT_FOUND)


@call("box/move", right=Right.TRACKER_UPDATE, codes=(208,), gives={"id": ID}, also="boxes/move")
def move_box(call: UserCall, box: Annotated[int, Found("box_id", ID, find_box, codes=(201,))], to: str) -> Fields:
    """Moves a box
    to a place.

    Not told to clients.
    """
    return {"id": box}


@open_call("box/count", takes={"box_id": ID})
def count_boxes(call: ApiCall) -> Fields:
    """How many boxes there are."""
    return {"count": call.parameters.read("box_id", ID)}


@session_call("box/sign", of_masters=True)
def sign_box(call: UserCall, box_id: int) -> None:
    """Signs a box."""


@special_call("box/open", SessionKind.RESTORE)
def open_box(call: SpecialCall) -> None:
    """Opens a box."""


@panel_call("box/scrap", PanelPermission.CORRUPT_TRACKERS)
def scrap_box(call: PanelCall) -> None:
    """Scraps a box."""


def made(declared: DeclaredCall, **sent: Any) -> Any:
    """The code of a failure, or nothing."""
    request: HttpRequest = RequestFactory().post("/", sent, content_type="application/json")
    answer = api_call(declared.answer, "anything")(request)
    return json.loads(answer.content).get("status", {}).get("code")


def test_credential_right_parameters_and_what_is_there_are_asked_in_this_order(alice: User, bob: User) -> None:
    alices, bobs = create_session(alice), create_session(bob)
    assert made(move_box, box_id="x") == 3
    assert made(move_box, hash="0" * 32, box_id="x") == 4
    assert made(move_box, hash=bobs, box_id="x") == 13
    assert made(move_box, hash=alices, box_id=1) == 7
    assert made(move_box, hash=alices, box_id=1, to="here") == 201


def test_session_call_is_no_use_to_keys_and_sub_users(alice: User, bob: User) -> None:
    _, key = create_api_key(alice, "key")
    assert made(sign_box, hash=key, box_id=1) == 4
    assert made(sign_box, hash=create_session(bob)) == 13
    assert made(sign_box, hash=create_session(alice)) == 7
    assert made(sign_box, hash=create_session(alice), box_id=1) is None


def test_special_and_panel_calls_refuse_sessions_of_users(alice: User) -> None:
    assert made(open_box, hash=create_session(alice)) == 4
    _, mailed = create_special_session(alice, SessionKind.RESTORE, timedelta(hours=1))
    assert made(open_box, hash=mailed) is None
    assert made(scrap_box, hash=create_session(alice)) == 4


@pytest.mark.django_db
def test_open_call_asks_for_no_credential() -> None:
    assert (made(count_boxes), made(count_boxes, box_id=5)) == (7, None)


def test_declaration_describes_the_call_by_both_addresses() -> None:
    first, second = move_box.schemas
    assert (first.route, first.alias_of, second.route, second.alias_of) == ("box/move", None, "boxes/move", "box/move")
    for one in (first, second):
        assert one.summary == "Moves a box to a place."
        assert list(one.parameters) == ["box_id", "to"]
        assert (one.needs, one.right, dict(one.result)) == (Needs.LOGIN, Right.TRACKER_UPDATE, {"id": ID})
        assert {3, 4, 13, 201, 208} <= set(one.codes)


@pytest.mark.parametrize(
    ("declared", "needs", "may_be_refused"),
    [
        (count_boxes, Needs.NOTHING, False),
        (sign_box, Needs.SESSION, True),
        (open_box, Needs.SPECIAL, False),
        (scrap_box, Needs.PANEL, True),
    ],
)
def test_door_describes_who_may_call(declared: DeclaredCall, needs: Needs, may_be_refused: bool) -> None:
    (one,) = declared.schemas
    assert (one.needs, ErrorCode.NOT_PERMITTED in one.codes) == (needs, may_be_refused)
    assert (ErrorCode.WRONG_HASH in one.codes) is (needs is not Needs.NOTHING)
