"""What a client is known by, from one connection to the next."""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass

from django.conf import settings

# The check at the end of an id of ours, in characters.
_CHECK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """What a client is known by. Who learns an id alone gets nothing by it (docs/decisions/0008)."""

    path: str
    tracking_id: str
    address: str
    """The network address that it connects from; empty when ids alone are enough."""


def make_tracking_id() -> str:
    """A new id: 122 random bits, and a check by which every process knows that it is one of ours."""
    random = str(uuid.uuid4())
    return f"{random}-{_check(random)}"


def is_of_ours(tracking_id: str) -> bool:
    """Whether the server made this id; else its client chose it, and others may have chosen the same."""
    random, _, check = tracking_id.rpartition("-")
    return hmac.compare_digest(check.encode(), _check(random).encode())


def _check(random: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, b"tracking id " + random.encode(), "sha256").hex()[:_CHECK_LENGTH]
