"""A sub-user who is invited: the letter, its link, and how many of them there may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client, override_settings

from accounts.models import Invitation, SecurityGroup, Session, User
from accounts.services.sessions import expire_sessions
from accounts.services.users import set_activated
from accounts.wire.hashes import digest_hash
from tests.accounts.calls.test_password_restore import BrokenBackend
from tests.admin import Admin
from tests.api import Api
from tests.letters import letters, mailed_link

LOGIN = "dora@fleet.example"
PASSWORD = "a password of her own"
# A thread of the product's own sends the letters.
pytestmark = pytest.mark.django_db(transaction=True)


def invite(api: Api, login: str = LOGIN, **members: Any) -> dict[str, Any]:
    return api("subuser/invitation/create", user={"login": login, **members})


def accept(link: str, password: str = PASSWORD) -> int | None:
    """The code with which the link sets no password; None when it does."""
    return code_of(Api()("user/password/change", hash=link.partition("#")[2], password=password))


def log_in(login: str = LOGIN) -> int | None:
    return code_of(Api()("user/auth", login=login, password=PASSWORD))


def code_of(answer: dict[str, Any]) -> int | None:
    return answer.get("status", {}).get("code")


@override_settings(PUBLIC_URL="https://fleet.example")
def test_an_invited_colleague_sets_a_password_and_logs_in(api: Api, alice: User) -> None:
    group = SecurityGroup.objects.create(account=alice, label="drivers", rights=["tracker_update"])
    answer = invite(api, LOGIN.upper(), first_name="Dora", security_group_id=group.pk)
    assert answer == {"success": True, "id": User.objects.get(login=LOGIN).pk}
    (letter,) = letters()
    assert (letter.to, alice.login in letter.body) == ([LOGIN], True)
    assert mailed_link().startswith("https://fleet.example/password/invitation#")
    assert api("subuser/list")["list"][0]["invited"] is True
    assert (log_in(), accept(mailed_link()), log_in()) == (102, None, None)
    assert "invited" not in api("subuser/list")["list"][0]
    dora = User.objects.get(login=LOGIN)
    assert (dora.master, dora.security_group, dora.first_name) == (alice, group, "Dora")


def test_the_letter_is_in_the_language_of_the_account(api: Api, alice: User) -> None:
    User.objects.update(locale="de_DE", time_zone="Europe/Berlin")
    invite(api)
    assert letters()[0].subject == "Sie sind zu Fleetsphere eingeladen"
    assert User.objects.get(login=LOGIN).time_zone == "Europe/Berlin"


def test_a_link_sets_a_password_once(api: Api) -> None:
    invite(api)
    assert accept(mailed_link(), "short") == 7
    assert [accept(mailed_link()), accept(mailed_link(), "another good one")] == [None, 4]
    assert log_in() is None


def test_a_link_opens_nothing_else_and_is_stored_as_digest(api: Api) -> None:
    invite(api)
    credential = mailed_link().partition("#")[2]
    row = Session.objects.values().get(digest=digest_hash(credential))
    assert credential not in str(row)
    for path in ("base/nothing", "user/get_info", "tracker/list", "subuser/list"):
        assert code_of(Api()(path, hash=credential)) == 4


@override_settings(INVITATION_LIFETIME_DAYS=3)
def test_a_link_ends_after_its_days(api: Api) -> None:
    invite(api)
    assert "for 3 days" in letters()[0].body
    Session.objects.update(expires_at=F("expires_at") - timedelta(days=2, hours=23))
    expire_sessions(Session.objects.earliest("expires_at").expires_at - timedelta(seconds=1))
    assert Session.objects.filter(user__login=LOGIN).count() == 1
    Session.objects.filter(user__login=LOGIN).update(expires_at=F("expires_at") - timedelta(hours=2))
    assert accept(mailed_link()) == 4


def test_another_letter_ends_the_link_before(api: Api) -> None:
    sub_user_id = invite(api)["id"]
    first = mailed_link()
    assert api("subuser/invitation/resend", subuser_id=sub_user_id) == {"success": True}
    assert len(letters()) == 2
    assert [accept(first), accept(mailed_link())] == [4, None]


def test_who_has_a_password_is_not_invited_again(api: Api, bob: User) -> None:
    assert code_of(api("subuser/invitation/resend", subuser_id=bob.pk)) == 201
    assert letters() == []


def test_a_blocked_sub_user_is_not_invited_again(api: Api) -> None:
    sub_user_id = invite(api)["id"]
    set_activated(User.objects.get(login=LOGIN), False)
    assert code_of(api("subuser/invitation/resend", subuser_id=sub_user_id)) == 275
    assert accept(mailed_link()) == 4


@pytest.mark.parametrize("login", ["alice@fleet.example", "Charlie@Elsewhere.Example"])
def test_a_login_that_exists_gets_no_letter(api: Api, charlie: User, login: str) -> None:
    assert code_of(invite(api, login)) == 206
    assert (letters(), Session.objects.filter(kind="restore").count()) == ([], 0)


def test_what_is_no_address_is_refused(api: Api) -> None:
    for login in ("dora", "dora@fleet.example\nBcc: all@elsewhere.example", "a@b@c", ""):
        assert code_of(invite(api, login)) == 7
    assert letters() == []


def test_only_the_own_sub_users_are_invited_again(api: Api, charlie: User) -> None:
    dora = User.objects.create_user(LOGIN, None, master=charlie)
    assert code_of(api("subuser/invitation/resend", subuser_id=dora.pk)) == 201
    assert code_of(api("subuser/invitation/resend", subuser_id=charlie.pk)) == 201


def test_a_sub_user_invites_nobody(bob: User) -> None:
    api = Api()
    api.log_in(bob.login)
    assert code_of(invite(api)) == 13
    assert code_of(api("subuser/invitation/resend", subuser_id=bob.pk)) == 13


@override_settings(INVITATIONS_PER_HOUR=2)
def test_letters_of_an_account_are_limited_by_the_hour(api: Api, charlie: User) -> None:
    first = invite(api, "one@fleet.example")["id"]
    assert invite(api, "two@fleet.example")["success"]
    api("subuser/delete", subuser_id=first)
    assert [code_of(invite(api)), code_of(api("subuser/invitation/resend", subuser_id=first + 1))] == [15, 15]
    assert not User.objects.filter(login=LOGIN).exists()
    other = Api()
    other.log_in(charlie.login)
    assert invite(other, "three@fleet.example")["success"]
    Invitation.objects.update(at=F("at") - timedelta(minutes=61))
    assert invite(api)["success"]
    assert len(letters()) == 4


@override_settings(INVITATIONS_PER_HOUR=1)
def test_the_refusal_says_when_to_come_back(api: Api) -> None:
    invite(api)
    body = {"hash": api.hash, "user": {"login": "two@fleet.example"}}
    answer = Client().post("/subuser/invitation/create", body, content_type="application/json")
    assert (answer.status_code, 3590 <= int(answer["Retry-After"]) <= 3600) == (429, True)


def test_a_mail_server_that_is_down_costs_a_letter_and_no_user(api: Api) -> None:
    with override_settings(EMAIL_BACKEND=f"{BrokenBackend.__module__}.BrokenBackend"):
        sub_user_id = invite(api)["id"]
        assert letters() == []
    assert api("subuser/invitation/resend", subuser_id=sub_user_id) == {"success": True}
    assert accept(mailed_link()) is None


def test_nobody_is_mailed_when_the_user_is_not_stored(api: Api) -> None:
    assert code_of(invite(api, security_group_id=12345)) == 201
    assert (letters(), Invitation.objects.count()) == ([], 0)


def test_the_staff_invites_by_an_action(staff: Admin, alice: User, bob: User) -> None:
    dora = User.objects.create_user(LOGIN, None, master=alice)
    said = staff.act("accounts_user", "invite", dora, bob).content.decode()
    assert "A link is mailed to" in said and "has a password already" in said
    assert [letter.to for letter in letters()] == [[LOGIN]]
    assert accept(mailed_link()) is None


def test_the_page_says_whom_to_ask_for_another_link() -> None:
    page = Client().get("/password/invitation")
    assert page["Cache-Control"] == "no-store" and "default-src 'none'" in page["Content-Security-Policy"]
    assert "Ask who invited you for another one" in page.content.decode()
