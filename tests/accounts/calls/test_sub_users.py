"""Sub-users: what their master does with them."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Contact, User
from accounts.notices import LoginsEnded
from accounts.services.api_keys import create_api_key
from accounts.services.profiles import CONTACT_FIELDS
from accounts.services.sessions import create_session
from accounts.services.users import MAX_SUB_USERS, create_security_group, set_activated
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.rights import Right
from tests.api import Api
from tests.notices import Hear
from tests.people import PASSWORD

DORA: dict[str, Any] = {
    "activated": True,
    "login": "dora@fleet.example",
    "legal_type": "legal_entity",
    "first_name": "Dora",
    "last_name": "Dispatcher",
    "phone": "491761234567",
    **{name: f"my {name}"[:15] for name in CONTACT_FIELDS},
    "iec": "",
}


def listed(api: Api) -> dict[int, dict[str, Any]]:
    return {sub_user["id"]: sub_user for sub_user in api("subuser/list")["list"]}


def register(api: Api, password: Any = PASSWORD, **changes: Any) -> dict[str, Any]:
    return api("subuser/register", user={**DORA, **changes}, password=password)


def test_a_sub_user_is_registered_as_stated(alice: User, api: Api, charlie: User) -> None:
    group = create_security_group(alice.pk, "Managers", [Right.TRACKER_UPDATE])
    sub_user_id = register(api, security_group_id=group.pk)["id"]
    (found,) = listed(api).values()
    assert found.pop("creation_date")
    assert found == {"id": sub_user_id, **DORA, "security_group_id": group.pk}
    dora = Api()
    dora.log_in("DORA@fleet.example")
    assert dora("user/get_info")["master"]["id"] == alice.pk


def test_a_login_and_a_password_are_enough(api: Api) -> None:
    sub_user_id = api("subuser/register", user={"login": "Dora@Fleet.example"}, password=PASSWORD)["id"]
    found = listed(api)[sub_user_id]
    assert (found["login"], found["activated"], found["security_group_id"]) == ("dora@fleet.example", True, None)
    assert found["post_city"] == found["phone"] == ""


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"login": None}, "user.login"),
        ({"login": "no address"}, "user.login"),
        ({"login": "a" * 300 + "@fleet.example"}, "user.login"),
        ({"login": ["a@fleet.example"]}, "user.login"),
        ({"activated": "perhaps"}, "user.activated"),
        ({"legal_type": "pirate"}, "user.legal_type"),
        ({"first_name": "a\x07"}, "user.first_name"),
        ({"phone": "1" * 33}, "user.phone"),
        ({"state_reg_num": "1" * 16}, "user.state_reg_num"),
        ({"tin": {}}, "user.tin"),
        ({"verified": 1}, "user.verified"),
        ({"security_group_id": "x"}, "user.security_group_id"),
        ({"password": None}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "dora@fleet.example"}, "password"),
    ],
)
def test_invalid_fields_are_named_and_change_nothing(api: Api, changes: dict[str, Any], parameter: str) -> None:
    answer = register(api, **changes)
    assert (answer["status"]["code"], [error["parameter"] for error in answer["errors"]]) == (7, [parameter])
    assert listed(api) == {}
    assert register(api)["success"] is True


@pytest.mark.parametrize("user", [None, 5, "x", "[]"])
@pytest.mark.parametrize("path", ["register", "update"])
def test_a_user_must_be_an_object(api: Api, path: str, user: Any) -> None:
    answer = api(f"subuser/{path}", user=user, password=PASSWORD)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "user")


def test_a_numeric_password_is_read_as_text(api: Api) -> None:
    register(api, 918273645918)
    assert Api()("user/auth", login=DORA["login"], password="918273645918")["success"] is True


@pytest.mark.parametrize("login", ["alice@fleet.example", "Charlie@Elsewhere.example", "bob@fleet.example"])
def test_a_login_in_use_is_refused(api: Api, bob: User, charlie: User, login: str) -> None:
    assert (register(api, login=login)["status"]["code"], api.status) == (206, 400)
    sub_user_id = register(api)["id"]
    assert api.code("subuser/update", user={"id": sub_user_id, "login": login}) == 206
    assert User.objects.get(pk=sub_user_id).login == DORA["login"]
    assert api("subuser/update", user={"id": sub_user_id, "login": "Dora2@fleet.example"})["success"] is True
    assert User.objects.get(pk=sub_user_id).login == "dora2@fleet.example"


def test_a_group_of_another_account_is_not_found(api: Api, bob: User, charlie: User) -> None:
    strange = create_security_group(charlie.pk, "Strangers", [])
    assert register(api, security_group_id=strange.pk)["status"]["code"] == 201
    assert api.code("subuser/update", user={"id": bob.pk, "security_group_id": strange.pk}) == 201
    assert list(listed(api)) == [bob.pk]


def test_sub_user_beyond_limit_is_over_quota(api: Api, alice: User) -> None:
    User.objects.bulk_create(User(login=f"{n}@fleet.example", master=alice) for n in range(MAX_SUB_USERS - 1))
    assert register(api)["success"] is True
    assert (register(api, login="one-more@fleet.example")["status"]["code"], api.status) == (268, 402)


def test_updates_change_stated_fields_and_null_clears(api: Api, alice: User, hear: Hear) -> None:
    group = create_security_group(alice.pk, "Managers", [])
    sub_user_id = register(api, security_group_id=group.pk)["id"]
    credential = create_session(User.objects.get(pk=sub_user_id))
    before = listed(api)[sub_user_id]
    with hear(alice) as heard:
        changes = {"first_name": "Theodora", "post_city": None, "security_group_id": None}
        assert api("subuser/update", user={"id": sub_user_id, **changes}) == {"success": True}
    assert listed(api)[sub_user_id] == {**before, **changes, "post_city": ""}
    assert heard["alice"] == []
    assert Api()("base/nothing", hash=credential)["success"] is True
    assert api("subuser/update", user={"id": sub_user_id})["success"] is True


def test_one_without_contacts_gets_some(api: Api, bob: User) -> None:
    assert not Contact.objects.exists()
    api("subuser/update", user={"id": bob.pk, "post_city": "Budapest"})
    assert listed(api)[bob.pk]["post_city"] == "Budapest"


@pytest.mark.api(63)
def test_deactivation_logs_sub_users_out_until_activation(api: Api, alice: User, bob: User, hear: Hear) -> None:
    credentials = [create_session(bob), create_api_key(bob, "key")[1]]
    with hear(alice) as heard:
        api("subuser/update", user={"id": bob.pk, "activated": False})
    assert {digest for notice in heard["alice"] for digest in notice.digests} == set(map(digest_hash, credentials))
    assert [Api().code("base/nothing", hash=one) for one in credentials] == [4, 4]
    assert Api().code("user/auth", login=bob.login, password=PASSWORD) == 103
    api("subuser/update", user={"id": bob.pk, "activated": True})
    assert Api()("user/auth", login=bob.login, password=PASSWORD)["success"] is True


@pytest.mark.api(63)
def test_a_deleted_sub_user_loses_its_logins(api: Api, alice: User, bob: User, hear: Hear) -> None:
    credential = create_session(bob)
    with hear(alice) as heard:
        assert api("subuser/delete", subuser_id=bob.pk) == {"success": True}
    assert heard["alice"] == [LoginsEnded((digest_hash(credential),), LogoutCause.USER_REMOVED)]
    assert Api().code("base/nothing", hash=credential) == 4
    assert (listed(api), api.code("subuser/delete", subuser_id=bob.pk)) == ({}, 201)


def test_master_gets_a_session_as_sub_user(api: Api, bob: User) -> None:
    credential = api("subuser/session/create", subuser_id=bob.pk)["hash"]
    assert Api()("user/get_info", hash=credential)["user_info"]["id"] == bob.pk
    assert Api().code("subuser/list", hash=credential) == 13
    set_activated(bob, False)
    assert (api.code("subuser/session/create", subuser_id=bob.pk), api.status) == (275, 403)


@pytest.mark.parametrize("path", ["delete", "session/create"])
@pytest.mark.parametrize("whose", ["charlie's", "master", "nobody"])
def test_only_own_sub_users_are_found(api: Api, alice: User, bob: User, charlie: User, path: str, whose: str) -> None:
    stranger = User.objects.create_user("eve@elsewhere.example", PASSWORD, master=charlie)
    ids = {"charlie's": stranger.pk, "master": alice.pk, "nobody": 987_654}
    assert (api.code(f"subuser/{path}", subuser_id=ids[whose]), api.status) == (201, 400)
    assert api.code("subuser/update", user={"id": ids[whose], "first_name": "Mallory"}) == 201
    assert User.objects.count() == 4
    assert api(f"subuser/{path}", subuser_id=bob.pk)["success"] is True


@pytest.mark.parametrize("rank", ["is_staff", "is_superuser"])
def test_a_master_does_not_change_staff(api: Api, bob: User, rank: str) -> None:
    calls: dict[str, dict[str, Any]] = {
        "session/create": {"subuser_id": bob.pk},
        "update": {"user": {"id": bob.pk, "login": "mine@fleet.example"}},
        "delete": {"subuser_id": bob.pk},
    }
    User.objects.filter(pk=bob.pk).update(**{rank: True})
    assert [(api.code(f"subuser/{path}", **calls[path]), api.status) for path in calls] == [(13, 403)] * 3
    assert listed(api)[bob.pk]["login"] == bob.login
    User.objects.filter(pk=bob.pk).update(**{rank: False})
    assert [api(f"subuser/{path}", **calls[path])["success"] for path in calls] == [True] * 3


@pytest.mark.parametrize("sub_user_id", [None, "", "x", 1.5, [], 2**63])
def test_a_bad_id_is_named(api: Api, sub_user_id: Any) -> None:
    for path in ("delete", "session/create", "tracker/list"):
        answer = api(f"subuser/{path}", subuser_id=sub_user_id)
        assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "subuser_id")
    answer = api("subuser/update", user={"id": sub_user_id})
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "user.id")


@pytest.mark.api(22, 23)
@pytest.mark.parametrize(
    "path", ["list", "register", "update", "delete", "session/create", "tracker/list", "tracker/bind", "tracker/unbind"]
)
def test_sub_users_are_managed_by_masters_alone(api: Api, bob: User, path: str) -> None:
    User.objects.filter(pk=bob.pk).update(
        security_group=create_security_group(bob.account_id, "All", list(Right.__members__.values())[1:])
    )
    # The right comes before the parameters.
    assert (api.code(f"subuser/{path}", hash=create_session(bob)), api.status) == (13, 403)
    assert api.code(f"subuser/{path}", hash="0" * 32) == 4
    assert list(listed(api)) == [bob.pk]


def test_a_masters_key_equals_a_session(api_key: str, bob: User) -> None:
    assert [one["id"] for one in Api()("subuser/list", hash=api_key)["list"]] == [bob.pk]
