"""Logins of the panel: who gets one, what it opens, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from accounts.models import Dealer, PanelSession, User
from accounts.services.api_keys import create_api_key
from accounts.services.panel import MAX_SESSIONS, create_panel_session, expire_panel_sessions
from accounts.services.passwords import restore_password
from accounts.services.sessions import create_session
from accounts.services.users import remove_user, save_user, set_activated
from accounts.wire.hashes import digest_hash, is_hash
from tests.api import Api
from tests.panel import EVERYTHING, Panel, hire, panel_of
from tests.people import PASSWORD

ALL_PERMISSIONS = {
    "users": ["create", "read", "update", "corrupt"],
    "user_sessions": ["create"],
    "trackers": ["create", "read", "update", "delete", "corrupt"],
}
PANEL_CALLS = [
    "account/logout",
    "account/get_permissions",
    "user/create",
    "user/list",
    "user/read",
    "user/update",
    "user/change_password",
    "user/session/create",
    "user/corrupt",
    "tracker/list",
    "tracker/read",
    "tracker/source/update",
    "tracker/corrupt",
    "tracker/clone",
    "tracker/move",
]
NEEDED = {
    "user/create": {"accounts.add_user"},
    "user/list": {"accounts.view_user"},
    "user/read": {"accounts.view_user"},
    "user/update": {"accounts.change_user"},
    "user/change_password": {"accounts.change_user"},
    "user/session/create": {"accounts.change_user", "accounts.add_session"},
    "user/corrupt": {"accounts.delete_user"},
    "tracker/list": {"trackers.view_tracker"},
    "tracker/read": {"trackers.view_tracker"},
    "tracker/source/update": {"trackers.change_tracker"},
    "tracker/corrupt": {"trackers.delete_tracker"},
    "tracker/clone": {"trackers.add_tracker"},
    "tracker/move": {"trackers.add_tracker", "trackers.delete_tracker"},
}


@pytest.fixture
def stan(db: None) -> User:
    """A member of the staff who may do everything, but is no superuser."""
    return hire("stan@office.example")


def test_a_login_brings_a_hash_and_the_permissions(stan: User) -> None:
    answer = Panel()("panel/account/auth", login="Stan@office.example", password=PASSWORD)
    assert is_hash(answer["hash"])
    assert answer["permissions"] == ALL_PERMISSIONS
    assert Panel()("panel/account/get_permissions", hash=answer["hash"])["permissions"] == ALL_PERMISSIONS


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        ([], {}),
        (["accounts.view_user"], {"users": ["read"]}),
        (
            ["trackers.delete_tracker", "accounts.add_session"],
            {"user_sessions": ["create"], "trackers": ["delete", "corrupt"]},
        ),
    ],
)
def test_permissions_are_those_of_the_admin(db: None, permissions: list[str], told: dict[str, list[str]]) -> None:
    panel = panel_of(hire("stan@office.example", permissions))
    assert panel("panel/account/get_permissions")["permissions"] == told


def test_a_superuser_may_do_everything(db: None) -> None:
    panel = panel_of(User.objects.create_superuser("root@office.example", PASSWORD))
    assert panel("panel/account/get_permissions")["permissions"] == ALL_PERMISSIONS


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("stan@office.example", PASSWORD, None),
        ("stan@office.example", "wrong", 102),
        ("nobody@office.example", PASSWORD, 102),
        ("alice@fleet.example", PASSWORD, 102),
        ("fired@office.example", PASSWORD, 102),
        ("careful@office.example", PASSWORD, 11),
        ("reseller@office.example", PASSWORD, 11),
        (None, PASSWORD, 7),
        ("stan@office.example", None, 7),
        ("stan@office.example", "x" * 129, 7),
    ],
)
def test_only_the_staff_gets_in(alice: User, stan: User, login: Any, password: Any, code: int | None) -> None:
    hire("fired@office.example", is_active=False)
    hire("careful@office.example", has_second_factor=True)
    hire("reseller@office.example", dealer=Dealer.objects.create(title="Late payer", is_blocked=True))
    answer = Panel()("panel/account/auth", login=login, password=password)
    assert answer.get("status", {}).get("code") == code


def test_the_right_password_fails_after_wrong_ones(stan: User, settings: Any) -> None:
    settings.LOGIN_ATTEMPTS = 2
    codes = [Panel().code("panel/account/auth", login=stan.login, password="wrong") for _ in range(3)]
    assert codes == [102, 102, 105]
    assert Panel().code("panel/account/auth", login=stan.login, password=PASSWORD) == 105


def test_every_panel_call_needs_listed_permissions() -> None:
    assert sorted(NEEDED) == sorted(name for name in PANEL_CALLS if not name.startswith("account/"))


@pytest.mark.parametrize("path", NEEDED)
def test_a_call_lacking_a_permission_is_refused(db: None, path: str) -> None:
    for lacking in NEEDED[path]:
        rest = [permission for permission in EVERYTHING if permission != lacking]
        panel = panel_of(hire(f"{lacking}@office.example", rest))
        assert (panel.code(f"panel/{path}"), panel.status) == (13, 403)
    allowed = panel_of(hire("stan@office.example", NEEDED[path]))
    # With the permissions it is the parameters that count.
    assert allowed(f"panel/{path}").get("status", {}).get("code") in (None, 7)


@pytest.mark.parametrize("path", PANEL_CALLS)
def test_user_hashes_open_no_panel_call(stan: User, path: str) -> None:
    others = [create_session(stan), create_api_key(stan, "key")[1], "0" * 32]
    assert [Panel().code(f"panel/{path}", hash=one) for one in others] == [4, 4, 4]
    assert [Panel().code(f"panel/{path}", hash=one) for one in (None, "x", 5)] == [3, 3, 3]


@pytest.mark.parametrize("path", ["base/nothing", "user/get_info", "user/logout", "tracker/list", "subuser/list"])
def test_panel_hashes_open_no_user_call(stan: User, path: str) -> None:
    panel = panel_of(stan)
    assert panel.code(path) == 4
    assert panel("panel/account/get_permissions")["success"] is True


def test_logout_ends_only_its_own_hash(stan: User) -> None:
    panel, other = panel_of(stan), panel_of(stan)
    assert panel("panel/account/logout") == {"success": True}
    assert panel.code("panel/account/get_permissions") == 4
    assert other("panel/account/get_permissions")["success"] is True


def test_a_used_session_ends_after_24_hours(stan: User) -> None:
    panel, other = panel_of(stan), panel_of(stan)
    session = PanelSession.objects.earliest("pk")
    assert session.expires_at - session.created_at == pytest.approx(timedelta(hours=24), abs=timedelta(seconds=1))
    panel("panel/account/get_permissions")
    assert PanelSession.objects.get(pk=session.pk).expires_at == session.expires_at
    PanelSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())
    assert panel.code("panel/account/get_permissions") == 4
    assert (expire_panel_sessions(timezone.now()), PanelSession.objects.count()) == (1, 1)
    assert other("panel/account/get_permissions")["success"] is True


@pytest.mark.django_db(transaction=True)
def test_housekeeping_removes_sessions_whose_time_is_over(stan: User) -> None:
    panel, kept = panel_of(stan), panel_of(stan)
    PanelSession.objects.filter(digest=digest_hash(panel.hash or "")).update(expires_at=timezone.now())
    call_command("housekeeping", "--once")
    assert PanelSession.objects.get().digest == digest_hash(kept.hash or "")


def no_more_of_the_staff(stan: User) -> None:
    stan.is_staff = False
    save_user(stan, changed={"is_staff"})


@pytest.mark.parametrize(
    "end",
    [
        lambda stan: set_activated(stan, False),
        lambda stan: restore_password(stan, "quite another one"),
        no_more_of_the_staff,
        remove_user,
        lambda stan: Api()(
            "user/password/set", hash=create_session(stan), old_password=PASSWORD, new_password="quite another one"
        ),
    ],
    ids=["blocked", "password restored", "no more of the staff", "removed", "password changed"],
)
def test_sessions_end_with_what_they_came_from(stan: User, end: Callable[[User], None]) -> None:
    panel, other = panel_of(stan), panel_of(hire("susan@office.example"))
    end(stan)
    assert panel.code("panel/account/get_permissions") == 4
    assert PanelSession.objects.count() == 1
    assert other("panel/account/get_permissions")["success"] is True


def test_a_session_that_outran_the_block_opens_nothing(stan: User) -> None:
    set_activated(stan, False)
    credential = create_panel_session(stan)
    assert Panel().code("panel/account/get_permissions", hash=credential) == 4


def test_of_many_sessions_the_oldest_go(stan: User) -> None:
    hashes = [create_panel_session(stan) for _ in range(MAX_SESSIONS + 1)]
    assert Panel().code("panel/account/get_permissions", hash=hashes[0]) == 4
    assert Panel()("panel/account/get_permissions", hash=hashes[1])["success"] is True
    assert PanelSession.objects.count() == MAX_SESSIONS


def test_no_hash_is_stored(stan: User) -> None:
    panel = panel_of(stan)
    fields: list[models.Field] = PanelSession._meta.fields
    stored = [str(getattr(PanelSession.objects.get(), field.attname)) for field in fields]
    assert not any(panel.hash in text for text in stored)
