"""The letter with the link that restores a password, and the page behind it."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections
from django.db.models import F
from django.test import Client, override_settings

from accounts.models import KnownAddress, LoginAttempt, Session, User
from accounts.services.background import waiting
from accounts.services.logins import MAX_RESTORE_LINKS
from accounts.services.sessions import create_session
from accounts.services.users import set_activated
from accounts.wire.hashes import digest_hash
from tests.api import Api
from tests.letters import letters, mailed_link
from tests.people import PASSWORD

NEW_PASSWORD = "quite another one"
# A thread of the product's own looks for the user.
pytestmark = pytest.mark.django_db(transaction=True)


def ask(login: str) -> dict[str, Any]:
    return Api()("user/restore_password", login=login)


def mailed_hash(login: str) -> str:
    assert ask(login) == {"success": True}
    return mailed_link().partition("#")[2]


def change(credential: str, password: str = NEW_PASSWORD) -> dict[str, Any]:
    return Api()("user/password/change", hash=credential, password=password)


def code_of(answer: dict[str, Any]) -> int | None:
    return answer.get("status", {}).get("code")


@override_settings(PUBLIC_URL="https://fleet.example")
def test_the_mailed_link_sets_a_new_password(alice: User) -> None:
    credential = mailed_hash(alice.login.upper())
    assert mailed_link() == f"https://fleet.example/password/restore#{credential}"
    assert change(credential) == {"success": True}
    assert code_of(Api()("user/auth", login=alice.login, password=PASSWORD)) == 102
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True
    (letter,) = letters()
    assert (letter.to, letter.content_subtype) == ([alice.login], "plain")


def test_restoring_ends_only_the_users_sessions(alice: User, bob: User, api_key: str) -> None:
    mine, other = create_session(alice), create_session(bob)
    first, second = mailed_hash(alice.login), mailed_hash(alice.login)
    change(second)
    assert [code_of(Api()("base/nothing", hash=one)) for one in (mine, other, api_key)] == [4, None, None]
    assert [code_of(change(one)) for one in (first, second)] == [4, 4]


def test_nobody_learns_whether_a_login_exists(alice: User, bob: User) -> None:
    set_activated(bob, False)
    assert [ask(login) for login in ("nobody@fleet.example", bob.login, "no address", alice.login)] == [
        {"success": True}
    ] * 4
    assert [letter.to for letter in letters()] == [[alice.login]]
    assert Session.objects.count() == 1


def test_a_link_opens_nothing_else(alice: User) -> None:
    credential = mailed_hash(alice.login)
    for path in ("base/nothing", "user/get_info", "user/logout", "api/key/list", "user/auth/code/resend"):
        assert code_of(Api()(path, hash=credential)) == 4


def test_other_hashes_change_no_password(alice: User, api_key: str) -> None:
    for credential, code in [(create_session(alice), 4), (api_key, 4), ("0" * 32, 4), ("nonsense", 3), (None, 3)]:
        assert code_of(Api()("user/password/change", hash=credential, password=NEW_PASSWORD)) == code
    assert Api()("user/auth", login=alice.login, password=PASSWORD)["success"] is True


def test_a_weak_password_keeps_the_link_valid(alice: User) -> None:
    credential = mailed_hash(alice.login)
    answer = change(credential, "short")
    assert (code_of(answer), [error["parameter"] for error in answer["errors"]]) == (7, ["password"])
    assert change(credential)["success"] is True


def let_time_pass(alice: User) -> None:
    Session.objects.update(expires_at=F("expires_at") - timedelta(minutes=61))


def block(alice: User) -> None:
    set_activated(alice, False)


@pytest.mark.parametrize("end", [let_time_pass, block])
def test_a_link_expires_with_hour_or_block(alice: User, end: Callable[[User], None]) -> None:
    assert change(mailed_hash(alice.login))["success"] is True
    credential = mailed_hash(alice.login)
    end(alice)
    assert code_of(change(credential)) == 4


def test_letters_to_one_user_are_limited_hourly(alice: User, charlie: User) -> None:
    for _ in range(MAX_RESTORE_LINKS + 2):
        assert ask(alice.login) == {"success": True}
    ask(charlie.login)
    assert [letter.to[0] for letter in letters()] == [alice.login] * MAX_RESTORE_LINKS + [charlie.login]
    let_time_pass(alice)
    assert change(mailed_hash(alice.login))["success"] is True


@override_settings(LOGIN_ATTEMPTS=2)
@pytest.mark.parametrize("login", ["alice@fleet.example", "nobody@fleet.example"])
def test_frequent_requests_are_refused_for_any_login(alice: User, login: str) -> None:
    assert [code_of(ask(login)) for _ in range(3)] == [None, None, 105]
    assert Api()("user/auth", login=alice.login, password=PASSWORD)["success"] is True


@override_settings(LOGIN_ATTEMPTS=2)
def test_a_restored_password_lifts_the_login_lock(alice: User) -> None:
    codes = [code_of(Api()("user/auth", login=alice.login, password="wrong")) for _ in range(3)]
    assert codes == [102, 102, 105]
    change(mailed_hash(alice.login))
    assert Api()("user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True
    assert KnownAddress.objects.count() == 1


def test_no_column_holds_the_hash_of_the_link(alice: User) -> None:
    credential = mailed_hash(alice.login)
    row = Session.objects.values().get()
    assert (row["digest"], credential in str(row)) == (digest_hash(credential), False)
    assert LoginAttempt.objects.count() == 1


class BrokenBackend(BaseEmailBackend):
    """A mail server that refuses everything."""

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")


def test_failing_mail_is_logged_once_hindering_nobody(
    alice: User, charlie: User, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(EMAIL_BACKEND=f"{__name__}.BrokenBackend"), caplog.at_level(logging.INFO):
        assert [ask(user.login) for user in (alice, charlie)] == [{"success": True}] * 2
        waiting.join()
    assert [record.getMessage() for record in caplog.records if record.name == "accounts.services.mail"] == [
        "letters cannot be sent, this one and maybe more are lost: gone"
    ]
    assert mailed_hash(alice.login)
    assert not any(mailed_hash(alice.login) in record.getMessage() for record in caplog.records)
    assert caplog.records[-1].getMessage() == "letters are sent again"
    with override_settings(EMAIL_BACKEND=f"{__name__}.BrokenBackend"):
        ask(charlie.login)
        waiting.join()
    assert caplog.records[-1].getMessage().startswith("letters cannot be sent")


def test_the_page_is_self_contained_and_uncached() -> None:
    response = Client().get("/password/restore")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert b"http" not in response.content
    assert Client().post("/password/restore").status_code == 405


def test_a_link_is_good_for_one_of_several_at_once(alice: User) -> None:
    credential = mailed_hash(alice.login)
    passwords = [f"{NEW_PASSWORD} {number}" for number in range(6)]

    def change_once(password: str) -> int | None:
        try:
            return code_of(change(credential, password))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(passwords)) as pool:
        codes = list(pool.map(change_once, passwords))
    assert codes.count(None) == 1
    won = passwords[codes.index(None)]
    assert [code_of(Api()("user/auth", login=alice.login, password=password)) for password in passwords] == [
        None if password == won else 102 for password in passwords
    ]
    assert code_of(change(credential, PASSWORD)) in (3, 4)


def test_one_link_that_was_used_ends_the_others(alice: User) -> None:
    first, second = mailed_hash(alice.login), mailed_hash(alice.login)
    assert first != second
    assert change(second) == {"success": True}
    assert code_of(change(first, PASSWORD)) in (3, 4)
    assert code_of(Api()("user/auth", login=alice.login, password=NEW_PASSWORD)) is None
