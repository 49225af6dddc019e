"""Moments as rows of history have them: whole microseconds since 1970, so that they are small and compare at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def number_of(moment: datetime) -> int:
    """Its microseconds."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(number: int) -> datetime:
    """The moment of so many microseconds."""
    return _EPOCH + timedelta(microseconds=number)
