"""The first administrator: a login without a password, and a link that sets it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session, SessionKind, User
from tests.api import Api

LOGIN = "operator@fleet.example"
PASSWORD = "a-good-long-password"


def invite(*arguments: str) -> str:
    """What the command prints."""
    printed = StringIO()
    call_command("administrator", *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue().strip()


def set_password(link: str) -> int:
    """Does what the page behind the link does; the status."""
    api = Api()
    api("user/password/change", hash=link.partition("#")[2], password=PASSWORD)
    return api.status


def test_link_sets_password_of_a_new_administrator(db: None) -> None:
    assert set_password(invite(LOGIN)) == 200
    user = User.objects.get(login=LOGIN)
    assert user.is_superuser and user.is_staff and user.check_password(PASSWORD)


def test_link_is_good_once(db: None) -> None:
    link = invite(LOGIN)
    assert [set_password(link), set_password(link)][1] != 200


def test_new_link_ends_the_one_before(db: None) -> None:
    first, second = invite(LOGIN), invite(LOGIN)
    assert set_password(first) != 200
    assert set_password(second) == 200


def test_nobody_can_log_in_before_the_password_is_set(db: None) -> None:
    invite(LOGIN)
    assert not User.objects.get(login=LOGIN).has_usable_password()


def test_first_is_asked_again_until_a_password_is_set(db: None) -> None:
    assert invite(LOGIN, "--first")
    assert set_password(invite(LOGIN, "--first")) == 200
    assert invite("other@fleet.example", "--first") == ""
    assert User.objects.count() == 1


def test_nobody_else_becomes_an_administrator(alice: User) -> None:
    with pytest.raises(CommandError, match="no administrator"):
        invite(alice.login)
    assert not Session.objects.filter(kind=SessionKind.RESTORE).exists()


def test_blocked_administrator_gets_no_link(db: None) -> None:
    User.objects.create_superuser(LOGIN, PASSWORD, is_active=False)
    with pytest.raises(CommandError, match="blocked"):
        invite(LOGIN)


def test_login_must_be_an_address(db: None) -> None:
    with pytest.raises(CommandError, match="valid email"):
        invite("operator")
    assert not User.objects.exists()
