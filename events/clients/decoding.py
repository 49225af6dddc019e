"""Decodes what notices carry for a few hearers only."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from trackers.engine.last_reports import RecentReport, decode_reports

# One notice reaches client after client.
MAX_KEPT_NOTICES = 8


@lru_cache(maxsize=MAX_KEPT_NOTICES)
def reports_in(encoded: bytes) -> tuple[RecentReport, ...]:
    """The reports that a notice carries; decoded once for all who monitor."""
    return decode_reports(msgspec.Raw(encoded))
