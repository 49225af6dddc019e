"""How a user proves to be that user: the password, the code by mail, the link that restores a password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import ceil

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import MailedCode, Session, SessionKind, User
from accounts.services.attempts import begin_attempt, end_attempts, forgive_attempt
from accounts.services.background import do_later
from accounts.services.mail import compose_letter, send, send_later
from accounts.services.passwords import restore_password
from accounts.services.sessions import create_session, create_special_session
from accounts.wire.errors import ApiError, ErrorCode

CODE_DIGITS = 6
MAX_WRONG_CODES = 5
# The vendor's figure (api §2.1).
RESEND_INTERVAL = timedelta(minutes=5)
# A stranger can have so many letters sent to a user before the oldest link ends.
MAX_RESTORE_LINKS = 3


@dataclass(frozen=True, slots=True)
class Login:
    """What a right password brings: the hash of a session, which may have to be completed by a code."""

    credential: str
    needs_code: bool


def log_in(*, login: str, password: str, address: str, dealer_id: int | None = None) -> Login:
    """Logs a user in from `address`.

    Raises ApiError: TOO_MANY_ATTEMPTS after too many attempts, WRONG_LOGIN for a wrong login, password or dealer,
    ACCESS_DENIED for a blocked dealer, NOT_ACTIVATED for a user who is not activated, TOO_MANY_SESSIONS when there are
    too many sessions (api §2.1).
    """
    user, attempt = prove_password(login=login, password=password, address=address)
    dealer = (user.master or user).dealer
    if dealer_id is not None and (dealer is None or dealer.pk != dealer_id):
        raise ApiError(ErrorCode.WRONG_LOGIN)
    if dealer is not None and dealer.is_blocked:
        forgive_attempt(attempt)
        raise ApiError(ErrorCode.ACCESS_DENIED)
    if not user.may_log_in:
        forgive_attempt(attempt)
        raise ApiError(ErrorCode.NOT_ACTIVATED)
    if user.has_second_factor:
        # The attempt counts until the code has come: nobody has letters sent, or guesses at codes, without end.
        return Login(_ask_for_code(user), needs_code=True)
    end_attempts(login, address)
    return Login(create_session(user), needs_code=False)


def prove_password(*, login: str, password: str, address: str) -> tuple[User, int]:
    """The user whose password this is, and the attempt: it counts as a wrong one until it is ended or forgiven.

    Raises ApiError: TOO_MANY_ATTEMPTS after too many attempts, which costs no hashing; WRONG_LOGIN for a wrong login or
    password, which take equally long.
    """
    attempt = begin_attempt(login, address)
    user = User.objects.select_related("dealer", "master__dealer").filter(login=login.lower()).first()
    if user is None:
        make_password(password)
        raise ApiError(ErrorCode.WRONG_LOGIN)
    if not user.check_password(password):
        raise ApiError(ErrorCode.WRONG_LOGIN)
    return user, attempt


def _ask_for_code(user: User) -> str:
    code = _new_code()
    with transaction.atomic():
        lifetime = timedelta(minutes=settings.SECOND_FACTOR_LIFETIME_MIN)
        session, credential = create_special_session(user, SessionKind.SECOND_FACTOR, lifetime)
        MailedCode.objects.create(session=session, digest=_digest_code(session, code))
    _mail_code(user, code)
    return credential


def verify_code(session: Session, code: str, *, address: str) -> str:
    """The hash of a standard session, in exchange for the code that was mailed for this one.

    Raises ApiError: WRONG_CODE for a wrong code, the last of a few of which ends the session; TOO_MANY_ATTEMPTS,
    TOO_MANY_SESSIONS as at a login; SESSION_ENDED when the session ended meanwhile.
    """
    begin_attempt(session.user.login, address)
    with transaction.atomic():
        credential = create_session(session.user) if _take_code(session, code) else None
    if credential is None:
        raise ApiError(ErrorCode.WRONG_CODE)
    end_attempts(session.user.login, address)
    return credential


def _take_code(session: Session, code: str) -> bool:
    """Whether the code is right. A code is good for once, and a session for a few wrong ones."""
    mailed = _lock_code(session)
    is_right = constant_time_compare(mailed.digest, _digest_code(session, code))
    mailed.wrong_answers += not is_right
    if is_right or mailed.wrong_answers >= MAX_WRONG_CODES:
        session.delete()
    else:
        mailed.save(update_fields=["wrong_answers"])
    return is_right


def resend_code(session: Session) -> None:
    """Mails another code, which takes the place of the one before.

    Raises ApiError: TOO_MANY_REQUESTS within five minutes of the last time, SESSION_ENDED when the session ended
    meanwhile.
    """
    code, now = _new_code(), timezone.now()
    with transaction.atomic():
        mailed = _lock_code(session)
        wait = mailed.resent_at + RESEND_INTERVAL - now if mailed.resent_at else timedelta()
        # More than the interval was asked of a clock that was ahead.
        if timedelta() < wait <= RESEND_INTERVAL:
            raise ApiError(ErrorCode.TOO_MANY_REQUESTS, retry_after_s=ceil(wait.total_seconds()))
        mailed.digest, mailed.resent_at = _digest_code(session, code), now
        mailed.save(update_fields=["digest", "resent_at"])
    _mail_code(session.user, code)


def _lock_code(session: Session) -> MailedCode:
    mailed = MailedCode.objects.select_for_update().filter(session=session).first()
    if mailed is None:
        raise ApiError(ErrorCode.SESSION_ENDED)
    return mailed


def _new_code() -> str:
    """Random digits without a zero at the beginning, which a client that sends a number would lose."""
    least = 10 ** (CODE_DIGITS - 1)
    return str(least + secrets.randbelow(9 * least))


def _digest_code(session: Session, code: str) -> str:
    """Keyed: a million codes are soon tried by who has a copy of the database."""
    return salted_hmac("accounts.code", f"{session.digest} {code}", algorithm="sha256").hexdigest()


def _mail_code(user: User, code: str) -> None:
    send_later(compose_letter("code", user, code=code, minutes=settings.SECOND_FACTOR_LIFETIME_MIN))


def request_restore(*, login: str, address: str) -> None:
    """Mails a link by which the user sets a new password, if there is such a user.

    That happens later: neither the answer nor the time it takes tells whether there is. Raises ApiError
    TOO_MANY_ATTEMPTS when this address asks too often, for logins that exist and others alike.
    """
    # Apart from attempts at the login itself, which must not be used up.
    begin_attempt(f"restore {login}", address)
    do_later(partial(_mail_restore_link, login.lower()))


def _mail_restore_link(login: str) -> None:
    user = User.objects.select_related("master").filter(login=login).first()
    if user is None or not user.may_log_in:
        return
    if (link := create_restore_link(user)) is not None:
        send(compose_letter("restore_password", user, link=link, minutes=settings.RESTORE_LIFETIME_MIN))


@transaction.atomic
def create_restore_link(user: User) -> str | None:
    """A link, good once, by which the user sets a password; None while there are as many as there may be."""
    User.objects.select_for_update().filter(pk=user.pk).first()
    links = user.sessions.filter(kind=SessionKind.RESTORE, expires_at__gt=timezone.now())
    if links.count() >= MAX_RESTORE_LINKS:
        return None
    lifetime = timedelta(minutes=settings.RESTORE_LIFETIME_MIN)
    _, credential = create_special_session(user, SessionKind.RESTORE, lifetime)
    return f"{settings.PUBLIC_URL}/password/restore#{credential}"


def change_password(session: Session, password: str, *, address: str) -> None:
    """Sets the password of who followed the mailed link, and ends all sessions of the user (api §2.3, §7.25).

    Raises ApiError: INVALID_PARAMETERS for a weak password, after which the link still works; SESSION_ENDED when it was
    used meanwhile.
    """
    with transaction.atomic():
        if Session.objects.select_for_update().filter(pk=session.pk).first() is None:
            raise ApiError(ErrorCode.SESSION_ENDED)
        restore_password(session.user, password)
    end_attempts(session.user.login, address)
