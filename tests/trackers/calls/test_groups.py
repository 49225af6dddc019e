"""`tracker/group/*`: groups of an account, and what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from tests.api import Api
from trackers.models import Group, Tracker
from trackers.services import groups
from trackers.services.trackers import bind_sub_users, remove_tracker, set_blocked

Register = Callable[..., Tracker]


@pytest.fixture
def office(alice: User) -> Group:
    return Group.objects.create(account=alice, title="Office", color="FF6DDC")


def listed(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("tracker/group/list")["list"]
    return found


def group_of(api: Api, tracker: Tracker) -> int:
    found: int = api("tracker/read", tracker_id=tracker.pk)["value"]["group_id"]
    return found


@pytest.mark.api(30)
def test_group_zero_is_never_listed(api: Api, alice: User, register: Register) -> None:
    assert group_of(api, register(alice)) == 0
    assert listed(api) == []


def test_groups_are_listed_by_title(api: Api, charlie: User, office: Group) -> None:
    garage = api("tracker/group/create", title=" Garage ", color="00ff00")["id"]
    Group.objects.create(account=charlie, title="Hers")
    assert listed(api) == [
        {"id": garage, "title": "Garage", "color": "00ff00"},
        {"id": office.pk, "title": "Office", "color": "FF6DDC"},
    ]


def test_a_group_gets_another_title_and_color(api: Api, office: Group) -> None:
    assert api("tracker/group/update", id=office.pk, title="Garage", color="000000") == {"success": True}
    assert listed(api) == [{"id": office.pk, "title": "Garage", "color": "000000"}]


@pytest.mark.api(30)
def test_trackers_of_a_removed_group_are_in_none(api: Api, alice: User, office: Group, register: Register) -> None:
    van, other = register(alice), register(alice)
    api("tracker/group/assign", id=office.pk, trackers=[van.pk])
    assert (group_of(api, van), group_of(api, other)) == (office.pk, 0)
    assert api("tracker/group/delete", id=office.pk) == {"success": True}
    assert (group_of(api, van), listed(api)) == (0, [])


def test_group_zero_takes_trackers_out_of_theirs(api: Api, alice: User, office: Group, register: Register) -> None:
    vans = [register(alice) for _ in range(3)]
    api("tracker/group/assign", id=office.pk, trackers=[van.pk for van in vans])
    api("tracker/group/assign", id="0", trackers=f"[{vans[0].pk}, {vans[1].pk}, {vans[0].pk}]")
    assert [group_of(api, van) for van in vans] == [0, 0, office.pk]


GOOD = {"title": "Garage", "color": "00FF00"}


@pytest.mark.parametrize("call", ["create", "update"])
@pytest.mark.parametrize(
    ("at_fault", "value"),
    [
        *[("title", value) for value in (None, "", "  ", "x" * 61, "\ud800", "a\nb", "<b>", [], {}, True)],
        *[("color", value) for value in (None, "", "00ff0", "00ff000", "#00ff0", "00ff0g", "٠٠٠٠٠٠", [], {})],
    ],
)
def test_titles_and_colors_are_checked(api: Api, office: Group, call: str, at_fault: str, value: Any) -> None:
    answer = api(f"tracker/group/{call}", **({"id": office.pk} | GOOD | {at_fault: value}))
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert listed(api) == [{"id": office.pk, "title": "Office", "color": "FF6DDC"}]


@pytest.mark.parametrize("title", ["x", "x" * 60, "Łódź 🚚", " a "])
def test_a_title_may_have_any_letters(api: Api, title: str) -> None:
    api("tracker/group/create", title=title, color="00FF00")
    assert [group["title"] for group in listed(api)] == [title.strip()]


@pytest.mark.parametrize("call", ["update", "delete", "assign"])
def test_only_groups_of_the_account_are_found(
    api: Api, alice: User, charlie: User, register: Register, call: str
) -> None:
    hers = Group.objects.create(account=charlie, title="Hers").pk
    van = register(alice)
    fields = {"trackers": [van.pk], **GOOD}
    assert [api.code(f"tracker/group/{call}", id=one, **fields) for one in (hers, -1, 2**62)] == [201] * 3
    assert [api.code(f"tracker/group/{call}", id=one, **fields) for one in (None, "x", 1.5, [])] == [7] * 4
    assert Group.objects.get().title == "Hers" and group_of(api, van) == 0


@pytest.mark.parametrize("call", ["update", "delete"])
def test_group_zero_cannot_be_changed(api: Api, call: str) -> None:
    assert api.code(f"tracker/group/{call}", id=0, **GOOD) == 201


def test_only_trackers_that_may_be_used_are_assigned(
    api: Api, alice: User, charlie: User, office: Group, register: Register
) -> None:
    van, hers, blocked = register(alice), register(charlie), register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    for bad in (hers.pk, blocked.pk, 0, 2**62):
        assert api.code("tracker/group/assign", id=office.pk, trackers=[van.pk, bad]) == 217
    for bad in (None, [], "x", [None], {}):
        assert api.code("tracker/group/assign", id=office.pk, trackers=bad) == 7
    assert group_of(api, van) == 0
    assert api.code("tracker/group/assign", id=office.pk, trackers=list(range(1, 2002))) == 221
    api("tracker/group/assign", id=office.pk, trackers=[van.pk])
    assert group_of(api, van) == office.pk


@pytest.mark.api(23)
def test_a_sub_user_sees_groups_and_changes_none(bob: User, alice: User, office: Group, register: Register) -> None:
    van = register(alice)
    bind_sub_users(van, [bob])
    api = Api()
    api.hash = create_session(bob)
    assert [group["id"] for group in listed(api)] == [office.pk]
    fields = {"id": office.pk, "trackers": [van.pk], **GOOD}
    codes = [api.code(f"tracker/group/{call}", **fields) for call in ("create", "update", "delete", "assign")]
    assert (codes, api.status) == ([13] * 4, 403)
    assert Group.objects.get().title == "Office"


def test_an_account_has_a_thousand_groups_at_most(api: Api, alice: User, charlie: User) -> None:
    Group.objects.bulk_create(Group(account=alice, title="Many") for _ in range(999))
    Group.objects.create(account=charlie, title="Hers")
    assert api("tracker/group/create", **GOOD)["success"]
    assert api.code("tracker/group/create", **GOOD) == 267


def test_a_group_that_went_meanwhile_is_not_found(alice: User, office: Group, register: Register) -> None:
    van = register(alice)
    gone = Group.objects.get()
    groups.remove_group(office)
    for change in (
        lambda: groups.remove_group(gone),
        lambda: groups.change_group(gone, title="x", color="000000"),
        lambda: groups.assign_group(alice.pk, [van.pk], gone),
    ):
        with pytest.raises(ApiError) as refused:
            change()
        assert refused.value.code is ErrorCode.NOT_FOUND


def test_a_tracker_of_another_account_is_not_assigned(
    alice: User, charlie: User, office: Group, register: Register
) -> None:
    with pytest.raises(ApiError) as refused:
        groups.assign_group(alice.pk, [register(alice).pk, register(charlie).pk], office)
    assert refused.value.code is ErrorCode.NONEXISTENT_ENTITIES
    assert not office.trackers.exists()


def test_a_tracker_that_went_meanwhile_is_not_assigned(alice: User, office: Group, register: Register) -> None:
    van, other = register(alice), register(alice)
    remove_tracker(van)
    with pytest.raises(ApiError) as refused:
        groups.assign_group(alice.pk, [other.pk, van.pk], office)
    assert refused.value.code is ErrorCode.NONEXISTENT_ENTITIES
    other.refresh_from_db()
    assert other.group is None


def test_the_list_takes_no_query_per_group(api: Api, alice: User, django_assert_max_num_queries: Any) -> None:
    Group.objects.bulk_create(Group(account=alice, title="Many") for _ in range(50))
    with django_assert_max_num_queries(4):
        assert len(listed(api)) == 50
