"""Alert rules, judged in the transaction that stores what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trackers.services.watching import Change


def judge_changes(changes: Sequence[Change], now: datetime) -> None:
    """Stores the alerts that the changes give cause for (alerts §5.1)."""
