"""Security groups: kept by the master, and what they let sub-users do."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SecurityGroup, User
from accounts.selectors import live_principals, principal_for_hash
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import create_session
from accounts.services.users import MAX_SECURITY_GROUPS, create_security_group
from accounts.wire.errors import ErrorCode
from accounts.wire.hashes import digest_hash
from accounts.wire.rights import ALL_RIGHTS, NO_RIGHTS, Right
from tests.api import Api

RIGHTS = ["tag_update", "tracker_update"]


def group_fields(label: str = "Managers", rights: Any = RIGHTS, **fields: Any) -> dict[str, Any]:
    return {"label": label, "privileges": {"rights": rights}, **fields}


@pytest.fixture
def group(alice: User) -> SecurityGroup:
    return create_security_group(alice.pk, "Managers", [Right.TAG_UPDATE, Right.TRACKER_UPDATE])


@pytest.fixture
def group_of_charlie(charlie: User) -> SecurityGroup:
    return create_security_group(charlie.pk, "Strangers", [Right.TRACKER_UPDATE])


def listed(api: Api) -> list[dict[str, Any]]:
    return api("subuser/security_group/list")["list"]


def test_a_group_is_created_changed_and_removed(api: Api, group_of_charlie: SecurityGroup) -> None:
    group_id = api("subuser/security_group/create", group=group_fields())["id"]
    assert listed(api) == [{"id": group_id, **group_fields()}]
    changed = group_fields(label="Drivers", rights=[], id=group_id)
    assert api("subuser/security_group/update", group=changed) == {"success": True}
    assert listed(api) == [changed]
    assert api("subuser/security_group/delete", security_group_id=group_id) == {"success": True}
    assert (listed(api), SecurityGroup.objects.get()) == ([], group_of_charlie)


def test_either_id_name_removes_a_group(api: Api, group: SecurityGroup) -> None:
    assert api("subuser/security_group/delete", id=group.pk) == {"success": True}
    assert listed(api) == []


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"label": None}, "group.label"),
        ({"label": " "}, "group.label"),
        ({"label": "x" * 101}, "group.label"),
        ({"label": "a\x00"}, "group.label"),
        ({"privileges": None}, "group.privileges"),
        ({"privileges": []}, "group.privileges"),
        ({"privileges": {}}, "group.privileges.rights"),
        ({"privileges": {"rights": "tag_update"}}, "group.privileges.rights"),
        ({"privileges": {"rights": ["fly"]}}, "group.privileges.rights"),
        ({"privileges": {"rights": [["tag_update"]]}}, "group.privileges.rights"),
        ({"privileges": {"rights": ["tag_update", "tag_update"]}}, "group.privileges.rights"),
        ({"privileges": {"rights": ["tag_update", "admin"]}}, "group.privileges.rights"),
    ],
)
@pytest.mark.parametrize("path", ["create", "update"])
def test_invalid_fields_are_named_and_change_nothing(
    api: Api, group: SecurityGroup, path: str, changes: dict[str, Any], parameter: str
) -> None:
    answer = api(f"subuser/security_group/{path}", group=group_fields(id=group.pk) | changes)
    assert (answer["status"]["code"], [error["parameter"] for error in answer["errors"]]) == (7, [parameter])
    assert listed(api) == [{"id": group.pk, **group_fields()}]


@pytest.mark.parametrize("group_document", [None, 5, "x", []])
@pytest.mark.parametrize("path", ["create", "update"])
def test_a_group_must_be_an_object(api: Api, path: str, group_document: Any) -> None:
    answer = api(f"subuser/security_group/{path}", group=group_document)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "group")


def test_a_form_carries_a_group_as_text(api: Api) -> None:
    document = '{"label": "Drivers", "privileges": {"rights": "[]"}}'
    answer = Client().post("/subuser/security_group/create", {"hash": api.hash, "group": document}).json()
    assert listed(api) == [{"id": answer["id"], **group_fields("Drivers", [])}]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("update", {"group": "fields"}),
        ("delete", {"security_group_id": "id"}),
        ("assign", {"group_id": "id", "subuser_ids": "bob"}),
    ],
)
def test_a_group_of_another_account_is_not_found(
    api: Api,
    bob: User,
    group: SecurityGroup,
    group_of_charlie: SecurityGroup,
    path: str,
    parameters: dict[str, str],
) -> None:
    def filled(target: SecurityGroup) -> dict[str, Any]:
        values = {"fields": group_fields(id=target.pk), "id": target.pk, "bob": [bob.pk]}
        return {name: values[value] for name, value in parameters.items()}

    assert (api.code(f"subuser/security_group/{path}", **filled(group_of_charlie)), api.status) == (201, 400)
    assert api(f"subuser/security_group/{path}", **filled(group))["success"] is True


def test_the_group_after_the_last_is_over_quota(alice: User, api: Api, group_of_charlie: SecurityGroup) -> None:
    SecurityGroup.objects.bulk_create(SecurityGroup(account=alice, label="x") for _ in range(MAX_SECURITY_GROUPS - 1))
    assert api("subuser/security_group/create", group=group_fields())["success"] is True
    assert (api.code("subuser/security_group/create", group=group_fields()), api.status) == (268, 402)


def rights_of(credential: str) -> frozenset[Right]:
    rights = principal_for_hash(credential).rights
    assert live_principals([digest_hash(credential)])[digest_hash(credential)].rights == rights
    return rights


@pytest.mark.api(23)
def test_sub_users_have_group_rights_masters_all(alice: User, bob: User, api: Api, group: SecurityGroup) -> None:
    credentials = [create_session(bob), create_api_key(bob, "key")[1]]
    assert [rights_of(one) for one in credentials] == [NO_RIGHTS] * 2
    assert api("subuser/security_group/assign", group_id=group.pk, subuser_ids=[bob.pk]) == {"success": True}
    assert [rights_of(one) for one in credentials] == [frozenset(RIGHTS)] * 2
    api("subuser/security_group/update", group=group_fields(rights=["tracker_register"], id=group.pk))
    assert [rights_of(one) for one in credentials] == [{Right.TRACKER_REGISTER}] * 2
    assert rights_of(create_session(alice)) == ALL_RIGHTS


@pytest.mark.parametrize("end", ["delete", "assign"])
def test_sub_users_without_group_have_no_rights(api: Api, bob: User, group: SecurityGroup, end: str) -> None:
    credential = create_session(bob)
    api("subuser/security_group/assign", group_id=group.pk, subuser_ids=[bob.pk])
    assert rights_of(credential) == frozenset(RIGHTS)
    if end == "delete":
        api("subuser/security_group/delete", security_group_id=group.pk)
    else:
        api("subuser/security_group/assign", group_id=None, subuser_ids=[bob.pk])
    assert rights_of(credential) == NO_RIGHTS


def test_rights_cost_no_query_of_their_own(bob: User, group: SecurityGroup) -> None:
    credential = create_session(bob)
    counts = []
    for security_group in (None, group):
        User.objects.filter(pk=bob.pk).update(security_group=security_group)
        with CaptureQueriesContext(connection) as queries:
            assert bool(principal_for_hash(credential).rights) is (security_group is not None)
            assert len(live_principals([digest_hash(credential)])) == 1
        counts.append(len(queries))
    assert counts[0] == counts[1] == 2


@pytest.mark.parametrize("sub_users", [["charlie"], ["bob", "charlie"], ["alice"]])
def test_a_group_is_given_to_all_or_none(
    api: Api, alice: User, bob: User, charlie: User, group: SecurityGroup, sub_users: list[str]
) -> None:
    ids = {"alice": alice.pk, "bob": bob.pk, "charlie": charlie.pk}
    wanted = [ids[name] for name in sub_users]
    assert api.code("subuser/security_group/assign", group_id=group.pk, subuser_ids=wanted) == 217
    assert not group.sub_users.exists()


@pytest.mark.parametrize("sub_user_ids", [None, [], "x", [1.5], list(range(1001))])
def test_a_bad_list_of_sub_users_is_named(api: Api, group: SecurityGroup, sub_user_ids: Any) -> None:
    answer = api("subuser/security_group/assign", group_id=group.pk, subuser_ids=sub_user_ids)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (ErrorCode.INVALID_PARAMETERS, "subuser_ids")


@pytest.mark.api(23)
@pytest.mark.parametrize("path", ["list", "create", "update", "delete", "assign"])
def test_only_masters_manage_groups_whatever_the_rights(api: Api, bob: User, group: SecurityGroup, path: str) -> None:
    every_right = sorted(ALL_RIGHTS - {Right.ADMIN})
    api("subuser/security_group/update", group=group_fields(rights=every_right, id=group.pk))
    api("subuser/security_group/assign", group_id=group.pk, subuser_ids=[bob.pk])
    assert (api.code(f"subuser/security_group/{path}", hash=create_session(bob)), api.status) == (13, 403)
    assert listed(api)[0]["privileges"]["rights"] == every_right


def test_info_names_rights_of_sub_users_only(api: Api, bob: User, group: SecurityGroup) -> None:
    api("subuser/security_group/assign", group_id=group.pk, subuser_ids=[bob.pk])
    assert Api()("user/get_info", hash=create_session(bob))["privileges"] == {"rights": RIGHTS}
    assert "privileges" not in api("user/get_info")
