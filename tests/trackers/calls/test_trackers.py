"""`tracker/list`, `read`, `get_state` and `get_states`: what a caller sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import create_session
from tests.api import Api
from trackers.models import Group, Source, Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker, corrupt_tracker, set_blocked, update_tracker

Register = Callable[..., Tracker]


@pytest.fixture
def vans(alice: User, register: Register) -> list[Tracker]:
    """Three vans of Alice, the last one blocked."""
    vans = [register(alice) for _ in range(3)]
    set_blocked(vans[2].source_id, is_blocked=True)
    return vans


def listed(api: Api, **parameters: Any) -> list[int]:
    return sorted(tracker["id"] for tracker in api("tracker/list", **parameters)["list"])


def ids(trackers: list[Tracker]) -> list[int]:
    return [tracker.pk for tracker in trackers]


def test_a_tracker_has_every_contract_field(alice: User, api: Api, register: Register) -> None:
    tracker = register(alice)
    group = Group.objects.create(account=alice, title="Vans")
    update_tracker(tracker, label="Van <3>", group=group)
    Source.objects.update(phone="+49 1", created_at="2024-05-02T23:59:59Z")
    value = api("tracker/read", tracker_id=tracker.pk, iso_datetime=True)["value"]
    assert api("tracker/list") == {"success": True, "list": [value]}
    assert value == {
        "id": tracker.pk,
        "label": "Van <3>",
        "clone": False,
        "group_id": group.pk,
        "source": {
            "id": tracker.source_id,
            "device_id": tracker.source.device_id,
            "model": "osmand",
            "blocked": False,
            "tariff_id": 0,
            "status_listing_id": None,
            "creation_date": "2024-05-02",
            "tariff_end_date": None,
            "phone": "+49 1",
        },
        "tag_bindings": [],
    }


@pytest.mark.api(24)
def test_the_list_shows_blocked_trackers(api: Api, vans: list[Tracker]) -> None:
    found = api("tracker/list")["list"]
    blocked = {tracker["id"]: tracker["source"]["blocked"] for tracker in found}
    assert blocked == dict(zip(ids(vans), [False, False, True], strict=True))
    assert found[0]["group_id"] == 0 and found[0]["source"]["phone"] is None
    assert api("tracker/read", tracker_id=vans[2].pk)["value"] in found


def test_the_compact_list_says_the_same_of_what_is_something(alice: User, api: Api, vans: list[Tracker]) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    update_tracker(vans[0], label="Zoë's van", group=group)
    Source.objects.filter(pk=vans[1].source_id).update(phone="+49 1")
    whole = api("tracker/list")["list"]
    compact = api("tracker/list_compact")["list"]
    for one, another in zip(whole, compact, strict=True):
        told = {key: value for key, value in one["source"].items() if value and not key.endswith(("date", "tariff_id"))}
        assert another == {key: value for key, value in one.items() if value} | {"source": told}
    (blocked,) = (one["id"] for one in compact if one["source"].get("blocked"))
    (labelled,) = api("tracker/list_compact", labels=["Zoë"])["list"]
    assert (labelled["id"], blocked) == (vans[0].pk, vans[2].pk)


def test_an_empty_fleet_is_an_empty_list(api: Api) -> None:
    assert api("tracker/list") == {"success": True, "list": []}


@pytest.mark.api(24)
def test_a_blocked_tracker_has_no_state_to_show(api: Api, vans: list[Tracker]) -> None:
    assert (api.code("tracker/get_state", tracker_id=vans[2].pk), api.status) == (208, 403)
    set_blocked(vans[2].source_id, is_blocked=False)
    answer = api("tracker/get_state", tracker_id=vans[2].pk)
    assert set(answer) == {"success", "user_time", "state"}
    assert answer["state"]["source_id"] == vans[2].source_id


@pytest.mark.parametrize("path", ["tracker/read", "tracker/get_state"])
def test_what_is_not_there_is_not_found(api: Api, vans: list[Tracker], charlie: User, path: str) -> None:
    stranger = Api()
    stranger.log_in(charlie.login)
    gone = vans[0].pk
    corrupt_tracker(vans[0])
    assert [api.code(path, tracker_id=one) for one in (gone, 0, -1, 2**62, "77")] == [201] * 5
    assert (stranger.code(path, tracker_id=vans[1].pk), stranger.status) == (201, 400)
    assert [api.code(path, tracker_id=one) for one in (None, "", "x", 1.5, [], 2**63)] == [7] * 6


NO_FLAGS: dict[str, bool] = {}
LIST_BLOCKED = {"list_blocked": True}
ALLOW_MISSING = {"allow_not_exist": True}
BOTH = LIST_BLOCKED | ALLOW_MISSING


@pytest.mark.api(25)
@pytest.mark.parametrize(
    ("wanted", "flags", "code"),
    [
        ("01", NO_FLAGS, None),
        ("012", NO_FLAGS, 208),
        ("012", LIST_BLOCKED, None),
        ("012", ALLOW_MISSING, 208),
        ("01?", NO_FLAGS, 217),
        ("01?", LIST_BLOCKED, 217),
        ("01?", ALLOW_MISSING, None),
        ("012?", NO_FLAGS, 217),
        ("012?", BOTH, None),
        ("?", ALLOW_MISSING, None),
        ("2", LIST_BLOCKED, None),
    ],
)
def test_flags_allow_blocked_and_missing_trackers(
    api: Api, vans: list[Tracker], wanted: str, flags: dict[str, bool], code: int | None
) -> None:
    by_letter = dict(zip("012?", [*ids(vans), 987_654], strict=True))
    answer = api("tracker/get_states", trackers=[by_letter[letter] for letter in wanted], **flags)
    if code is not None:
        assert answer["status"]["code"] == code
        return
    assert set(answer["states"]) == {str(by_letter[letter]) for letter in wanted if letter in "01"}
    assert answer.get("blocked") == ([vans[2].pk] * ("2" in wanted) if "list_blocked" in flags else None)
    assert answer.get("not_exist") == ([987_654] * ("?" in wanted) if "allow_not_exist" in flags else None)


@pytest.mark.api(26)
def test_states_are_keyed_by_tracker_id_as_text(api: Api, vans: list[Tracker]) -> None:
    wanted = [vans[1].pk, vans[0].pk, vans[1].pk]
    answer = api("tracker/get_states", trackers=wanted)
    assert set(answer) == {"success", "user_time", "states"}
    assert {key: state["source_id"] for key, state in answer["states"].items()} == {
        str(van.pk): van.source_id for van in vans[:2]
    }
    one = api("tracker/get_state", tracker_id=vans[0].pk)["state"]
    assert answer["states"][str(vans[0].pk)] == one


@pytest.mark.parametrize(("count", "code"), [(2000, None), (2001, 221)])
def test_at_most_two_thousand_states_in_one_call(api: Api, vans: list[Tracker], count: int, code: int | None) -> None:
    wanted = [vans[0].pk, *range(10_000, 10_000 + count - 1)]
    answer = api("tracker/get_states", trackers=wanted * 2, allow_not_exist=True)
    assert answer.get("status", {}).get("code") == code
    assert api.status == (200 if code is None else 403)
    assert code or (len(answer["states"]), len(answer["not_exist"])) == (1, count - 1)


@pytest.mark.parametrize("trackers", [None, [], "[]", "5", 5, {}, ["x"], [None], [[1]], [1.5], [2**63]])
def test_a_bad_list_of_trackers_is_named(api: Api, vans: list[Tracker], trackers: Any) -> None:
    answer = api("tracker/get_states", trackers=trackers)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "trackers")


@pytest.fixture
def labelled(alice: User, register: Register) -> list[Tracker]:
    trackers = [register(alice) for _ in range(4)]
    for tracker, label in zip(trackers, ["Van North", "Truck north", "ÄRGER", "100% | a\\b"], strict=True):
        update_tracker(tracker, label=label, group=None)
    return trackers


@pytest.mark.api(27)
@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["North"], [0, 1]),
        (["van"], [0]),
        (["nor", "TRUCK"], [0, 1]),
        ('["van"]', [0]),
        (["ärger"], [2]),
        (["%"], [3]),
        (["| a\\"], [3]),
        (["_"], []),
        (["ship"], []),
    ],
)
def test_labels_match_any_part_of_a_label(api: Api, labelled: list[Tracker], labels: Any, found: list[int]) -> None:
    assert listed(api, labels=labels) == [labelled[number].pk for number in found]


@pytest.mark.api(27)
@pytest.mark.parametrize(
    "labels",
    [
        [],
        "",
        "van",
        {},
        5,
        [None],
        [""],
        [" "],
        ["x" * 61],
        ["a", "a"],
        ["a\x00"],
        [5],
        [["a"]],
        [str(n) for n in range(1025)],
    ],
)
def test_a_bad_list_of_labels_is_named(api: Api, labelled: list[Tracker], labels: Any) -> None:
    answer = api("tracker/list", labels=labels)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "labels")


@pytest.mark.api(27)
def test_as_many_labels_as_allowed_are_searched(api: Api, labelled: list[Tracker]) -> None:
    assert listed(api, labels=["north", *(f"{n:060}" for n in range(1023))]) == ids(labelled[:2])


@pytest.mark.api(23)
def test_a_sub_user_sees_only_bound_trackers(bob: User, vans: list[Tracker]) -> None:
    api = Api()
    api.log_in(bob.login)
    assert listed(api) == []
    bind_sub_users(vans[0], [bob])
    bind_sub_users(vans[2], [bob])
    assert listed(api) == [vans[0].pk, vans[2].pk]
    assert listed(api, labels=[vans[1].label, vans[0].label]) == [vans[0].pk]
    assert [api.code("tracker/get_state", tracker_id=van.pk) for van in vans[1:]] == [201, 208]
    assert api.code("tracker/get_states", trackers=ids(vans[:2])) == 217
    answer = api("tracker/get_states", trackers=ids(vans), allow_not_exist=True, list_blocked=True)
    assert (list(answer["states"]), answer["blocked"]) == ([str(vans[0].pk)], [vans[2].pk])
    assert answer["not_exist"] == [vans[1].pk]


@pytest.mark.api(29)
def test_a_clone_shares_the_source_and_nothing_else(api: Api, vans: list[Tracker], charlie: User) -> None:
    clone = clone_tracker(vans[0], account=charlie, label="Borrowed")
    stranger = Api()
    stranger.log_in(charlie.login)
    (seen,) = stranger("tracker/list")["list"]
    original = api("tracker/read", tracker_id=vans[0].pk)["value"]
    assert (seen["id"], seen["label"], seen["clone"], original["clone"]) == (clone.pk, "Borrowed", True, False)
    assert seen["source"] == original["source"]
    states = [api("tracker/get_state", tracker_id=vans[0].pk), stranger("tracker/get_state", tracker_id=clone.pk)]
    assert states[0]["state"] == states[1]["state"]


def test_a_sub_users_key_sees_the_same(bob: User, vans: list[Tracker]) -> None:
    bind_sub_users(vans[0], [bob])
    _, credential = create_api_key(bob, "made for him by the staff")
    assert listed(Api(), hash=credential) == listed(Api(), hash=create_session(bob)) == [vans[0].pk]


@pytest.mark.parametrize("path", ["tracker/list", "tracker/read", "tracker/get_state", "tracker/get_states"])
@pytest.mark.parametrize(("credential", "code"), [(None, 3), ("no hash", 3), ("0" * 32, 4)])
def test_nothing_is_told_to_strangers(vans: list[Tracker], path: str, credential: str | None, code: int) -> None:
    parameters = {"tracker_id": vans[0].pk, "trackers": ids(vans), "hash": credential}
    assert Api().code(path, **parameters) == code
