"""Every change of users, sessions and API keys, and who must hear of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Dealer, PanelSession, Session, SessionKind, User
from accounts.notices import LoginsEnded, SessionRenewed, SettingsChanged, publish
from accounts.selectors import Principal
from accounts.services.attempts import begin_attempt, forgive_attempt
from accounts.services.credentials import new_hash
from accounts.wire.errors import ApiError, ErrorCode, ParameterError
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause

MAX_API_KEYS = 20
SETTINGS = ("time_zone", "locale", "measurement_system", "date_format", "hour_mode")
SESSIONS_PER_BATCH = 500


def session_lifetime() -> timedelta:
    """How long a session lasts from its start or its renewal."""
    return timedelta(days=settings.SESSION_LIFETIME_DAYS)


@transaction.atomic
def create_session(user: User) -> str:
    """The hash of a new session of a user who has proved to be that user.

    Raises ApiError TOO_MANY_SESSIONS when the user has as many as allowed.
    """
    # One after the other, or some would pass the limit together.
    User.objects.select_for_update().filter(pk=user.pk).first()
    sessions = user.sessions.filter(kind=SessionKind.STANDARD, expires_at__gt=timezone.now())
    if sessions.count() >= settings.MAX_SESSIONS_PER_USER:
        raise ApiError(ErrorCode.TOO_MANY_SESSIONS)
    return _create_session(user, SessionKind.STANDARD, session_lifetime())[1]


def create_special_session(user: User, kind: SessionKind, lifetime: timedelta) -> tuple[Session, str]:
    """A session that opens the calls of its kind only, and its hash."""
    return _create_session(user, kind, lifetime)


def _create_session(user: User, kind: SessionKind, lifetime: timedelta) -> tuple[Session, str]:
    credential = new_hash()
    session = Session.objects.create(
        digest=digest_hash(credential), user=user, kind=kind, expires_at=timezone.now() + lifetime
    )
    return session, credential


def log_out(principal: Principal) -> None:
    """Ends the session that made the call."""
    _close_sessions(Session.objects.filter(digest=principal.digest), LogoutCause.LOGGED_OUT)


def close_sessions(sessions: QuerySet[Session]) -> int:
    """Ends the sessions and tells their clients; the number of them. For the admin."""
    return _close_sessions(sessions, LogoutCause.SESSION_CLOSED)


@transaction.atomic
def renew_session(principal: Principal) -> None:
    """Gives the session that made the call a full lifetime from now on (api §2.2)."""
    expires_at = timezone.now() + session_lifetime()
    Session.objects.filter(digest=principal.digest).update(expires_at=expires_at)
    publish(principal.account_id, SessionRenewed(principal.digest, expires_at.timestamp()))


def change_password(principal: Principal, *, old_password: str, new_password: str, address: str) -> None:
    """Sets the caller's password and ends the user's other sessions (api §2.3, §7.25).

    Raises ApiError: TOO_MANY_ATTEMPTS after too many wrong ones, WRONG_PASSWORD for a wrong old password, SAME_PASSWORD
    when nothing would change, INVALID_PARAMETERS for a weak password.
    """
    user = User.objects.get(pk=principal.user_id)
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
    _close_sessions(user.sessions.exclude(digest=principal.digest), LogoutCause.PASSWORD_CHANGED)
    end_panel_sessions(user)


@transaction.atomic
def restore_password(user: User, new_password: str) -> None:
    """Sets a password without the old one and ends all sessions of the user.

    Raises ApiError INVALID_PARAMETERS for a weak one.
    """
    check_password(new_password, user, parameter="password")
    user.set_password(new_password)
    save_user(user, changed={"password"}, password_cause=LogoutCause.PASSWORD_RESTORED)


def set_activated(user: User, is_active: bool) -> None:
    """Lets a user log in, or blocks the user and ends the logins; a master takes the sub-users along."""
    user.is_active = is_active
    save_user(user, changed={"is_active"})


@transaction.atomic
def save_user(
    user: User, *, changed: Collection[str], password_cause: LogoutCause = LogoutCause.PASSWORD_CHANGED
) -> None:
    """Stores a user whose fields `changed` have new values, and does what follows from them.

    `password_cause` is why sessions end if a new password is among them.
    """
    user.login = user.login.lower()
    # Only these: what another call changed meanwhile, a block above all, must not be undone.
    user.save(update_fields=_columns(changed) if user.pk else None)
    if "password" in changed:
        _close_sessions(user.sessions.all(), password_cause)
    if {"password", "is_active", "is_staff"} & set(changed):
        end_panel_sessions(user)
    if "is_active" in changed and not user.is_active:
        _close_sessions(Session.objects.filter(_whole_account(user)), LogoutCause.USER_BLOCKED)
        # Keys stay, for the day the user is activated again; until then they open nothing.
        keys = ApiKey.objects.select_related("user").filter(_whole_account(user))
        _announce_end(keys, LogoutCause.USER_BLOCKED)
    if "time_zone" in changed:
        publish(user.account_id, SettingsChanged(user.pk, user.time_zone))


def end_panel_sessions(user: User) -> None:
    """Ends the user's logins of the panel; no client subscribes with one, so nobody need be told."""
    PanelSession.objects.filter(user=user).delete()


