"""Hours in which a rule is judged, by the clock on the wall of its account (alerts §2.1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import msgspec

_DAY_S = 86_400


class Weekly(msgspec.Struct, frozen=True, tag="weekly"):
    """From one second of the week to another, both of which belong to it; over the week's end where it must."""

    interval_id: int
    from_weekday: int
    """1 is Monday."""
    from_time: str
    """As 06:00:00."""
    to_weekday: int
    to_time: str

    def has(self, time: datetime, zone: tzinfo) -> bool:
        """Whether a moment belongs to it."""
        local = time.astimezone(zone)
        moment = local.weekday() * _DAY_S + local.hour * 3600 + local.minute * 60 + local.second
        begin = _second_of_week(self.from_weekday, self.from_time)
        end = _second_of_week(self.to_weekday, self.to_time)
        return begin <= moment <= end if begin <= end else moment >= begin or moment <= end


class Fixed(msgspec.Struct, frozen=True, tag="fixed"):
    """From one moment to another, both of which belong to it."""

    interval_id: int
    begin: datetime
    end: datetime

    def has(self, time: datetime, zone: tzinfo) -> bool:
        """Whether a moment belongs to it; to the second."""
        return self.begin <= time.replace(microsecond=0) <= self.end


Interval = Weekly | Fixed
Schedule = tuple[Interval, ...]


def is_open(schedule: Sequence[Interval], time: datetime, zone: tzinfo) -> bool:
    """Whether a rule is judged at a moment; without intervals it always is."""
    return not schedule or any(interval.has(time, zone) for interval in schedule)


def _second_of_week(weekday: int, time: str) -> int:
    hours, minutes, seconds = map(int, time.split(":"))
    return (weekday - 1) * _DAY_S + hours * 3600 + minutes * 60 + seconds
