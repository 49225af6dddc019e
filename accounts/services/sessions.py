"""Sessions: logins that begin, go on for longer and end, and who must hear of it (api §2.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import PanelSession, Session, SessionKind, User
from accounts.notices import SessionRenewed, publish
from accounts.selectors import Principal
from accounts.services.credentials import announce_end, new_hash
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause

SESSIONS_PER_BATCH = 500
# Clocks of several servers, and the moment between two readings of one, may differ by this.
CLOCK_TOLERANCE = timedelta(minutes=1)


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
    return create_special_session(user, SessionKind.STANDARD, session_lifetime())[1]


def create_special_session(user: User, kind: SessionKind, lifetime: timedelta) -> tuple[Session, str]:
    """A session that opens the calls of its kind only, and its hash."""
    credential = new_hash()
    session = Session.objects.create(
        digest=digest_hash(credential), user=user, kind=kind, expires_at=timezone.now() + lifetime
    )
    return session, credential


def log_out(principal: Principal) -> None:
    """Ends the session that made the call."""
    close_sessions(Session.objects.filter(digest=principal.digest), LogoutCause.LOGGED_OUT)


@transaction.atomic
def renew_session(principal: Principal) -> None:
    """Gives the session that made the call a full lifetime from now on (api §2.2)."""
    expires_at = timezone.now() + session_lifetime()
    Session.objects.filter(digest=principal.digest).update(expires_at=expires_at)
    publish(principal.account_id, SessionRenewed(principal.digest, expires_at.timestamp()))


def expire_sessions(now: datetime) -> int:
    """Ends the sessions whose time is over, a batch at a time; the number of them."""
    ended = 0
    while batch := list(Session.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:SESSIONS_PER_BATCH]):
        ended += close_sessions(Session.objects.filter(pk__in=batch), LogoutCause.EXPIRED)
    return ended


def shorten_sessions(now: datetime) -> int:
    """Gives no session more than its lifetime from `now`: one that has more is of a clock that was ahead.

    The number of them.
    """
    lifetimes = {
        SessionKind.STANDARD: session_lifetime(),
        SessionKind.RESTORE: timedelta(minutes=settings.RESTORE_LIFETIME_MIN),
        SessionKind.SECOND_FACTOR: timedelta(minutes=settings.SECOND_FACTOR_LIFETIME_MIN),
    }
    return sum(
        Session.objects.filter(kind=kind, expires_at__gt=now + lifetime + CLOCK_TOLERANCE).update(
            expires_at=now + lifetime
        )
        for kind, lifetime in lifetimes.items()
    )


@transaction.atomic
def close_sessions(sessions: QuerySet[Session], cause: LogoutCause = LogoutCause.SESSION_CLOSED) -> int:
    """Ends the sessions and tells their clients; the number of them."""
    ended = list(sessions.select_related("user"))
    # A program that logs in for every alarm has thousands: too many for one statement, and for one notice.
    for start in range(0, len(ended), SESSIONS_PER_BATCH):
        batch = ended[start : start + SESSIONS_PER_BATCH]
        Session.objects.filter(pk__in=[session.pk for session in batch]).delete()
        # The other kinds are no logins for events.
        announce_end((session for session in batch if session.kind == SessionKind.STANDARD), cause)
    return len(ended)


def end_panel_sessions(user: User) -> None:
    """Ends the user's logins of the panel; no client subscribes with one, so nobody need be told."""
    PanelSession.objects.filter(user=user).delete()
