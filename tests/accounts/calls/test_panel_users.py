"""The panel's calls about users: what the staff does to accounts."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Dealer, User
from accounts.notices import LoginsEnded
from accounts.services.api_keys import create_api_key
from accounts.services.profiles import CONTACT_FIELDS
from accounts.services.sessions import create_session
from accounts.services.users import set_activated
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from tests.api import Api
from tests.notices import Hear
from tests.panel import Panel, hire, panel_of
from tests.people import PASSWORD

NEW_PASSWORD = "quite another one"
DORA: dict[str, Any] = {
    "activated": True,
    "verified": False,
    "login": "dora@fleet.example",
    "legal_type": "legal_entity",
    "first_name": "Dora",
    "last_name": "Dispatcher",
    "phone": "491761234567",
    **{name: f"my {name}"[:15] for name in CONTACT_FIELDS},
}


@pytest.fixture
def panel(db: None) -> Panel:
    return panel_of(hire("stan@office.example"))


@pytest.fixture
def superpanel(db: None) -> Panel:
    return panel_of(User.objects.create_superuser("root@office.example", PASSWORD))


def create(panel: Panel, **changes: Any) -> dict[str, Any]:
    parameters = {"user": DORA, "password": PASSWORD, "time_zone": "Asia/Tokyo", "locale": "ja", "comment": "pays late"}
    return panel("panel/user/create", **parameters | changes)


def read(panel: Panel, user_id: int) -> dict[str, Any]:
    return panel("panel/user/read", user_id=user_id)["value"]


def logins(panel: Panel, **parameters: Any) -> list[str]:
    """The first names in the logins of a list."""
    return [user["login"].partition("@")[0] for user in panel("panel/user/list", **parameters)["list"]]


def test_an_account_is_created_as_stated(panel: Panel) -> None:
    user_id = create(panel)["id"]
    value = read(panel, user_id)
    assert value.pop("creation_date")
    assert value == {
        **DORA,
        "id": user_id,
        "dealer_id": None,
        "balance": 0,
        "bonus": 0,
        "trackers_count": 0,
        "comment": "pays late",
    }
    dora = Api()
    dora.log_in(DORA["login"])
    settings = dora("user/settings/read")["settings"]
    assert (settings["time_zone"], settings["locale"]) == ("Asia/Tokyo", "ja")
    assert dora("subuser/list")["list"] == []


@pytest.mark.parametrize("activated", [True, False])
def test_activated_accounts_are_verified_by_default(panel: Panel, activated: bool) -> None:
    user = {"login": "dora@fleet.example", "activated": activated}
    user_id = panel("panel/user/create", user=user, password=PASSWORD)["id"]
    value = read(panel, user_id)
    assert (value["activated"], value["verified"], value["legal_type"]) == (activated, activated, "individual")


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"user": None}, "user"),
        ({"user": {}}, "user.login"),
        ({"user": {**DORA, "login": "no address"}}, "user.login"),
        ({"user": {**DORA, "legal_type": "pirate"}}, "user.legal_type"),
        ({"user": {**DORA, "post_index": "1" * 33}}, "user.post_index"),
        ({"password": None}, "password"),
        ({"password": "short"}, "password"),
        ({"time_zone": "Nowhere/Land"}, "time_zone"),
        ({"locale": "much too long"}, "locale"),
        ({"comment": "x" * 256}, "comment"),
    ],
)
def test_invalid_fields_are_named_and_change_nothing(panel: Panel, changes: dict[str, Any], parameter: str) -> None:
    answer = create(panel, **changes)
    assert (answer["status"]["code"], [error["parameter"] for error in answer["errors"]]) == (7, [parameter])
    assert logins(panel) == ["stan"]
    assert create(panel)["success"] is True


@pytest.mark.parametrize("login", ["alice@fleet.example", "BOB@fleet.example"])
def test_a_login_in_use_is_refused(panel: Panel, bob: User, charlie: User, login: str) -> None:
    assert (create(panel, user={**DORA, "login": login})["status"]["code"], panel.status) == (206, 400)
    assert panel.code("panel/user/update", user={"id": charlie.pk, "login": login}) == 206
    assert read(panel, charlie.pk)["login"] == charlie.login


def test_the_list_has_accounts_without_sub_users(panel: Panel, alice: User, bob: User, charlie: User) -> None:
    set_activated(charlie, False)
    assert logins(panel) == ["stan", "alice", "charlie"]
    assert logins(panel, hide_inactive=True) == ["stan", "alice"]
    assert read(panel, alice.pk) in panel("panel/user/list")["list"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"order_by": "login"}, ["alice", "charlie", "dora", "stan"]),
        ({"order_by": "login", "ascending": False}, ["stan", "dora", "charlie", "alice"]),
        ({"ascending": "false"}, ["charlie", "alice", "dora", "stan"]),
        ({"order_by": "balance"}, ["stan", "dora", "alice", "charlie"]),
        ({"order_by": "last_name", "ascending": False, "limit": 1}, ["dora"]),
        ({"limit": 2}, ["stan", "dora"]),
        ({"limit": "2", "offset": "1"}, ["dora", "alice"]),
        ({"offset": 4}, []),
        ({"filter": "FLEET"}, ["dora", "alice"]),
        ({"filter": "  "}, ["stan", "dora", "alice", "charlie"]),
        ({"filter": "my post_city"}, ["dora"]),
        ({"filter": "76123"}, ["dora"]),
        ({"filter": "Dispatcher", "order_by": "post_city"}, ["dora"]),
        ({"filter": "%"}, []),
    ],
)
def test_a_list_is_filtered_ordered_and_cut(
    panel: Panel, request: pytest.FixtureRequest, parameters: dict[str, Any], found: list[str]
) -> None:
    create(panel)
    for name in ("alice", "bob", "charlie"):
        request.getfixturevalue(name)
    assert logins(panel, **parameters) == found
    without_cut = {name: value for name, value in parameters.items() if name not in ("limit", "offset")}
    assert panel("panel/user/list", **parameters)["count"] == len(logins(panel, **without_cut))


def test_an_account_is_found_by_its_id(panel: Panel, alice: User) -> None:
    assert "alice" in logins(panel, filter=str(alice.pk))


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"order_by": "password"}, "order_by"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 10**9 + 1}, "offset"),
        ({"ascending": "up"}, "ascending"),
        ({"hide_inactive": 1}, "hide_inactive"),
        ({"filter": "x" * 101}, "filter"),
        ({"filter": "a\x00"}, "filter"),
        ({"filter": ["a"]}, "filter"),
    ],
)
@pytest.mark.parametrize("path", ["user", "tracker"])
def test_a_bad_page_is_named(panel: Panel, path: str, parameters: dict[str, Any], parameter: str) -> None:
    if path == "tracker" and parameter == "hide_inactive":
        parameters, parameter = {"user_id": "x"}, "user_id"
    answer = panel(f"panel/{path}/list", **parameters)
    assert (answer["status"]["code"], [error["parameter"] for error in answer["errors"]]) == (7, [parameter])


def test_updates_change_stated_fields_and_null_clears(panel: Panel, alice: User, hear: Hear) -> None:
    user_id = create(panel)["id"]
    before = read(panel, user_id)
    changes = {"first_name": "Theodora", "post_city": None, "verified": True}
    with hear(alice) as heard:
        panel("panel/user/update", user={"id": user_id, "legal_type": "individual", **changes}, comment=None)
    # The legal type stays as it was registered.
    assert read(panel, user_id) == {**before, **changes, "post_city": "", "comment": ""}
    assert heard["alice"] == []


@pytest.mark.api(63)
def test_deactivation_logs_out_account_and_sub_users(panel: Panel, alice: User, bob: User, hear: Hear) -> None:
    credentials = [create_session(alice), create_session(bob), create_api_key(alice, "key")[1]]
    with hear(alice) as heard:
        panel("panel/user/update", user={"id": alice.pk, "activated": False})
    assert {digest for notice in heard["alice"] for digest in notice.digests} == set(map(digest_hash, credentials))
    assert [Api().code("base/nothing", hash=one) for one in credentials] == [4, 4, 4]
    panel("panel/user/update", user={"id": alice.pk, "activated": True})
    assert Api()("base/nothing", hash=credentials[2])["success"] is True


@pytest.mark.api(63)
def test_a_set_password_ends_all_sessions(panel: Panel, alice: User, api_key: str, hear: Hear) -> None:
    credential = create_session(alice)
    assert panel.code("panel/user/change_password", user_id=alice.pk, password="short") == 7
    with hear(alice) as heard:
        assert panel("panel/user/change_password", user_id=alice.pk, password=NEW_PASSWORD) == {"success": True}
    assert heard["alice"] == [LoginsEnded((digest_hash(credential),), LogoutCause.PASSWORD_CHANGED)]
    assert [Api()("base/nothing", hash=one)["success"] for one in (credential, api_key)] == [False, True]
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


def test_staff_gets_a_session_as_the_user(panel: Panel, alice: User) -> None:
    credential = panel("panel/user/session/create", user_id=alice.pk)["hash"]
    assert Api()("user/get_info", hash=credential)["user_info"]["id"] == alice.pk
    assert Panel().code("panel/account/get_permissions", hash=credential) == 4
    set_activated(alice, False)
    assert (panel.code("panel/user/session/create", user_id=alice.pk), panel.status) == (275, 403)


CALLS_ON_ONE: dict[str, dict[str, Any]] = {
    "read": {},
    "change_password": {"password": NEW_PASSWORD},
    "session/create": {},
    "corrupt": {"login": "bob@fleet.example"},
}


@pytest.mark.parametrize("path", CALLS_ON_ONE)
def test_who_is_no_account_is_not_found(panel: Panel, alice: User, bob: User, path: str) -> None:
    for user_id in (bob.pk, 987_654, 0, -1):
        assert (panel.code(f"panel/user/{path}", user_id=user_id, **CALLS_ON_ONE[path]), panel.status) == (201, 400)
        assert panel.code("panel/user/update", user={"id": user_id, "activated": False}) == 201
    for bad in (None, "x", 1.5, 2**63):
        answer = panel(f"panel/user/{path}", user_id=bad, **CALLS_ON_ONE[path])
        assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "user_id")
    assert panel(f"panel/user/{path}", user_id=alice.pk, **CALLS_ON_ONE[path] | {"login": alice.login})["success"]
    assert User.objects.filter(login__startswith="bob", is_active=True).exists() is (path != "corrupt")


@pytest.mark.parametrize("colleague_is_superuser", [True, False])
def test_only_superusers_change_staff(panel: Panel, superpanel: Panel, colleague_is_superuser: bool) -> None:
    colleague = hire("susan@office.example", is_superuser=colleague_is_superuser)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("update", {"user": {"id": colleague.pk, "login": "mine@office.example"}}),
        ("change_password", {"user_id": colleague.pk, "password": NEW_PASSWORD}),
        ("session/create", {"user_id": colleague.pk}),
        ("corrupt", {"user_id": colleague.pk, "login": "mine@office.example"}),
    ]
    for path, parameters in changes:
        assert (panel.code(f"panel/user/{path}", **parameters), panel.status) == (13, 403)
        assert superpanel(f"panel/user/{path}", **parameters)["success"] is True
    assert not User.objects.filter(pk=colleague.pk).exists()


def test_only_superusers_change_masters_of_staff(panel: Panel, superpanel: Panel, alice: User, bob: User) -> None:
    change = {"user": {"id": alice.pk, "first_name": "Alice"}}
    assert panel("panel/user/update", **change)["success"] is True
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    assert panel.code("panel/user/update", **change) == 13
    assert superpanel("panel/user/update", **change)["success"] is True


def test_dates_are_utc_and_dealer_is_told(panel: Panel, alice: User) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.filter(pk=alice.pk).update(created_at="2024-05-02T22:15:00Z", time_zone="Asia/Tokyo", dealer=dealer)
    value = read(panel, alice.pk)
    assert (value["creation_date"], value["dealer_id"]) == ("2024-05-02 22:15:00", dealer.pk)
    in_iso = panel("panel/user/read", user_id=alice.pk, iso_datetime=True)["value"]
    assert in_iso["creation_date"] == "2024-05-02T22:15:00Z"
