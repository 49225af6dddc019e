"""Logins of the panel, and what the staff does to users (api §2.9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import PanelSession, User
from accounts.services.attempts import end_attempts, forgive_attempt
from accounts.services.credentials import new_hash
from accounts.services.logins import prove_password
from accounts.services.users import check_password, hold_user, save_user
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash

LIFETIME = timedelta(hours=24)
"""Fixed: nothing moves the end of a panel session (api §2.9)."""
MAX_SESSIONS = 100
"""Of one member of the staff; the oldest go."""


def log_in_to_panel(*, login: str, password: str, address: str) -> tuple[User, str]:
    """A member of the staff who logs in from `address`, and the hash of a new panel session.

    Raises ApiError: TOO_MANY_ATTEMPTS after too many attempts; WRONG_LOGIN for a wrong login or password, and for
    whoever is not of the staff; ACCESS_DENIED for a blocked dealer, and where a login needs a code, for which the
    panel's calls have no place.
    """
    user, attempt = prove_password(login=login, password=password, address=address)
    if not user.may_use_panel:
        raise ApiError(ErrorCode.WRONG_LOGIN)
    dealer = (user.master or user).dealer
    if user.has_second_factor or (dealer is not None and dealer.is_blocked):
        forgive_attempt(attempt)
        raise ApiError(ErrorCode.ACCESS_DENIED)
    end_attempts(login, address)
    return user, create_panel_session(user)


@transaction.atomic
def create_panel_session(user: User) -> str:
    """The hash of a new panel session of a member of the staff."""
    credential = new_hash()
    PanelSession.objects.create(digest=digest_hash(credential), user=user, expires_at=timezone.now() + LIFETIME)
    newest = PanelSession.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)[:MAX_SESSIONS]
    PanelSession.objects.filter(user=user).exclude(pk__in=list(newest)).delete()
    return credential


def log_out_of_panel(digest: str) -> None:
    """Ends one panel session."""
    PanelSession.objects.filter(digest=digest).delete()


def expire_panel_sessions(now: datetime) -> int:
    """Removes the panel sessions whose time is over; the number of them."""
    expired = PanelSession.objects.filter(expires_at__lte=now)
    # Housekeeping asks every second; removing nothing would be a write all the same.
    return expired.delete()[0] if expired.exists() else 0


@transaction.atomic
def set_password_of(user: User, password: str) -> None:
    """Sets a user's password and ends all of the user's sessions (api §7.25).

    Raises ApiError: INVALID_PARAMETERS for a weak one, NOT_FOUND when the user is gone.
    """
    hold_user(user)
    check_password(password, user, parameter="password")
    user.set_password(password)
    save_user(user, changed={"password"})
