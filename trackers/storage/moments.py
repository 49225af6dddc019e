"""Moments as they are stored: in history as whole microseconds since 1970, small and quick to compare; else as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Func, TextField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode


def number_of(moment: datetime) -> int:
    """Its microseconds."""
    return (moment - _EPOCH) // _MICROSECOND


def text_of(moment: datetime) -> str:
    """UTC without saying so: as Django stores times in SQLite, and takes them to be on PostgreSQL's connections."""
    # datetime's own way takes three times as long.
    return _encode(moment)[1:-2].decode().replace("T", " ")


def moment_of(number: int) -> datetime:
    """The moment of so many microseconds."""
    return _EPOCH + timedelta(microseconds=number)


class DayOf(Func):
    """The day of a stored moment, by UTC and ISO 8601, made by the database: to read moments would take longer."""

    template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 10)", **extra_context)
