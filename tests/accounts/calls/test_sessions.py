"""Logging in, the length of a session, and its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import ApiKey, Dealer, Session, SessionKind, User
from accounts.notices import LoginsEnded, SessionRenewed
from accounts.selectors import CredentialKind, live_principals, principal_for_hash
from accounts.services.credentials import new_hash
from accounts.services.sessions import (
    SESSIONS_PER_BATCH,
    create_session,
    create_special_session,
    expire_sessions,
    session_lifetime,
    shorten_sessions,
)
from accounts.services.users import set_activated
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.logout_causes import LogoutCause
from tests.api import Api
from tests.notices import Hear
from tests.people import PASSWORD

MONTH = timedelta(days=30)


def let_time_pass(passed: timedelta) -> None:
    """As if every session had begun that much earlier."""
    Session.objects.update(created_at=F("created_at") - passed, expires_at=F("expires_at") - passed)


@pytest.mark.api(15)
@pytest.mark.parametrize("login", ["alice@fleet.example", "ALICE@Fleet.Example", " alice@fleet.example "])
def test_a_login_hash_opens_the_api(alice: User, login: str) -> None:
    api = Api()
    answer = api("user/auth", login=login, password=PASSWORD)
    assert answer == {"success": True, "type": "authenticated", "hash": answer["hash"]}
    assert re.fullmatch("[0-9a-f]{32}", answer["hash"])
    assert api("user/get_info", hash=answer["hash"])["user_info"]["id"] == alice.pk


@pytest.mark.api(15)
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("alice@fleet.example", PASSWORD + " "),
        ("alice@fleet.example", PASSWORD.upper()),
        ("nobody@fleet.example", PASSWORD),
        ("alice", PASSWORD),
    ],
)
def test_wrong_login_and_wrong_password_look_alike(alice: User, login: str, password: str) -> None:
    assert Api()("user/auth", login=login, password=password) == {
        "success": False,
        "status": {"code": 102, "description": "Wrong login or password"},
    }


def deactivate(alice: User, dealer: Dealer) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)


def block_dealer(alice: User, dealer: Dealer) -> None:
    Dealer.objects.filter(pk=dealer.pk).update(is_blocked=True)


def leave_as_is(alice: User, dealer: Dealer) -> None:
    pass


@pytest.mark.api(15)
@pytest.mark.parametrize(
    ("change", "password", "code", "status"),
    [
        (leave_as_is, PASSWORD, None, 200),
        (deactivate, PASSWORD, 103, 400),
        (block_dealer, PASSWORD, 11, 403),
        (deactivate, "wrong", 102, 400),
        (block_dealer, "wrong", 102, 400),
    ],
)
def test_only_the_right_password_reveals_a_block(
    alice: User, change: Callable[[User, Dealer], None], password: str, code: int | None, status: int
) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.update(dealer=dealer)
    change(alice, dealer)
    api = Api()
    answer = api("user/auth", login=alice.login, password=password, dealer_id=dealer.pk)
    assert (answer.get("status", {}).get("code"), api.status) == (code, status)


@pytest.mark.api(3)
def test_a_digit_password_may_be_a_number(alice: User) -> None:
    alice.set_password("314159265358")
    alice.save()
    assert Api()("user/auth", login=alice.login, password=314159265358)["success"] is True


@pytest.mark.api(15)
@pytest.mark.parametrize(("offset", "has_dealer", "code"), [(0, True, None), (1, True, 102), (0, False, 102)])
def test_another_dealers_user_is_a_wrong_login(alice: User, offset: int, has_dealer: bool, code: int | None) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.update(dealer=dealer if has_dealer else None)
    answer = Api()("user/auth", login=alice.login, password=PASSWORD, dealer_id=str(dealer.pk + offset))
    assert answer.get("status", {}).get("code") == code


@pytest.mark.parametrize("blocked", ["alice", "bob"])
def test_sub_user_login_needs_an_active_master(alice: User, bob: User, blocked: str) -> None:
    assert Api()("user/auth", login=bob.login, password=PASSWORD)["success"] is True
    User.objects.filter(login__startswith=blocked).update(is_active=False)
    assert Api().code("user/auth", login=bob.login, password=PASSWORD) == 103


def test_one_user_has_a_hundred_sessions(alice: User) -> None:
    hashes = [create_session(alice) for _ in range(100)]
    assert len(live_principals([digest_hash(one) for one in hashes])) == 100


@pytest.mark.api(17)
@pytest.mark.parametrize(
    ("age", "code"), [(timedelta(), None), (MONTH - timedelta(hours=1), None), (MONTH, 4), (2 * MONTH, 4)]
)
def test_a_session_ends_after_its_lifetime(api: Api, age: timedelta, code: int | None) -> None:
    let_time_pass(age)
    assert api("user/get_info").get("status", {}).get("code") == code


@pytest.mark.api(17)
def test_using_a_session_does_not_lengthen_it(api: Api) -> None:
    for _ in range(29):
        let_time_pass(timedelta(days=1))
        assert api("tracker/list")["success"] is True
    let_time_pass(timedelta(days=1))
    assert api.code("tracker/list") == 4


@pytest.mark.api(17)
def test_renewal_gives_a_full_lifetime_from_now(api: Api) -> None:
    let_time_pass(timedelta(days=29))
    assert api("user/session/renew") == {"success": True}
    let_time_pass(timedelta(days=29))
    assert api("base/nothing")["success"] is True
    let_time_pass(timedelta(days=1))
    assert api.code("user/session/renew") == 4


@pytest.mark.api(17)
@override_settings(SESSION_LIFETIME_DAYS=2)
def test_the_lifetime_is_a_setting(alice: User) -> None:
    create_session(alice)
    lifetime = Session.objects.get().expires_at - timezone.now()
    assert timedelta(days=1, hours=23) < lifetime <= timedelta(days=2)


def test_a_renewal_is_told_with_the_new_end(alice: User, api: Api, hear: Hear) -> None:
    with hear(alice) as heard:
        api("user/session/renew")
    session = Session.objects.get()
    assert heard["alice"] == [SessionRenewed(session.digest, session.expires_at.timestamp())]


@pytest.mark.api(18)
@pytest.mark.parametrize(
    "path",
    ["user/logout", "user/session/renew", "user/password/set", "api/key/create", "api/key/list", "api/key/delete"],
)
def test_an_api_key_is_no_session(api_key: str, path: str) -> None:
    parameters = {"old_password": PASSWORD, "new_password": "another long one", "title": "more", "key": api_key}
    assert Api().code(path, hash=api_key, **parameters) == 4
    assert ApiKey.objects.count() == 1


@pytest.mark.api(19)
def test_logout_ends_this_session_and_no_other_credential(alice: User, api: Api, api_key: str) -> None:
    other = create_session(alice)
    assert api("user/logout") == {"success": True}
    assert [Api()("base/nothing", hash=one)["success"] for one in (api.hash, other, api_key)] == [False, True, True]
    assert api.code("user/logout") == 4


def test_logout_is_told_to_the_account(alice: User, charlie: User, api: Api, hear: Hear) -> None:
    with hear(alice, charlie) as heard:
        api("user/logout")
    assert heard == {"alice": [LoginsEnded((digest_hash(str(api.hash)),), LogoutCause.LOGGED_OUT)], "charlie": []}


def test_expired_sessions_are_ended_and_their_accounts_told(alice: User, bob: User, charlie: User, hear: Hear) -> None:
    old = [create_session(user) for user in (alice, bob, charlie)]
    let_time_pass(MONTH)
    young = create_session(alice)
    with hear(alice, charlie) as heard:
        assert expire_sessions(timezone.now()) == 3
    digests = [digest_hash(one) for one in old]
    (of_alice,), (of_charlie,) = heard["alice"], heard["charlie"]
    assert (set(of_alice.digests), of_charlie) == (set(digests[:2]), LoginsEnded((digests[2],), LogoutCause.EXPIRED))
    assert Session.objects.get().digest == digest_hash(young)


def test_expired_sessions_beyond_a_batch_end(alice: User) -> None:
    now = timezone.now()
    count = SESSIONS_PER_BATCH + 1
    Session.objects.bulk_create(Session(digest=str(n), user=alice, expires_at=now) for n in range(count))
    assert (expire_sessions(now), Session.objects.count()) == (count, 0)
    assert expire_sessions(now) == 0


def test_a_block_ends_and_tells_every_session(alice: User, hear: Hear) -> None:
    count = 2 * SESSIONS_PER_BATCH + 1
    end = timezone.now() + MONTH
    Session.objects.bulk_create(Session(digest=str(n), user=alice, expires_at=end) for n in range(count))
    with hear(alice) as heard:
        set_activated(alice, False)
    told = [digest for notice in heard["alice"] if isinstance(notice, LoginsEnded) for digest in notice.digests]
    assert sorted(told, key=int) == [str(n) for n in range(count)]
    assert not Session.objects.exists()


def test_only_digests_of_live_credentials_have_a_principal(alice: User, api: Api, api_key: str) -> None:
    dead = create_session(alice)
    Session.objects.filter(digest=digest_hash(dead)).update(expires_at=timezone.now())
    session, key = digest_hash(str(api.hash)), digest_hash(api_key)
    found = live_principals([session, key, digest_hash(dead), digest_hash(new_hash())])
    assert {digest: principal.kind for digest, principal in found.items()} == {
        session: CredentialKind.SESSION,
        key: CredentialKind.API_KEY,
    }
    assert found[session] == principal_for_hash(api.hash)


def test_hashes_have_their_shape_and_do_not_repeat() -> None:
    hashes = {new_hash() for _ in range(100)}
    assert len(hashes) == 100
    assert all(is_hash(one) for one in hashes)


@pytest.mark.parametrize("kind", SessionKind)
def test_a_session_begun_by_a_clock_that_was_ahead_ends_in_time(alice: User, kind: SessionKind) -> None:
    now = timezone.now()
    lifetime = timedelta(minutes=settings.RESTORE_LIFETIME_MIN)
    if kind is SessionKind.STANDARD:
        lifetime = session_lifetime()
    elif kind is SessionKind.SECOND_FACTOR:
        lifetime = timedelta(minutes=settings.SECOND_FACTOR_LIFETIME_MIN)
    session, _ = create_special_session(alice, kind, lifetime)
    assert shorten_sessions(now) == 0
    Session.objects.update(expires_at=now + lifetime + timedelta(days=400))
    assert shorten_sessions(now) == 1
    session.refresh_from_db()
    assert session.expires_at == now + lifetime


def test_a_login_takes_no_hash_that_its_caller_brings(alice: User) -> None:
    """Who has somebody log in with a hash that is known to him gains nothing by it."""
    planted = "0123456789abcdef" * 2
    browser = Client()
    browser.cookies["sessionid"] = planted
    caller = Api(browser)
    for parameters in ({}, {"hash": planted}):
        answer = caller("user/auth", login=alice.login, password=PASSWORD, **parameters)
        assert answer["hash"] != planted
        assert caller("user/get_info", hash=planted)["status"]["code"] in (3, 4)
    assert Session.objects.filter(digest=digest_hash(planted)).count() == 0


def test_each_login_has_a_hash_of_its_own(alice: User) -> None:
    hashes = {Api()("user/auth", login=alice.login, password=PASSWORD)["hash"] for _ in range(5)}
    assert len(hashes) == 5
