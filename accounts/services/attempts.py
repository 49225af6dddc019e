"""How often somebody may be wrong about a login (api §2.1, code 105; docs/decisions/0016).

Counted in the database, so by all processes together. An attempt counts from its beginning until it has succeeded:
many at once cannot outrun the count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import KnownAddress, LoginAttempt
from accounts.wire.addresses import address_block
from accounts.wire.errors import ApiError, ErrorCode

# Clocks of several servers may differ by this.
CLOCK_TOLERANCE = timedelta(minutes=1)


def begin_attempt(login: str, address: str) -> int:
    """Counts an attempt at a login, whether there is such a login or not; the attempt's id.

    Raises ApiError TOO_MANY_ATTEMPTS when there were too many. What is refused does not count.
    """
    keys = _keys(login, address)
    attempt = LoginAttempt.objects.create(**keys, at=timezone.now())
    if _are_too_many(**keys):
        forgive_attempt(attempt.pk)
        raise ApiError(ErrorCode.TOO_MANY_ATTEMPTS)
    return attempt.pk


def forgive_attempt(attempt: int) -> None:
    """The password was right, and what kept the caller out was something else."""
    LoginAttempt.objects.filter(pk=attempt).delete()


@transaction.atomic
def end_attempts(login: str, address: str) -> None:
    """A login succeeded from this address: what failed before is forgotten, and the address is known from now on."""
    keys = _keys(login, address)
    LoginAttempt.objects.filter(**keys).delete()
    KnownAddress.objects.bulk_create(
        [KnownAddress(**keys, seen_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["login", "address"],
        update_fields=["seen_at"],
    )


def forget_attempts(login: str) -> None:
    """Lets a login try again from everywhere. For the admin."""
    LoginAttempt.objects.filter(login=_digest("login", login.lower())).delete()


def forget_old_attempts(now: datetime) -> None:
    """Removes what counts no more."""
    attempts = LoginAttempt.objects.exclude(at__range=_window(now))
    addresses = KnownAddress.objects.filter(seen_at__lte=_acquaintance_start(now))
    # Housekeeping asks every second; removing nothing would be a write all the same.
    if attempts.exists():
        attempts.delete()
    if addresses.exists():
        addresses.delete()


def _are_too_many(login: str, address: str) -> bool:
    now = timezone.now()
    counts = LoginAttempt.objects.filter(Q(login=login) | Q(address=address), at__range=_window(now)).aggregate(
        of_both=Count("pk", filter=Q(login=login, address=address)),
        of_login=Count("pk", filter=Q(login=login)),
        of_address=Count("pk", filter=Q(address=address)),
    )
    if counts["of_both"] > settings.LOGIN_ATTEMPTS:
        return True
    if (
        counts["of_login"] <= settings.LOGIN_ATTEMPTS_PER_LOGIN
        and counts["of_address"] <= settings.LOGIN_ATTEMPTS_PER_ADDRESS
    ):
        return False
    # What strangers do elsewhere, or here with other logins, keeps nobody out who has come in from here before.
    known = KnownAddress.objects.filter(login=login, address=address, seen_at__gt=_acquaintance_start(now))
    return not known.exists()


def _window(now: datetime) -> tuple[datetime, datetime]:
    """When an attempt was made that counts. One of a clock that was ahead would keep its user out until then."""
    return now - timedelta(seconds=settings.LOGIN_ATTEMPTS_WINDOW_S), now + CLOCK_TOLERANCE


def _acquaintance_start(now: datetime) -> datetime:
    return now - timedelta(days=settings.KNOWN_ADDRESS_DAYS)


def _keys(login: str, address: str) -> dict[str, str]:
    """What stands for both in the tables; some type their password where the login belongs."""
    return {"login": _digest("login", login.lower()), "address": _digest("address", address_block(address))}


def _digest(kind: str, text: str) -> str:
    return salted_hmac(f"accounts.attempts.{kind}", text, algorithm="sha256").hexdigest()
