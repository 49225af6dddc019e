"""When reports are made by themselves, and of which time (records §9.7). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_PERIOD = re.compile("([1-9][0-9]?)?([dwmy])")
_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}
_DAYS_OF_MONTH = 31
# Months without a 31st come in twos at most.
_LOOKED_AHEAD = 63
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """How long a report reaches back: whole days, or months."""

    days: int
    months: int

    @classmethod
    def of(cls, period: str) -> Span:
        """As `1d`, `w` or `2m`. Raises ValueError for anything else."""
        found = _PERIOD.fullmatch(period)
        if found is None:
            raise ValueError(period)
        count, unit = int(found[1] or 1), found[2]
        return cls(count * _DAYS.get(unit, 0), count * _MONTHS.get(unit, 0))

    @property
    def longest_days(self) -> int:
        """How many days it may have."""
        return self.days + self.months * _DAYS_OF_MONTH

    def before(self, day: date) -> date:
        """The first day of it, where `day` is the first after it; of a shorter month the last one."""
        month = day.year * 12 + day.month - 1 - self.months
        for last in range(day.day, 0, -1):
            try:
                return date(month // 12, month % 12 + 1, last) - timedelta(days=self.days)
            except ValueError:
                continue
        raise ValueError(day)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """On which days, and when by the clock of a zone."""

    is_by_week: bool
    days: Sequence[int]
    """Of the week, where 1 is Monday, or of the month."""
    at: time

    def has(self, day: date) -> bool:
        """Whether it is one of its days."""
        return (day.isoweekday() if self.is_by_week else day.day) in self.days

    def next_day(self, after: date, now: datetime, zone: tzinfo) -> date:
        """The first of its days after one, of which the time is still to come; each day has one at most."""
        first = max(after + timedelta(days=1), now.astimezone(zone).date())
        days = (first + timedelta(days=number) for number in range(_LOOKED_AHEAD))
        return next(day for day in days if self.has(day) and self.moment_on(day, zone) > now)

    def moment_on(self, day: date, zone: tzinfo) -> datetime:
        """When it is on a day: once, also where clocks are set; a time that is passed over is as late as the jump."""
        return datetime.combine(day, self.at, zone).astimezone(UTC)


def period_before(day: date, span: Span, zone: tzinfo) -> tuple[datetime, datetime]:
    """The time of a report that is made on a day: up to its midnight, both ends included."""
    begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (span.before(day), day))
    return begin, end - _INSTANT
