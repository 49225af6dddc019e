"""Administrators that an operator makes on the machine itself, before anybody can log in."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import SessionKind, User
from accounts.services.logins import create_restore_link
from accounts.services.users import invalid_values


class NoAdministrator(Exception):
    """The login is one of somebody who is no administrator, or is blocked."""


def has_administrator() -> bool:
    """Whether there is one who can log in."""
    administrators = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
    return any(user.has_usable_password() for user in administrators)


@transaction.atomic
def invite_administrator(login: str) -> str:
    """A link by which the administrator of that login, made if there is none, sets the password; the one before ends.

    Raises NoAdministrator, and ApiError INVALID_PARAMETERS for what is no e-mail address.
    """
    user = User.objects.select_for_update().filter(login=login.lower()).first() or _make(login)
    if not (user.is_superuser and user.is_staff and user.may_log_in):
        raise NoAdministrator
    user.sessions.filter(kind=SessionKind.RESTORE).delete()
    link = create_restore_link(user)
    assert link is not None, "there were no others"
    return link


def _make(login: str) -> User:
    try:
        User(login=login).clean_fields(exclude={"password"})
    except ValidationError as error:
        raise invalid_values(error.message_dict) from error
    return User.objects.create_superuser(login)
