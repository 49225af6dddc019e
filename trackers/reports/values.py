"""What the ways in share: the shape of device ids, moments, numbers, bit masks and attributes. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, TypeGuard

from msgspec import Meta

from trackers.reports.report import ReportError

KMH_PER_KNOT = 1.852
KMH_PER_METRE_PER_SECOND = 3.6
DEVICE_ID_PATTERN = r"\A[0-9A-Za-z\-]{1,64}\Z"
MAX_ATTRIBUTES = 200
MAX_NAME_LENGTH = 255
# The longest string of the vendor's protocol (api §6.1); its binary objects may be longer and are left out.
MAX_TEXT_LENGTH = 10 * 1024
# Deep enough for any device; a value that is as deep as the decoder can go could not be stored again.
MAX_DEPTH = 8
# No device is older than the epoch, and a time near the calendar's beginning cannot be shown in every zone.
_FIRST_YEAR = 1970

DeviceId = Annotated[str, Meta(pattern=DEVICE_ID_PATTERN)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Altitude = Annotated[float, Meta(ge=-20_000, le=100_000)]
Metres = Annotated[float, Meta(ge=0, le=10_000_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Mask = Annotated[int, Meta(ge=0, lt=2**32)]
Number = Annotated[float, Meta(ge=-1e15, le=1e15)]


def parse_moment(text: str, name: str) -> datetime:
    """The moment in an ISO 8601 text, as UTC; without an offset it is taken as UTC. Raises ReportError."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ReportError(name, "must be ISO 8601") from error
    return check_moment(moment, name)


def check_moment(moment: datetime, name: str) -> datetime:
    """The moment, if it is one that a device can mean. Raises ReportError."""
    if moment.year < _FIRST_YEAR:
        raise ReportError(name, f"must not be before {_FIRST_YEAR}")
    return moment


def is_number(value: object, *, low: float = -1e15, high: float = 1e15) -> TypeGuard[float]:
    """Whether a JSON value is a number in that range. Not the same as a `Number` in a shape, but as strict."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def rounded(number: float | None) -> int | None:
    """The nearest integer, halves upwards."""
    return None if number is None else math.floor(number + 0.5)


def known_precision(metres: float | None) -> int | None:
    """A precision in metres; a device that knows none says 0, which would mean a perfect fix."""
    return rounded(metres) or None


def bits(mask: int | None) -> tuple[bool, ...] | None:
    """A bit mask as inputs or outputs, bit 0 first; in whole bytes, so that their number seldom changes."""
    return None if mask is None else _bits(mask)


@lru_cache(1024)
def _bits(mask: int) -> tuple[bool, ...]:
    count = max(8, (mask.bit_length() + 7) // 8 * 8)
    return tuple(bool(mask >> number & 1) for number in range(count))


def signal_percent(strength: float | None) -> int | None:
    """The percentage of a mobile signal in dBm (below 0) or in the 0 to 31 of 3GPP TS 27.007; None for others.

    The vendor's formula is not known (api §5.5); this is the linear scale of that standard.
    """
    if strength is None or not -150 <= strength <= 31:
        return None
    steps = (strength + 113) / 2 if strength < 0 else strength
    return rounded(min(100.0, max(0.0, steps / 31 * 100)))


def keep_attributes(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The attributes to keep: those that have a value. Too long texts and too large values are left out.

    Raises ReportError for too many, for a name that is too long, and for a value that cannot be kept.
    """
    attributes = {name: value for name, value in pairs if value is not None and value != "" and _is_short(name, value)}
    if len(attributes) > MAX_ATTRIBUTES:
        raise ReportError(next(iter(attributes)), f"is one of more than {MAX_ATTRIBUTES} attributes")
    return attributes


def _is_short(name: str, value: Any) -> bool:
    if len(name) > MAX_NAME_LENGTH:
        raise ReportError(name[:MAX_NAME_LENGTH], "is too long a name")
    return _size(name, value, MAX_DEPTH) <= MAX_TEXT_LENGTH


def _size(name: str, value: Any, depth: int) -> int:
    """How long a JSON value is, about."""
    match value:
        case str():
            return len(value)
        case int():
            return 1 + value.bit_length() // 3
        case float() | None:
            return 1
    if not depth:
        raise ReportError(name, "is nested too deeply")
    if isinstance(value, dict):
        return sum(len(key) + 1 + _size(name, inner, depth - 1) for key, inner in value.items())
    return sum(1 + _size(name, inner, depth - 1) for inner in value)
