"""How many wrong passwords are taken, whom that keeps out and whom not, and how many sessions a user has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connections
from django.db.models import F
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Dealer, KnownAddress, LoginAttempt, Session, User
from accounts.services.attempts import begin_attempt, end_attempts, forget_old_attempts
from accounts.services.sessions import create_session, create_special_session, session_lifetime
from accounts.wire.errors import ApiError, ErrorCode
from tests.admin import Admin
from tests.api import Api
from tests.people import PASSWORD

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.1"
LIMITS = {"LOGIN_ATTEMPTS": 3, "LOGIN_ATTEMPTS_PER_ADDRESS": 6, "LOGIN_ATTEMPTS_PER_LOGIN": 6}
WINDOW = timedelta(seconds=900)

pytestmark = pytest.mark.usefixtures("low_limits")


@pytest.fixture
def low_limits(settings: Any) -> None:
    for name, value in LIMITS.items():
        setattr(settings, name, value)


def log_in(login: str, password: str = PASSWORD, address: str = HOME) -> int | None:
    """The code of a login; None when it succeeds."""
    answer = Api(Client(REMOTE_ADDR=address))("user/auth", login=login, password=password)
    return answer.get("status", {}).get("code")


def fail(times: int, login: str, address: str = HOME) -> list[int | None]:
    return [log_in(login, "wrong", address) for _ in range(times)]


def let_time_pass(passed: timedelta) -> None:
    LoginAttempt.objects.update(at=F("at") - passed)
    KnownAddress.objects.update(seen_at=F("seen_at") - passed)


@pytest.mark.api(15)
def test_wrong_passwords_of_one_address_end_in_105(alice: User) -> None:
    assert fail(4, alice.login) == [102, 102, 102, 105]
    assert log_in(alice.login) == 105
    assert log_in(alice.login, address=ELSEWHERE) is None


def test_other_logins_of_the_address_are_still_taken(alice: User, charlie: User) -> None:
    assert fail(4, alice.login)[-1] == 105
    assert log_in(charlie.login) is None


def test_other_spellings_give_no_more_attempts(alice: User) -> None:
    assert [log_in(login, "wrong") for login in (alice.login, alice.login.upper(), f" {alice.login}")] == [102] * 3
    assert log_in(alice.login) == 105


def test_attempts_expire_and_refused_ones_are_uncounted(alice: User) -> None:
    fail(9, alice.login)
    let_time_pass(WINDOW - timedelta(seconds=5))
    assert log_in(alice.login) == 105
    let_time_pass(timedelta(seconds=10))
    assert log_in(alice.login) is None


def test_success_forgets_what_went_wrong_before(alice: User) -> None:
    for _ in range(3):
        assert [*fail(2, alice.login), log_in(alice.login)] == [102, 102, None]


def test_logins_that_do_not_exist_count_like_others(alice: User) -> None:
    assert fail(4, "nobody@fleet.example") == fail(4, alice.login, ELSEWHERE) == [102, 102, 102, 105]


def test_one_address_cannot_try_every_login(alice: User) -> None:
    codes = [log_in(f"user{number}@fleet.example", "wrong") for number in range(8)]
    assert codes == [102] * 6 + [105] * 2
    assert log_in(alice.login) == 105


def test_many_addresses_cannot_try_passwords_on_one_login(alice: User) -> None:
    codes = [log_in(alice.login, "wrong", f"198.51.100.{number}") for number in range(8)]
    assert codes == [102] * 6 + [105] * 2
    assert log_in(alice.login) == 105


@pytest.mark.parametrize("stranger", ["elsewhere", "here"])
def test_strangers_do_not_lock_out_known_addresses(alice: User, stranger: str) -> None:
    assert log_in(alice.login) is None
    for number in range(9):
        if stranger == "elsewhere":
            log_in(alice.login, "wrong", f"198.51.100.{number}")
        else:
            log_in(f"user{number}@fleet.example", "wrong")
    assert [log_in("nobody@fleet.example", "wrong"), log_in(alice.login, address=ELSEWHERE)].count(105) == 1
    assert fail(4, alice.login) == [102, 102, 102, 105]
    let_time_pass(WINDOW)
    assert log_in(alice.login) is None


def test_an_address_is_forgotten_after_a_month(alice: User) -> None:
    assert log_in(alice.login) is None
    for days, code in [(29, None), (31, 105)]:
        KnownAddress.objects.update(seen_at=timezone.now() - timedelta(days=days))
        LoginAttempt.objects.all().delete()
        for number in range(8):
            log_in(alice.login, "wrong", f"198.51.100.{number}")
        assert log_in(alice.login) == code


def test_each_login_makes_the_address_known_anew(alice: User) -> None:
    for _ in range(3):
        assert log_in(alice.login) is None
        let_time_pass(timedelta(days=20))
    for number in range(8):
        log_in(alice.login, "wrong", f"198.51.100.{number}")
    assert log_in(alice.login) is None


def test_addresses_of_one_ipv6_network_count_together(alice: User) -> None:
    assert [log_in(alice.login, "wrong", f"2001:db8:1:2::{number}") for number in range(4)] == [102, 102, 102, 105]
    assert log_in(alice.login, address="2001:db8:1:3::1") is None


@pytest.mark.parametrize(("proxies", "code"), [(["192.0.2.0/24"], None), ([], 105)])
def test_trusted_proxies_name_the_counted_address(alice: User, settings: Any, proxies: Any, code: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network(one) for one in proxies]
    fail(3, alice.login)
    behind = Api(Client(REMOTE_ADDR=HOME, headers={"X-Forwarded-For": ELSEWHERE}))
    assert behind("user/auth", login=alice.login, password=PASSWORD).get("status", {}).get("code") == code


@pytest.mark.parametrize(("is_active", "code"), [(True, 11), (False, 103)])
def test_right_passwords_of_blocked_users_are_uncounted(alice: User, is_active: bool, code: int) -> None:
    User.objects.update(dealer=Dealer.objects.create(title="Reseller", is_blocked=is_active), is_active=is_active)
    assert [log_in(alice.login) for _ in range(5)] == [code] * 5
    assert not LoginAttempt.objects.exists()


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt)


@override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"])
def test_unknown_logins_cost_hashing_refused_ones_none(alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    counts = []
    for login in [alice.login, "nobody@fleet.example", alice.login, alice.login, alice.login, alice.login]:
        before = CountingHasher.count
        log_in(login, "wrong")
        counts.append(CountingHasher.count - before)
    assert counts == [1, 1, 1, 1, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_attempts_at_once_do_not_outrun_the_count() -> None:
    def attempt(number: int) -> bool:
        try:
            begin_attempt("alice@fleet.example", HOME)
        except ApiError as error:
            assert error.code is ErrorCode.TOO_MANY_ATTEMPTS
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(attempt, range(24)))
    assert taken == LoginAttempt.objects.count() <= 3


@pytest.mark.api(20)
def test_wrong_old_passwords_count_as_well(alice: User) -> None:
    api = Api(Client(REMOTE_ADDR=HOME))
    api.log_in(alice.login)
    passwords = {"old_password": "wrong", "new_password": "quite another one"}
    assert [api.code("user/password/set", **passwords) for _ in range(4)] == [248, 248, 248, 105]
    let_time_pass(WINDOW)
    unchanged = {"old_password": PASSWORD, "new_password": PASSWORD}
    assert [api.code("user/password/set", **unchanged) for _ in range(4)] == [245] * 4
    assert api("user/password/set", **passwords | {"old_password": PASSWORD})["success"] is True


def test_the_admins_form_counts_as_well(alice: User) -> None:
    User.objects.update(is_staff=True)
    client, page = Client(REMOTE_ADDR=HOME), reverse("admin:login") + "?next=/admin/"

    def sign_in(password: str) -> str:
        return client.post(page, {"username": alice.login, "password": password}, follow=True).content.decode()

    assert all("Too many" not in sign_in("wrong") for _ in range(3))
    assert "Too many" in sign_in(PASSWORD)
    assert log_in(alice.login) == 105
    let_time_pass(WINDOW)
    assert "Site administration" in sign_in(PASSWORD)
    assert KnownAddress.objects.count() == 1


def test_the_staff_forgives_one_user(staff: Admin, alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        fail(3, user.login)
    staff.act("accounts_user", "forgive", alice)
    assert [log_in(user.login) for user in (alice, charlie)] == [None, 105]


def test_names_and_addresses_are_not_stored_as_such(alice: User) -> None:
    log_in(alice.login)
    fail(1, alice.login)
    stored = [
        *LoginAttempt.objects.values_list("login", "address"),
        *KnownAddress.objects.values_list("login", "address"),
    ]
    assert len(set(stored)) == 1
    assert all(len(text) == 64 for row in stored for text in row)


def test_housekeeping_forgets_what_counts_no_more(db: None) -> None:
    for address in (HOME, ELSEWHERE):
        end_attempts("alice@fleet.example", address)
        begin_attempt("alice@fleet.example", address)
    LoginAttempt.objects.filter(pk=LoginAttempt.objects.first().pk).update(at=timezone.now() - WINDOW)
    KnownAddress.objects.filter(pk=KnownAddress.objects.first().pk).update(seen_at=timezone.now() - timedelta(days=30))
    forget_old_attempts(timezone.now())
    assert (LoginAttempt.objects.count(), KnownAddress.objects.count()) == (1, 1)


@pytest.mark.api(15)
@override_settings(MAX_SESSIONS_PER_USER=3)
def test_login_beyond_the_session_limit_gets_104(alice: User, charlie: User) -> None:
    assert [log_in(alice.login) for _ in range(4)] == [None, None, None, 104]
    assert log_in(charlie.login) is None
    Session.objects.filter(pk=alice.sessions.first().pk).update(expires_at=timezone.now())
    assert log_in(alice.login) is None
    assert log_in(alice.login) == 104


@override_settings(MAX_SESSIONS_PER_USER=2)
def test_sessions_of_other_kinds_take_no_place(alice: User) -> None:
    create_special_session(alice, "restore", session_lifetime())
    create_special_session(alice, "second_factor", session_lifetime())
    assert [log_in(alice.login) for _ in range(3)] == [None, None, 104]


@override_settings(MAX_SESSIONS_PER_USER=3)
@pytest.mark.django_db(transaction=True)
def test_simultaneous_logins_keep_the_session_limit(alice: User) -> None:
    def create(number: int) -> bool:
        try:
            create_session(alice)
        except ApiError as error:
            assert error.code is ErrorCode.TOO_MANY_SESSIONS
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(12))) == 3
    assert alice.sessions.count() == 3


def test_attempts_noted_by_a_clock_that_was_ahead_keep_nobody_out(alice: User) -> None:
    assert fail(4, alice.login)[-1] == 105
    let_time_pass(timedelta(days=-1))
    assert log_in(alice.login) is None
    fail(1, alice.login)
    let_time_pass(timedelta(days=-1))
    forget_old_attempts(timezone.now())
    assert not LoginAttempt.objects.exists()