def _columns(names: Collection[str]) -> list[str]:
    return [name for name in names if not User._meta.get_field(name).many_to_many]


def save_dealer(dealer: Dealer) -> None:
    """Stores a dealer. Blocking one refuses new logins of its users; those there are go on."""
    dealer.save()


@transaction.atomic
def remove_user(user: User) -> None:
    """Removes a user; a master takes the sub-users and all that is the account's along."""
    hold_for_removal(user)
    for step in _before_removal:
        step(user)
    _close_sessions(Session.objects.filter(_whole_account(user)), LogoutCause.USER_REMOVED)
    _end_api_keys(ApiKey.objects.filter(_whole_account(user)), LogoutCause.USER_REMOVED)
    user.delete()


def hold_for_removal(user: User) -> None:
    """Before a user is removed: whoever gives the account a tracker or a sub-user came first, or finds it gone."""
    list(User.objects.select_for_update().filter(pk=user.pk).values_list("pk"))


_before_removal: list[Callable[[User], None]] = []


def before_user_removal(step: Callable[[User], None]) -> Callable[[User], None]:
    """Registers what an app further to the right must do before a user is removed; in the same transaction."""
    _before_removal.append(step)
    return step


def _whole_account(user: User) -> Q:
    return Q(user=user) | Q(user__master=user)


@transaction.atomic
def update_settings(user: User, values: dict[str, str]) -> None:
    """Replaces a user's settings; what `values` leaves out goes back to its default (api §2.5).

    Raises ApiError INVALID_PARAMETERS for a value that is not allowed.
    """
    fresh = User()
    for name in SETTINGS:
        setattr(user, name, values.get(name, getattr(fresh, name)))
    try:
        # Nothing else: what was stored under older rules is no fault of these settings.
        user.clean_fields(exclude={field.name for field in User._meta.fields} - set(SETTINGS))
    except ValidationError as error:
        raise invalid_values(error.message_dict) from error
    save_user(user, changed=SETTINGS)


def expire_sessions(now: datetime) -> int:
    """Ends the sessions whose time is over, a batch at a time; the number of them."""
    ended = 0
    while batch := list(Session.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:SESSIONS_PER_BATCH]):
        ended += _close_sessions(Session.objects.filter(pk__in=batch), LogoutCause.EXPIRED)
    return ended


@transaction.atomic
def create_api_key(user: User, title: str) -> tuple[ApiKey, str]:
    """A new key and its credential, which is not kept and cannot be shown again.

    Raises ApiError OVER_QUOTA when the user has as many keys as allowed.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if user.api_keys.count() >= MAX_API_KEYS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    credential = new_hash()
    key = ApiKey.objects.create(digest=digest_hash(credential), first_characters=credential[:4], user=user, title=title)
    return key, credential


def delete_api_key(user: User, credential: str) -> None:
    """Ends one of the user's keys. Raises ApiError NOT_FOUND when there is none such."""
    if not _end_api_keys(user.api_keys.filter(digest=digest_hash(credential)), LogoutCause.KEY_DELETED):
        raise ApiError(ErrorCode.NOT_FOUND)


def end_api_keys(keys: QuerySet[ApiKey]) -> int:
    """Ends the keys and tells their clients; the number of them. For the admin."""
    return _end_api_keys(keys, LogoutCause.KEY_DELETED)


@transaction.atomic
def _close_sessions(sessions: QuerySet[Session], cause: LogoutCause) -> int:
    ended = list(sessions.select_related("user"))
    # A program that logs in for every alarm has thousands: too many for one statement, and for one notice.
    for start in range(0, len(ended), SESSIONS_PER_BATCH):
        batch = ended[start : start + SESSIONS_PER_BATCH]
        Session.objects.filter(pk__in=[session.pk for session in batch]).delete()
        # The other kinds are no logins for events.
        _announce_end((session for session in batch if session.kind == SessionKind.STANDARD), cause)
    return len(ended)


@transaction.atomic
def _end_api_keys(keys: QuerySet[ApiKey], cause: LogoutCause) -> int:
    ended = list(keys.select_related("user"))
    ApiKey.objects.filter(pk__in=[key.pk for key in ended]).delete()
    _announce_end(ended, cause)
    return len(ended)


def _announce_end(credentials: Iterable[Session | ApiKey], cause: LogoutCause) -> None:
    by_account: dict[int, list[str]] = {}
    for credential in credentials:
        by_account.setdefault(credential.user.account_id, []).append(credential.digest)
    for account_id, digests in by_account.items():
        publish(account_id, LoginsEnded(tuple(digests), cause))


def check_password(password: str, user: User, *, parameter: str = "new_password") -> None:
    """Raises ApiError INVALID_PARAMETERS, naming the parameter, for a password too weak for this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise invalid_values({parameter: error.messages}) from error


def invalid_values(messages: dict[str, Any]) -> ApiError:
    """Code 7 for what Django's validation found, by field."""
    errors = [ParameterError(name, " ".join(texts)) for name, texts in messages.items()]
    return ApiError(ErrorCode.INVALID_PARAMETERS, errors)
