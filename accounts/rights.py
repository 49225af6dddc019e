"""What a user may change; reading needs no right. Pure."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """A right of a security group (contract 2.7). A master has all of them, a sub-user those of its group."""

    ADMIN = "admin"
    """Groups, removal of trackers, API keys, sub-users; of masters only."""
    TRACKER_REGISTER = "tracker_register"
    TRACKER_UPDATE = "tracker_update"
    TRACKER_CONFIGURE = "tracker_configure"
    TRACKER_SET_OUTPUT = "tracker_set_output"
    WEBLOCATOR_SESSION_CREATE = "weblocator_session_create"
    DELIVERY_SESSION_CREATE = "delivery_session_create"


ALL_RIGHTS = frozenset(Right)
NO_RIGHTS: frozenset[Right] = frozenset()
