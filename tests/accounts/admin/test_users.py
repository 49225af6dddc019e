"""Users, sessions and keys in the admin: its pages open, and its changes go through the services."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, Dealer, Session, User
from accounts.notices import LoginsEnded, SettingsChanged
from accounts.services.api_keys import MAX_API_KEYS, create_api_key
from accounts.services.sessions import create_session
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from tests.admin import Admin
from tests.api import Api
from tests.notices import Hear
from tests.people import PASSWORD
from trackers.models import Tracker
from trackers.services.trackers import register_tracker

NEW_PASSWORD = "quite another one"


def user_fields(user: User, **changes: Any) -> dict[str, Any]:
    """What the form of a user sends."""
    names = ["login", "title", "time_zone", "locale", "measurement_system", "date_format", "hour_mode"]
    fields = {name: getattr(user, name) for name in names} | {"is_active": "on"} | changes
    return {name: value for name, value in fields.items() if value is not None}


@pytest.mark.parametrize("model", [User, Session, ApiKey, Dealer])
def test_every_page_opens(staff: Admin, alice: User, bob: User, model: type[models.Model]) -> None:
    create_session(alice)
    create_api_key(alice, "key")
    Dealer.objects.create(title="Reseller")
    register_tracker(account=alice, device_id="van", label="Van")
    opened = list(staff.open_everything(model))
    assert len(opened) > 7
    assert [(address, status) for address, status in opened if status != 200] == []


@pytest.mark.parametrize("page", ["user", "apikey", "dealer"])
def test_forms_for_new_rows_open(staff: Admin, page: str) -> None:
    assert staff.open(f"accounts_{page}_add").status_code == 200


@pytest.mark.django_db
def test_the_admin_is_for_staff(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get(reverse("admin:index")).status_code == 302


def test_added_logins_become_lower_case(staff: Admin) -> None:
    passwords = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    staff.change("accounts_user_add", login="Dora@Fleet.Example", **passwords)
    assert Api()("user/auth", login="dora@fleet.example", password=NEW_PASSWORD)["success"] is True


def test_a_login_differing_in_case_is_refused(staff: Admin, alice: User) -> None:
    passwords = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    errors = staff.refuse("accounts_user_add", login=alice.login.upper(), **passwords)
    assert list(errors) == ["__all__"]
    assert User.objects.filter(login__iexact=alice.login).count() == 1


def test_a_new_password_ends_the_users_sessions(staff: Admin, alice: User, hear: Hear) -> None:
    credential = create_session(alice)
    with hear(alice) as heard:
        staff.change(
            "auth_user_password_change",
            alice.pk,
            usable_password="true",
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
        )
    assert heard["alice"] == [LoginsEnded((digest_hash(credential),), LogoutCause.PASSWORD_CHANGED)]
    assert Api().code("base/nothing", hash=credential) == 4
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


def test_other_changes_of_a_user_leave_the_sessions(staff: Admin, alice: User, hear: Hear) -> None:
    credential = create_session(alice)
    with hear(alice) as heard:
        staff.change("accounts_user_change", alice.pk, **user_fields(alice, title="Ally", time_zone="Asia/Tokyo"))
    assert heard["alice"] == [SettingsChanged(alice.pk, "Asia/Tokyo")]
    assert Api()("user/get_info", hash=credential)["user_info"]["title"] == "Ally"


def test_an_unknown_time_zone_is_refused(staff: Admin, alice: User) -> None:
    errors = staff.refuse("accounts_user_change", alice.pk, **user_fields(alice, time_zone="Nowhere/Land"))
    assert errors == {"time_zone": ["unknown time zone"]}


def test_a_sub_user_keeps_its_master(staff: Admin, alice: User, charlie: User) -> None:
    new = {
        "login": "dora@fleet.example",
        "usable_password": "true",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    staff.change("accounts_user_add", **new, master=alice.pk)
    dora = User.objects.get(login="dora@fleet.example")
    assert dora.account_id == alice.pk
    staff.change("accounts_user_change", dora.pk, **user_fields(dora, master=charlie.pk))
    assert User.objects.get(pk=dora.pk).account_id == alice.pk


def test_a_sub_user_is_no_master(staff: Admin, bob: User) -> None:
    new = {
        "login": "dora@fleet.example",
        "usable_password": "true",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    assert list(staff.refuse("accounts_user_add", **new, master=bob.pk)) == ["master"]


@pytest.mark.parametrize("way", ["form", "action"])
def test_a_user_who_is_blocked_is_logged_out(staff: Admin, alice: User, hear: Hear, way: str) -> None:
    credential = create_session(alice)
    with hear(alice) as heard:
        if way == "form":
            staff.change("accounts_user_change", alice.pk, **user_fields(alice, is_active=None))
        else:
            staff.act("accounts_user", "block", alice)
    assert heard["alice"] == [LoginsEnded((digest_hash(credential),), LogoutCause.USER_BLOCKED)]
    assert Api().code("user/auth", login=alice.login, password=PASSWORD) == 103
    staff.act("accounts_user", "activate", alice)
    assert Api()("user/auth", login=alice.login, password=PASSWORD)["success"] is True


@pytest.mark.parametrize("way", ["page", "action"])
def test_removed_users_take_sub_users_and_trackers(
    staff: Admin, alice: User, bob: User, charlie: User, hear: Hear, way: str
) -> None:
    register_tracker(account=alice, device_id="van", label="Van")
    create_session(bob)
    with hear(alice) as heard:
        if way == "page":
            staff.change("accounts_user_delete", alice.pk, post="yes")
        else:
            staff.act("accounts_user", "delete_selected", bob, alice)
    assert sorted(type(notice).__name__ for notice in heard["alice"]) == ["LifecycleChanged", "LoginsEnded"]
    assert {user.title for user in User.objects.all()} == {"Charlie", "Root"}
    assert not Tracker.objects.exists()


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_deleted_session_is_logged_out(staff: Admin, alice: User, hear: Hear, way: str) -> None:
    credential = create_session(alice)
    kept = create_session(alice)
    session = Session.objects.get(digest=digest_hash(credential))
    with hear(alice) as heard:
        staff.remove("accounts_session", way, session)
    assert heard["alice"] == [LoginsEnded((session.digest,), LogoutCause.SESSION_CLOSED)]
    assert [Api()("base/nothing", hash=one)["success"] for one in (credential, kept)] == [False, True]


@pytest.mark.parametrize("page", ["session", "apikey"])
def test_credentials_are_not_changed(staff: Admin, alice: User, page: str) -> None:
    create_session(alice)
    create_api_key(alice, "key")
    row = (Session if page == "session" else ApiKey).objects.get()
    assert staff.send(f"accounts_{page}_change", row.pk, title="x").status_code == 403


def test_a_new_key_is_shown_once(staff: Admin, alice: User) -> None:
    page = staff.change("accounts_apikey_add", user=alice.pk, title="Bridge")
    (message,) = [text for text in map(str, page.context["messages"]) if "only now" in text]
    (credential,) = re.findall("[0-9a-f]{32}", message)
    assert Api()("user/get_info", hash=credential)["user_info"]["id"] == alice.pk
    for later in (
        staff.open("accounts_apikey_changelist"),
        staff.open("accounts_apikey_change", alice.api_keys.get().pk),
    ):
        assert credential not in later.content.decode()


def test_the_form_refuses_keys_over_quota(staff: Admin, alice: User) -> None:
    for number in range(MAX_API_KEYS):
        create_api_key(alice, f"key {number}")
    errors = staff.refuse("accounts_apikey_add", user=alice.pk, title="one more")
    assert (errors, ApiKey.objects.count()) == ({"user": ["has as many keys as allowed"]}, MAX_API_KEYS)


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_deleted_key_opens_nothing(staff: Admin, alice: User, hear: Hear, way: str) -> None:
    key, credential = create_api_key(alice, "Bridge")
    with hear(alice) as heard:
        staff.remove("accounts_apikey", way, key)
    assert heard["alice"] == [LoginsEnded((digest_hash(credential),), LogoutCause.KEY_DELETED)]
    assert Api().code("base/nothing", hash=credential) == 4
