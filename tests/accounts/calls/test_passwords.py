"""Changing and restoring passwords, and what of a secret is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test import override_settings

from accounts.models import ApiKey, Session, User
from accounts.notices import LoginsEnded
from accounts.services.api_keys import create_api_key
from accounts.services.passwords import restore_password
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from config import settings as product
from tests.api import Api
from tests.notices import Hear
from tests.people import PASSWORD

NEW_PASSWORD = "quite another one"


def set_password(api: Api, old: str = PASSWORD, new: str = NEW_PASSWORD) -> dict[str, Any]:
    return api("user/password/set", old_password=old, new_password=new)


@pytest.mark.api(20)
def test_the_new_password_replaces_the_old_one(alice: User, api: Api) -> None:
    assert set_password(api) == {"success": True}
    assert Api().code("user/auth", login=alice.login, password=PASSWORD) == 102
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


@pytest.mark.api(20)
def test_the_users_other_sessions_end_and_nothing_else(
    alice: User, bob: User, api: Api, api_key: str, hear: Hear
) -> None:
    others = [create_session(alice), create_session(alice)]
    of_bob = create_session(bob)
    with hear(alice) as heard:
        set_password(api)
    assert [Api()("base/nothing", hash=one)["success"] for one in (api.hash, api_key, of_bob)] == [True] * 3
    assert [Api().code("base/nothing", hash=one) for one in others] == [4, 4]
    (notice,) = heard["alice"]
    assert set(notice.digests) == {digest_hash(one) for one in others}


@pytest.mark.api(20)
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (PASSWORD, PASSWORD, 245),
        ("wrong", NEW_PASSWORD, 248),
        ("wrong", "wrong", 248),
        (PASSWORD, "short", 7),
        (PASSWORD, "password1234", 7),
        (PASSWORD, "control\x07characters", 7),
        (PASSWORD, "x" * 129, 7),
    ],
)
def test_a_refused_password_changes_nothing(alice: User, api: Api, hear: Hear, old: str, new: str, code: int) -> None:
    other = create_session(alice)
    with hear(alice) as heard:
        answer = set_password(api, old, new)
    assert (answer["status"]["code"], heard["alice"]) == (code, [])
    assert [entry["parameter"] for entry in answer.get("errors", [])] == (["new_password"] if code == 7 else [])
    assert Api()("base/nothing", hash=other)["success"] is True
    assert Api()("user/auth", login=alice.login, password=PASSWORD)["success"] is True


def test_restoring_a_password_ends_sessions_not_keys(alice: User, api: Api, api_key: str, hear: Hear) -> None:
    with hear(alice) as heard:
        restore_password(alice, NEW_PASSWORD)
    assert heard["alice"] == [LoginsEnded((digest_hash(str(api.hash)),), LogoutCause.PASSWORD_RESTORED)]
    assert api.code("base/nothing") == 4
    assert Api()("base/nothing", hash=api_key)["success"] is True
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


def test_a_weak_password_is_not_restored(alice: User, api: Api, hear: Hear) -> None:
    with hear(alice) as heard, pytest.raises(ApiError) as raised:
        restore_password(alice, "short")
    assert (raised.value.code, heard["alice"]) == (ErrorCode.INVALID_PARAMETERS, [])
    assert api("base/nothing")["success"] is True


@override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS)
def test_passwords_are_stored_with_argon2(alice: User) -> None:
    restore_password(alice, NEW_PASSWORD)
    stored = User.objects.values_list("password", flat=True).get(pk=alice.pk)
    assert stored.startswith("argon2$argon2id$")
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


@pytest.mark.parametrize("model", [Session, ApiKey])
def test_no_column_holds_a_credential(alice: User, model: type[models.Model]) -> None:
    credential = create_session(alice) if model is Session else create_api_key(alice, "a key")[1]
    row = model._default_manager.values().get()
    assert credential not in "\n".join(str(value) for value in row.values())
    assert row["digest"] == digest_hash(credential)
