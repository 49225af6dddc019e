"""Invitations: a sub-user without a password, and a mailed link by which it gets one.

Why so: docs/decisions/0047-a-colleague-is-invited.md.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Invitation, SessionKind, User
from accounts.services.mail import compose_letter, send_later
from accounts.services.profiles import Profile
from accounts.services.sessions import create_special_session
from accounts.services.users import create_sub_user, hold_user, lock_account
from accounts.wire.errors import ApiError, ErrorCode

WINDOW = timedelta(hours=1)


@transaction.atomic
def invite_sub_user(account_id: int, profile: Profile) -> User:
    """A new sub-user, who is mailed a link to set the password by; in the language and time zone of the account.

    Raises ApiError: OVER_QUOTA, INVALID_PARAMETERS, LOGIN_IN_USE, NOT_FOUND as `register_sub_user` does, and
    TOO_MANY_REQUESTS when the account has invited too often within an hour.
    """
    master = lock_account(account_id)
    _count(master)
    chosen = {"locale": master.locale, "time_zone": master.time_zone}
    user = create_sub_user(master, profile, None, settings=chosen)
    _mail_link(user, master)
    return user


@transaction.atomic
def invite_again(user: User) -> None:
    """Mails a user who never set a password another link; the one before opens nothing any more.

    Raises ApiError: NOT_FOUND when the user is gone or has a password, USER_BLOCKED, and TOO_MANY_REQUESTS as
    `invite_sub_user` does.
    """
    master = lock_account(user.account_id)
    hold_user(user)
    user.refresh_from_db()
    if user.has_usable_password():
        raise ApiError(ErrorCode.NOT_FOUND)
    if not user.may_log_in:
        raise ApiError(ErrorCode.USER_BLOCKED)
    _count(master)
    user.sessions.filter(kind=SessionKind.RESTORE).delete()
    _mail_link(user, master)


def _count(account: User) -> None:
    """Counts a letter, under the lock of the account: it goes wherever somebody with a login has it go."""
    now = timezone.now()
    account.invitations.filter(at__lte=now - WINDOW).delete()
    sent = list(account.invitations.order_by("at").values_list("at", flat=True))
    if len(sent) >= settings.INVITATIONS_PER_HOUR:
        wait = sent[-settings.INVITATIONS_PER_HOUR] + WINDOW - now
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS, retry_after_s=max(1, ceil(wait.total_seconds())))
    Invitation.objects.create(account=account, at=now)


def _mail_link(user: User, master: User) -> None:
    """Once the transaction is committed, as the link is worth nothing before."""
    days = settings.INVITATION_LIFETIME_DAYS
    _, credential = create_special_session(user, SessionKind.RESTORE, timedelta(days=days))
    link = f"{settings.PUBLIC_URL}/password/invitation#{credential}"
    letter = compose_letter("invitation", user, link=link, days=days, login=user.login, inviter=master.login)
    transaction.on_commit(lambda: send_later(letter))
