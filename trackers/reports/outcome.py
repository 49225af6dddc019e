"""What becomes of a report. Pure."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one report that could be read."""

    STORED = "stored"
    UNKNOWN_DEVICE = "unknown device"
    BLOCKED = "blocked"
    WRONG_KEY = "wrong ingest key"
