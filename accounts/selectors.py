"""Who is behind a credential, what may be told about users, and rows that have to be there."""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import Session, SessionKind, ShareLink, User
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.rights import ALL_RIGHTS, NO_RIGHTS, Right
from accounts.wire.sharing import Share, SharedField

Row = TypeVar("Row", bound=Model)

# What of a session's user is looked at.
OWNER = ("user__master",)
# In SQL of our own: who calls is asked with each call and command, and models of five rows cost forty times as much
# (docs/decisions/0050). A sub-user may not log in when the master may not.
_SELECT = """
    SELECT credential.digest, credential.expires_at, owner.id, coalesce(owner.master_id, owner.id), owner.time_zone,
    security_group.rights
    FROM (
        SELECT digest, user_id, expires_at FROM accounts_session WHERE kind = 'standard' AND digest IN ({digests})
        UNION ALL SELECT digest, user_id, NULL FROM accounts_apikey WHERE digest IN ({digests})
    ) credential
    JOIN accounts_user owner ON owner.id = credential.user_id
    LEFT JOIN accounts_user master ON master.id = owner.master_id
    LEFT JOIN accounts_securitygroup security_group ON security_group.id = owner.security_group_id
    WHERE owner.is_active AND (owner.master_id IS NULL OR master.is_active)
"""
_PRINCIPALS = {
    "sqlite": _SELECT.format(digests="SELECT value FROM json_each(%s)"),
    "postgresql": _SELECT.format(digests="SELECT json_array_elements_text(%s::json)"),
}


class CredentialKind(StrEnum):
    SESSION = "session"
    API_KEY = "api_key"
    SHARE_LINK = "share_link"


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
    share: Share | None = None
    """Of a share link: all that it shows. The user is who made it."""

    @property
    def is_master(self) -> bool:
        return self.is_of_master and self.share is None

    @property
    def is_of_master(self) -> bool:
        """Whether it is of somebody who sees the whole account, be it only a part of that which it shows."""
        return self.user_id == self.account_id

    def includes(self, tracker_id: int) -> bool:
        """Whether the credential is for this tracker, if its user sees it."""
        return self.share is None or tracker_id in self.share.tracker_ids

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


def user_of(principal: Principal) -> User:
    """The user behind a principal, read now. Raises ApiError SESSION_ENDED when it was removed since the login."""
    return first_of(User.objects.filter(pk=principal.user_id), missing=ErrorCode.SESSION_ENDED)


def principal_for_hash(credential: object) -> Principal:
    """The principal behind a session's hash or an API key.

    Raises ApiError: WRONG_HASH when it has not the shape of a hash, SESSION_ENDED when nobody owns it, it has ended
    (api §1.3), it is of a session of a special kind, or of a share link.
    """
    return _one_of(_live_logins, credential)


def viewer_for_hash(credential: object) -> Principal:
    """The principal behind a hash, an API key or a share link. Raises ApiError as `principal_for_hash` does."""
    return _one_of(live_principals, credential)


def _one_of(find: Callable[[Collection[str]], Mapping[str, Principal]], credential: object) -> Principal:
    digest = _digest(credential)
    principal = find([digest]).get(digest)
    if principal is None:
        raise ApiError(ErrorCode.SESSION_ENDED)
    return principal


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


def live_principals(digests: Collection[str]) -> dict[str, Principal]:
    """The principals of those of the digests that are still worth something, by digest; share links are among them."""
    found = _live_logins(digests)
    others = [digest for digest in digests if digest not in found]
    return found | _live_links(others) if others else found


def _live_links(digests: Collection[str]) -> dict[str, Principal]:
    links = ShareLink.objects.select_related(*OWNER, "user__security_group").filter(digest__in=digests)
    return {link.digest: _viewer(link) for link in links if is_open(link, timezone.now())}


def is_open(link: ShareLink, now: datetime) -> bool:
    """Whether a link shows anything now."""
    has_begun = link.begins_at is None or link.begins_at <= now
    return link.is_enabled and has_begun and link.expires_at > now and link.user.may_log_in and may_share(link.user)


def may_share(user: User) -> bool:
    """Whether a user has the right that share links need."""
    return user.master_id is None or Right.WEBLOCATOR_SESSION_CREATE in user.granted_rights


def _viewer(link: ShareLink) -> Principal:
    trackers = ((one["tracker_id"], one["params"]["object_data"]) for one in link.trackers)
    share = Share(tuple((one, frozenset(map(SharedField, fields))) for one, fields in trackers), link.expires_at)
    user = link.user
    return Principal(
        user.pk,
        user.account_id,
        user.time_zone,
        link.digest,
        CredentialKind.SHARE_LINK,
        link.expires_at,
        share=share,
    )


def _live_logins(digests: Collection[str]) -> dict[str, Principal]:
    with connection.cursor() as cursor:
        cursor.execute(_PRINCIPALS[connection.vendor], [json.dumps(list(digests))] * 2)
        found = map(_principal, cursor.fetchall())
        now = timezone.now()
        return {one.digest: one for one in found if one.expires_at is None or one.expires_at > now}


def _principal(row: tuple[Any, ...]) -> Principal:
    digest, expires_at, user_id, account_id, time_zone, rights = row
    kind = CredentialKind.API_KEY if expires_at is None else CredentialKind.SESSION
    if isinstance(expires_at, str):  # as SQLite has it
        expires_at = datetime.fromisoformat(expires_at).replace(tzinfo=UTC)
    granted = NO_RIGHTS if rights is None else frozenset(map(Right, json.loads(rights)))
    return Principal(user_id, account_id, time_zone, digest, kind, expires_at, granted)


def user_settings(user: User) -> dict[str, Any]:
    """A user's settings by their names in the API (api §2.5)."""
    return {
        "time_zone": user.time_zone,
        "locale": user.locale,
        "measurement_system": user.measurement_system,
        "date_format": user.date_format or None,
        "hour_mode": user.hour_mode,
    }
