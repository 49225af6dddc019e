"""Logins that need a code from a letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import MailedCode, Session, User
from accounts.notices import LoginsEnded
from accounts.selectors import live_principals
from accounts.services.logins import MAX_WRONG_CODES
from accounts.services.sessions import create_session, expire_sessions
from accounts.services.users import set_activated
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from tests.admin import Admin
from tests.api import Api
from tests.letters import letters, mailed_code
from tests.notices import Hear
from tests.people import PASSWORD

RIGHT_CALLS = {"user/auth/code/verify", "user/auth/code/resend"}


@pytest.fixture
def asked(alice: User) -> Api:
    """The API with Alice's first hash: her password was right, and a code is on its way."""
    User.objects.filter(pk=alice.pk).update(has_second_factor=True)
    api = Api()
    api.log_in(alice.login)
    return api


def wrong(code: str) -> str:
    return str((int(code) + 1) % 900_000 + 100_000)


def verify(api: Api, code: Any) -> dict[str, Any]:
    return api("user/auth/code/verify", code=code)


def let_time_pass(passed: timedelta) -> None:
    Session.objects.update(expires_at=F("expires_at") - passed)
    MailedCode.objects.update(resent_at=F("resent_at") - passed)


@pytest.mark.api(16)
def test_a_password_alone_opens_only_code_calls(asked: Api, alice: User) -> None:
    answer = Api()("user/auth", login=alice.login, password=PASSWORD)
    assert answer == {
        "success": True,
        "type": "second_factor_required",
        "factor_type": "email",
        "hash": answer["hash"],
    }
    for path in ("user/get_info", "base/nothing", "tracker/list", "user/logout", "user/session/renew", "api/key/list"):
        assert asked.code(path) == 4
    assert asked.code("user/password/change", password="quite another one") == 4
    assert live_principals([digest_hash(str(asked.hash))]) == {}


@pytest.mark.api(16)
@pytest.mark.parametrize("convert", [str, int, lambda code: f" {code} "], ids=["text", "number", "spaces"])
def test_the_mailed_code_gives_a_session(asked: Api, alice: User, convert: Callable[[str], Any]) -> None:
    answer = verify(asked, convert(mailed_code()))
    assert Api()("user/get_info", hash=answer["hash"])["user_info"]["id"] == alice.pk
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 4
    assert [letter.to for letter in letters()] == [[alice.login]]


@pytest.mark.api(16)
def test_wrong_code_is_282_and_right_works(asked: Api) -> None:
    assert asked.code("user/auth/code/verify", code=wrong(mailed_code())) == 282
    assert verify(asked, mailed_code())["success"] is True


@pytest.mark.api(16)
def test_a_few_wrong_codes_end_the_login(asked: Api) -> None:
    codes = [asked.code("user/auth/code/verify", code=wrong(mailed_code())) for _ in range(MAX_WRONG_CODES)]
    assert codes == [282] * MAX_WRONG_CODES
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 4
    assert not Session.objects.exists()


@override_settings(LOGIN_ATTEMPTS=8)
def test_code_guesses_are_limited_across_logins(asked: Api, alice: User) -> None:
    for _ in range(5):
        asked.code("user/auth/code/verify", code=wrong(mailed_code()))
    asked.log_in(alice.login)
    assert asked.code("user/auth/code/verify", code=wrong(mailed_code())) == 282
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 105
    assert Api().code("user/auth", login=alice.login, password=PASSWORD) == 105


@override_settings(LOGIN_ATTEMPTS=2)
def test_a_completed_login_forgets_its_attempts(asked: Api, alice: User) -> None:
    for _ in range(3):
        assert verify(asked, mailed_code())["success"] is True
        asked.log_in(alice.login)


@override_settings(LOGIN_ATTEMPTS=2)
def test_an_unentered_code_counts_as_wrong_attempt(asked: Api, alice: User) -> None:
    asked.log_in(alice.login)
    assert Api().code("user/auth", login=alice.login, password=PASSWORD) == 105
    assert len(letters()) == 2


