"""`track/delete` forgets a period; `track/visit/list` has nothing to tell (history §3.4, §7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.api import Api
from tests.trackers.drives import DAY, at, drive, take_in, text
from trackers.models import Tracker
from trackers.services import history
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

EVERYTHING = {"simplify": False, "filter": False}
SECOND_TRIP = {"from": text(at(15)), "to": text(at(20))}


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    van = register(alice)
    take_in(drive(van))
    return van


@pytest.mark.history(63)
def test_a_period_is_forgotten_and_the_state_stays(api: Api, van: Tracker) -> None:
    state = api("tracker/get_state", tracker_id=van.pk)["state"]
    answer = api("track/delete", tracker_id=van.pk, **SECOND_TRIP)
    assert (answer["deleted"], answer["limit_exceeded"]) == (6, False)
    assert [track["start_date"] for track in api("track/list", tracker_id=van.pk, **DAY)["list"]] == [text(at(1))]
    assert len(api("track/read", tracker_id=van.pk, **EVERYTHING, **DAY)["list"]) == 24
    assert api("tracker/get_state", tracker_id=van.pk)["state"] == state
    assert api("track/delete", tracker_id=van.pk, **SECOND_TRIP)["deleted"] == 0


def test_a_period_may_have_any_length(api: Api, van: Tracker) -> None:
    ages = {"from": "1980-01-01 00:00:00", "to": "2050-01-01 00:00:00"}
    assert api("track/delete", tracker_id=van.pk, **ages)["deleted"] == 30


def test_what_is_too_much_at_once_is_left(api: Api, van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "REPORTS_PER_LOT", 4)
    monkeypatch.setattr(history, "MAX_REPORTS_FORGOTTEN", 8)
    deleted = []
    while (answer := api("track/delete", tracker_id=van.pk, **DAY))["limit_exceeded"]:
        deleted.append(answer["deleted"])
    assert [*deleted, answer["deleted"]] == [8, 8, 8, 6]


def test_only_who_may_change_a_tracker_forgets(api: Api, bob: User, charlie: User, van: Tracker) -> None:
    bind_sub_users(van, [bob])
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    other = Api()
    codes = []
    for login, tracker in ((bob.login, van), (charlie.login, van), (charlie.login, clone)):
        other.log_in(login)
        codes.append(other.code("track/delete", tracker_id=tracker.pk, **DAY))
    set_blocked(van.source_id, is_blocked=True)
    assert [*codes, api.code("track/delete", tracker_id=van.pk, **DAY)] == [13, 201, 219, 208]


def test_there_are_no_places_to_visit(api: Api, van: Tracker) -> None:
    assert api("track/visit/list", tracker_id=van.pk, **DAY)["value"] == {"zones": [], "places": []}
    assert (api.code("track/visit/list", tracker_id=987_654, **DAY), api.status) == (204, 404)
