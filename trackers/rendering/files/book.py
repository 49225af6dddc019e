"""What all files of tracks are given: whose they are, and how dates are written in them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from accounts.wire.dates import format_date
from trackers.engine.lines import Line
from trackers.rendering.tracks import track_id


@dataclass(frozen=True, slots=True)
class Book:
    """Lines of a source with what is said of them."""

    label: str
    """The tracker's, which is to be escaped."""
    source_id: int
    since: datetime
    zone: tzinfo
    lines: Iterable[Line]

    @property
    def title(self) -> str:
        """As the vendor calls it: `track-`, the label, and when it begins."""
        return f"track-{self.label} {self.plain(self.since)}"

    def plain(self, moment: datetime) -> str:
        """A date without its offset."""
        return format_date(moment, self.zone, iso=False)

    def iso(self, moment: datetime) -> str:
        """A date with the caller's offset."""
        return format_date(moment, self.zone, iso=True)

    @staticmethod
    def utc(moment: datetime) -> str:
        """A date in UTC."""
        return format_date(moment, UTC, iso=True)

    def id_of(self, line: Line) -> int | None:
        """By which `track/list` knows the trip."""
        return None if line.trip is None else track_id(self.source_id, line.trip.begin)


def number(value: float) -> str:
    """A coordinate with as many digits as are kept."""
    return f"{value:.7f}".rstrip("0").rstrip(".")
