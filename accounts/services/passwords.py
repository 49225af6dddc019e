"""Passwords: changed by who knows the old one, or by who followed a mailed link (api §2.3)."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.selectors import Principal, user_of
from accounts.services.attempts import begin_attempt, forgive_attempt
from accounts.services.sessions import close_sessions, end_panel_sessions
from accounts.services.users import check_password, save_user
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.logout_causes import LogoutCause


def change_password(principal: Principal, *, old_password: str, new_password: str, address: str) -> None:
    """Sets the caller's password and ends the user's other sessions (api §2.3, §7.25).

    Raises ApiError: TOO_MANY_ATTEMPTS after too many wrong ones, WRONG_PASSWORD for a wrong old password, SAME_PASSWORD
    when nothing would change, INVALID_PARAMETERS for a weak password, SESSION_ENDED when the user is gone.
    """
    user = user_of(principal)
    # Who came by a hash could try out passwords here otherwise.
    attempt = begin_attempt(user.login, address)
    if not user.check_password(old_password):
        raise ApiError(ErrorCode.WRONG_PASSWORD)
    forgive_attempt(attempt)
    if old_password == new_password:
        raise ApiError(ErrorCode.SAME_PASSWORD)
    check_password(new_password, user)
    _set_password(principal, user, new_password)


@transaction.atomic
def _set_password(principal: Principal, user: User, new_password: str) -> None:
    user.set_password(new_password)
    user.save(update_fields=["password"])
    close_sessions(user.sessions.exclude(digest=principal.digest), LogoutCause.PASSWORD_CHANGED)
    end_panel_sessions(user)


@transaction.atomic
def restore_password(user: User, new_password: str) -> None:
    """Sets a password without the old one and ends all sessions of the user.

    Raises ApiError INVALID_PARAMETERS for a weak one.
    """
    check_password(new_password, user, parameter="password")
    user.set_password(new_password)
    save_user(user, changed={"password"}, password_cause=LogoutCause.PASSWORD_RESTORED)
