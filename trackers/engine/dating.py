"""When a report was made, as far as its device's clock can be believed (api §6). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

# A report dated later than it arrived is dated by its arrival, beyond what clocks commonly differ.
FUTURE_TOLERANCE = timedelta(minutes=1)
# The number of the week has ten bits in the satellites' signal: receivers that never learned of an overflow are behind
# by so much, or by twice as much.
ROLLOVER = timedelta(weeks=1024)
# A report that is behind by that, and otherwise no older, is taken for one of these; a longer queue is rare.
ROLLOVER_WINDOW = timedelta(days=7)
# What clocks show that were never set; nothing that reports is older.
FIRST_MOMENT = datetime(1990, 1, 1, tzinfo=UTC)


class ClockRule(StrEnum):
    """By which clock the reports of a source are dated."""

    DEVICE = "device"
    SERVER = "server"
    OFFSET = "offset"


class Clock(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the times that a source tells are read."""

    rule: ClockRule = ClockRule.DEVICE
    offset_s: int = 0
    """Added to what the device says, by the rule `offset`."""


def date_report(told: datetime, received_at: datetime, clock: Clock) -> datetime | None:
    """When a report was made that says `told`; None where only its arrival is known."""
    moment = _read(told, received_at, clock)
    return None if moment is None or moment > received_at + FUTURE_TOLERANCE else moment


def date_fix(told: datetime | None, received_at: datetime, clock: Clock) -> datetime | None:
    """When a fix was taken that says `told`; None: it is as old as its report."""
    return None if told is None else _read(told, received_at, clock)


def _read(told: datetime, received_at: datetime, clock: Clock) -> datetime | None:
    if clock.rule is ClockRule.SERVER:
        return None
    if clock.rule is ClockRule.OFFSET:
        try:
            told += timedelta(seconds=clock.offset_s)
        except OverflowError:
            return None
    age = received_at - told
    if age >= ROLLOVER - FUTURE_TOLERANCE:
        overflows, rest = divmod(age + FUTURE_TOLERANCE, ROLLOVER)
        if overflows <= 2 and rest <= ROLLOVER_WINDOW:
            return told + overflows * ROLLOVER
    return told if told >= FIRST_MOMENT else None
