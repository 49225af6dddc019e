"""Logins of the panel's calls, a world of their own beside users' sessions, and what each may do (api §2.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Unpack

from django.utils import timezone

from accounts.api.call import ApiCall
from accounts.api.declare import DeclaredCall, Details, Door, Function
from accounts.models import PanelSession, User
from accounts.wire.dates import format_date
from accounts.wire.description import Needs
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash, is_hash


class PanelPermission(StrEnum):
    """What a call of the panel needs: a permission of Django's, as it is given in the admin."""

    READ_USERS = "accounts.view_user"
    CREATE_USERS = "accounts.add_user"
    UPDATE_USERS = "accounts.change_user"
    CORRUPT_USERS = "accounts.delete_user"
    CREATE_USER_SESSIONS = "accounts.add_session"
    READ_TRACKERS = "trackers.view_tracker"
    CREATE_TRACKERS = "trackers.add_tracker"
    UPDATE_TRACKERS = "trackers.change_tracker"
    CORRUPT_TRACKERS = "trackers.delete_tracker"


# By their names in the API.
NAMES: dict[str, dict[str, PanelPermission]] = {
    "users": {
        "create": PanelPermission.CREATE_USERS,
        "read": PanelPermission.READ_USERS,
        "update": PanelPermission.UPDATE_USERS,
        "corrupt": PanelPermission.CORRUPT_USERS,
    },
    "user_sessions": {"create": PanelPermission.CREATE_USER_SESSIONS},
    "trackers": {
        "create": PanelPermission.CREATE_TRACKERS,
        "read": PanelPermission.READ_TRACKERS,
        "update": PanelPermission.UPDATE_TRACKERS,
        "delete": PanelPermission.CORRUPT_TRACKERS,
        "corrupt": PanelPermission.CORRUPT_TRACKERS,
    },
}


def permissions_of(staff: User) -> dict[str, list[str]]:
    """What the panel's calls let a member of the staff do, by their names in the API."""
    names = {
        category: [name for name, permission in actions.items() if staff.has_perm(permission)]
        for category, actions in NAMES.items()
    }
    return {category: actions for category, actions in names.items() if actions}


@dataclass(frozen=True, slots=True)
class PanelLogin:
    """A member of the staff, and the session that proved it."""

    staff: User
    digest: str


@dataclass(frozen=True, slots=True)
class PanelCall(ApiCall):
    """A call by a member of the staff."""

    caller: PanelLogin

    def date_of(self, moment: datetime | None) -> str | None:
        """A moment as the panel has it, which has no time zone of its own (api §2.9)."""
        return None if moment is None else format_date(moment, UTC, iso=self.iso)


def panel_call(
    route: str, *needed: PanelPermission, **details: Unpack[Details]
) -> Callable[[Function[PanelCall]], DeclaredCall]:
    """Declares a call for members of the staff with these permissions."""

    def admit(request: ApiCall) -> PanelCall:
        return PanelCall.of(request, panel_login(request, *needed))

    return Door(Needs.PANEL, admit, codes=(13,) if needed else ()).declare(route, details)


def panel_login(call: ApiCall, *needed: PanelPermission) -> PanelLogin:
    """Who calls, and may do what needs these permissions.

    Raises ApiError: WRONG_HASH or SESSION_ENDED, the latter for every hash that is not of a panel session, and
    NOT_PERMITTED.
    """
    if not isinstance(call.credential, str) or not is_hash(call.credential):
        raise ApiError(ErrorCode.WRONG_HASH)
    digest = digest_hash(call.credential)
    session = PanelSession.objects.select_related("user__master").filter(digest=digest).first()
    if session is None or session.expires_at <= timezone.now() or not session.user.may_use_panel:
        raise ApiError(ErrorCode.SESSION_ENDED)
    if not session.user.has_perms(needed):
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return PanelLogin(session.user, digest)
