"""What becomes of a report. Pure."""

from __future__ import annotations

from enum import StrEnum
from hmac import compare_digest


class Outcome(StrEnum):
    """What became of one report that could be read."""

    STORED = "stored"
    UNKNOWN_DEVICE = "unknown device"
    BLOCKED = "blocked"
    MISSING_KEY = "ingest key missing"
    WRONG_KEY = "wrong ingest key"


def refuse_sender(key_digest: str, given: str, *, is_blocked: bool) -> Outcome | None:
    """Why a device that gave a key of this digest, or none, is not heard; None: it is. `key_digest` empty: no key."""
    if key_digest and not compare_digest(key_digest, given):
        return Outcome.WRONG_KEY if given else Outcome.MISSING_KEY
    return Outcome.BLOCKED if is_blocked else None
