"""What becomes of a report. Pure."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one report that could be read."""

    STORED = "stored"
    UNKNOWN_DEVICE = "unknown device"
    BLOCKED = "blocked"
    MISSING_KEY = "ingest key missing"
    WRONG_KEY = "wrong ingest key"
