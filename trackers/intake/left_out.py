"""What was left out of reports because it cannot be right: counted for metrics, the last ones kept for people."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from trackers.reports.report import Report

MAX_NAMES = 1000
"""Devices choose the names of attributes: of those that come after so many there is one sum for each way."""
OTHERS = "others"
MAX_LATEST = 200


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A report that was stored without some of its values."""

    time: datetime
    """Of its arrival."""
    way: str
    device_id: str
    names: tuple[str, ...]


class LeftOutCounts:
    """How often each value was left out since the start of this process, by way in and name."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._latest: deque[LeftOut] = deque(maxlen=MAX_LATEST)

    def note(self, way: str, reports: Iterable[Report], received_at: datetime) -> None:
        """Counts what reports of a way in were stored without."""
        for report in reports:
            if not report.left_out:
                continue
            self._latest.append(LeftOut(received_at, way, report.device_id, report.left_out))
            for name in report.left_out:
                is_known = (way, name) in self._counts or len(self._counts) < MAX_NAMES
                self._counts[way, name if is_known else OTHERS] += 1

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """By way in and name."""
        return self._counts

    def latest(self, device_id: str | None = None) -> list[LeftOut]:
        """The last ones of a device, or of all, newest first."""
        return [one for one in reversed(self._latest) if device_id in (None, one.device_id)]


left_out = LeftOutCounts()
"""Of this process."""
