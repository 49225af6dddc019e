"""Who is behind a credential, what may be told about users, and rows that have to be there."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Session, SessionKind, User
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.rights import ALL_RIGHTS, NO_RIGHTS, Right

Row = TypeVar("Row", bound=Model)

# What of a credential's user a principal is made of.
OWNER = ("user__master", "user__security_group")


class CredentialKind(StrEnum):
    SESSION = "session"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a call: a user, the user's account, and the credential that proved it."""

    user_id: int
    account_id: int
    time_zone: str
    digest: str
    kind: CredentialKind
    expires_at: datetime | None
    """UTC; None for an API key."""
    granted_rights: frozenset[Right] = NO_RIGHTS
    """Of a sub-user, by its security group."""

    @property
    def is_master(self) -> bool:
        return self.user_id == self.account_id

    @property
    def rights(self) -> frozenset[Right]:
        return ALL_RIGHTS if self.is_master else self.granted_rights

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


def first_of(rows: QuerySet[Row], *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Row:
    """The first of the rows. Raises ApiError `missing` when there is none."""
    row = rows.first()
    if row is None:
        raise ApiError(missing)
    return row


def principal_for_hash(credential: object) -> Principal:
    """The principal behind a session's hash or an API key.

    Raises ApiError: WRONG_HASH when it has not the shape of a hash, SESSION_ENDED when nobody owns it, it has ended
    (api §1.3), or it is of a session of a special kind.
    """
    digest = _digest(credential)
    session = _live_session(digest, SessionKind.STANDARD)
    if session is not None:
        return _principal(session.user, digest, CredentialKind.SESSION, session.expires_at)
    key = ApiKey.objects.select_related(*OWNER).filter(digest=digest).first()
    if key is not None and key.user.may_log_in:
        return _principal(key.user, digest, CredentialKind.API_KEY, None)
    raise ApiError(ErrorCode.SESSION_ENDED)


def session_for_hash(credential: object, kind: SessionKind) -> Session:
    """The session of this kind behind a hash.

    Raises ApiError WRONG_HASH or SESSION_ENDED, as `principal_for_hash` does (api §7.15).
    """
    session = _live_session(_digest(credential), kind)
    if session is None:
        raise ApiError(ErrorCode.SESSION_ENDED)
    return session


def _digest(credential: object) -> str:
    if not isinstance(credential, str) or not is_hash(credential):
        raise ApiError(ErrorCode.WRONG_HASH)
    return digest_hash(credential)


def _live_session(digest: str, kind: SessionKind) -> Session | None:
    session = Session.objects.select_related(*OWNER).filter(digest=digest, kind=kind).first()
    # A login that began just before its user was blocked may have outrun the block.
    if session is None or session.expires_at <= timezone.now() or not session.user.may_log_in:
        return None
    return session


def _principal(user: User, digest: str, kind: CredentialKind, expires_at: datetime | None) -> Principal:
    return Principal(user.pk, user.account_id, user.time_zone, digest, kind, expires_at, user.granted_rights)


def live_principals(digests: Collection[str]) -> dict[str, Principal]:
    """The principals of those of the digests that are still worth something, by digest."""
    sessions = Session.objects.select_related(*OWNER).filter(
        digest__in=digests, kind=SessionKind.STANDARD, expires_at__gt=timezone.now()
    )
    keys = ApiKey.objects.select_related(*OWNER).filter(digest__in=digests)
    principals = [
        _principal(session.user, session.digest, CredentialKind.SESSION, session.expires_at)
        for session in sessions
        if session.user.may_log_in
    ]
    principals += [
        _principal(key.user, key.digest, CredentialKind.API_KEY, None) for key in keys if key.user.may_log_in
    ]
    return {principal.digest: principal for principal in principals}


def user_settings(user: User) -> dict[str, Any]:
    """A user's settings by their names in the API (api §2.5)."""
    return {
        "time_zone": user.time_zone,
        "locale": user.locale,
        "measurement_system": user.measurement_system,
        "date_format": user.date_format or None,
        "hour_mode": user.hour_mode,
    }
