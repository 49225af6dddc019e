"""Dates as the API writes and reads them (api §1.4). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from accounts.wire.errors import invalid_parameter
from accounts.wire.terms import Term

_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_PATTERN = f"{_DAY}( {_TIME}|T{_TIME}([.][0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)"
_SHAPE = "as 2024-05-02 08:15:00, or ISO 8601 with an offset"


def format_date(moment: datetime, zone: tzinfo, *, iso: bool) -> str:
    """An aware moment in `zone`: `2024-05-02 08:15:00`, or ISO 8601 with offset, `Z` for a zone at UTC."""
    local = moment.astimezone(zone)
    if not iso:
        return local.isoformat(" ", "seconds")[:19]
    text = local.isoformat(timespec="seconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _read_date(name: str, value: Any) -> datetime:
    try:
        if isinstance(value, str) and re.fullmatch(_PATTERN, value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise invalid_parameter(name, f"must be a date {_SHAPE}")


GIVEN_DATE = Term({"type": "string", "pattern": f"^{_PATTERN}$", "x-shape": _SHAPE}, _read_date)
"""A date that is sent: a plain one, of which the zone is still to be said, or an aware one. Some clients write a plain
one with a T."""


def moment_of(name: str, date: datetime, zone: tzinfo) -> datetime:
    """The moment, in UTC, that a date in a parameter's name stands for: a plain one is in `zone`.

    Raises ApiError INVALID_PARAMETERS for one that is before or after all time.
    """
    try:
        return (date if date.tzinfo is not None else date.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise invalid_parameter(name, "must be a date within the calendar") from error