@pytest.mark.api(16)
def test_codes_are_replaced_once_in_five_minutes(asked: Api) -> None:
    first = mailed_code()
    assert asked("user/auth/code/resend") == {"success": True}
    assert asked.code("user/auth/code/resend") == 15
    let_time_pass(timedelta(minutes=4, seconds=50))
    refusal = Client().post("/user/auth/code/resend", {"hash": asked.hash})
    assert (refusal.json()["status"]["code"], refusal.status_code) == (15, 429)
    assert 5 <= int(refusal["Retry-After"]) <= 10
    let_time_pass(timedelta(seconds=20))
    assert asked("user/auth/code/resend") == {"success": True}
    assert len(letters()) == 3
    assert first == mailed_code() or asked.code("user/auth/code/verify", code=first) == 282
    assert verify(asked, mailed_code())["success"] is True


def test_wrong_codes_are_not_forgotten_by_another_letter(asked: Api) -> None:
    for _ in range(MAX_WRONG_CODES - 1):
        asked.code("user/auth/code/verify", code=wrong(mailed_code()))
    asked("user/auth/code/resend")
    assert asked.code("user/auth/code/verify", code=wrong(mailed_code())) == 282
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 4


def test_a_code_expires_after_fifteen_minutes(asked: Api, alice: User, hear: Hear) -> None:
    let_time_pass(timedelta(minutes=14, seconds=50))
    assert asked.code("user/auth/code/verify", code=wrong(mailed_code())) == 282
    let_time_pass(timedelta(seconds=20))
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 4
    assert asked.code("user/auth/code/resend") == 4
    with hear(alice) as heard:
        assert expire_sessions(timezone.now()) == 1
    # It was no login that anybody could have subscribed by.
    assert (heard["alice"], MailedCode.objects.exists()) == ([], False)


@pytest.mark.api(16)
@pytest.mark.parametrize("path", sorted(RIGHT_CALLS))
def test_other_hashes_open_no_call_of_the_code(alice: User, api: Api, api_key: str, path: str) -> None:
    for credential, code in [(api.hash, 4), (api_key, 4), ("0" * 32, 4), ("nonsense", 3), (None, 3)]:
        assert Api().code(path, hash=credential, code="123456") == code


def test_a_block_ends_the_wait_for_the_code(asked: Api, alice: User) -> None:
    set_activated(alice, False)
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 4


@override_settings(MAX_SESSIONS_PER_USER=1)
def test_the_limit_of_sessions_leaves_the_code_good(asked: Api, alice: User, hear: Hear) -> None:
    old = create_session(alice)
    assert asked.code("user/auth/code/verify", code=mailed_code()) == 104
    with hear(alice) as heard:
        Api()("user/logout", hash=old)
    assert heard["alice"] == [LoginsEnded((digest_hash(old),), LogoutCause.LOGGED_OUT)]
    assert verify(asked, mailed_code())["success"] is True


def test_the_code_is_not_stored(asked: Api) -> None:
    row = MailedCode.objects.values().get()
    assert mailed_code() not in " ".join(str(value) for name, value in row.items() if name != "digest")
    assert len(row["digest"]) == 64


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("en", "Your login code"),
        ("de_AT", "Ihr Anmeldecode"),
        ("hu", "Your login code"),
        ("../../x", "Your login code"),
    ],
)
def test_the_letter_is_in_the_users_language(alice: User, locale: str, subject: str) -> None:
    User.objects.update(has_second_factor=True, locale=locale)
    Api().log_in(alice.login)
    (letter,) = letters()
    assert (letter.subject, letter.content_subtype) == (subject, "plain")


def test_the_staff_turns_the_second_factor_on(staff: Admin, alice: User) -> None:
    fields = {
        name: getattr(alice, name) for name in ("login", "time_zone", "locale", "measurement_system", "hour_mode")
    }
    staff.change("accounts_user_change", alice.pk, **fields, is_active="on", has_second_factor="on")
    assert Api()("user/auth", login=alice.login, password=PASSWORD)["type"] == "second_factor_required"
