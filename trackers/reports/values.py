"""What the ways in share: the shape of device ids, moments, numbers, bit masks and attributes. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, TypeGuard

from msgspec import Meta
from msgspec.structs import replace

from trackers.reports.report import Report, ReportError

KMH_PER_KNOT = 1.852
KMH_PER_METRE_PER_SECOND = 3.6
# Traccar takes any text for an id; these are the signs that are found in ids.
_DEVICE_ID = r"[0-9A-Za-z_.:/\-]{1,64}"
DEVICE_ID_PATTERN = rf"\A{_DEVICE_ID}\Z"
DEVICE_ID_JSON_PATTERN = f"^{_DEVICE_ID}$"
DEVICE_ID_SHAPE = "1 to 64 letters, digits, hyphens and _ . : /"
MAX_ATTRIBUTES = 200
MAX_NAME_LENGTH = 255
# The longest string of the vendor's protocol (api §6.1); its binary objects may be longer and are left out.
MAX_TEXT_LENGTH = 10 * 1024
# Deep enough for any device; a value that is as deep as the decoder can go could not be stored again.
MAX_DEPTH = 8
# No device is older than the epoch, and a time near the calendar's beginning cannot be shown in every zone.
_FIRST_YEAR = 1970
# A number below the first counts seconds (Traccar's rule), below the next milliseconds, then micro- and nanoseconds:
# each of these would be in the year 5000 or later by the unit before.
_FIRST_OF_UNIT = ((2_147_483_647, 1), (1e14, 1e3), (1e17, 1e6), (math.inf, 1e9))
# In a query a plus sign that is not encoded arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d\Z)|(?<=\d[eE]) (?=\d+\Z)")
_SLASHED_DAY = re.compile(r"\A(\d{4})/(\d\d?)/(\d\d?)(?=\D)")
_YEAR_FIRST = re.compile(r"\A\d{4}-")
_SINGLE_DIGIT = re.compile(r"(?<![\d.,])(?=\d(?!\d))")
_SPOKEN_UTC = re.compile(r" ?(?:UTC|GMT|Z)\Z")

# NGP's sheet has fewer signs, and an MQTT topic could not tell an id with a slash from a key (api §6.1).
_PLAIN_DEVICE_ID = r"[0-9A-Za-z\-]{1,64}"
PLAIN_DEVICE_ID_PATTERN = rf"\A{_PLAIN_DEVICE_ID}\Z"
PLAIN_DEVICE_ID_JSON_PATTERN = f"^{_PLAIN_DEVICE_ID}$"
PLAIN_DEVICE_ID_SHAPE = "1 to 64 letters, digits and hyphens"
DeviceId = Annotated[str, Meta(pattern=PLAIN_DEVICE_ID_PATTERN)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Metres = Annotated[float, Meta(ge=0, le=10_000_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Mask = Annotated[int, Meta(ge=0, lt=2**32)]
Number = Annotated[float, Meta(ge=-1e15, le=1e15)]

_device_id = re.compile(DEVICE_ID_PATTERN)


def read_device_id(value: Any, name: str) -> str:
    """The id of a device in a text or whole number, without spaces and line ends around it. Raises ReportError."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    text = text.strip() if isinstance(text, str) else ""
    if not _device_id.fullmatch(text):
        raise ReportError(name, f"must be {DEVICE_ID_SHAPE}")
    return text


def parse_moment(text: str, name: str) -> datetime:
    """The moment in an ISO 8601 text, as UTC; without an offset it is taken as UTC. Raises ReportError."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ReportError(name, "must be ISO 8601") from error
    return check_moment(moment, name)


def read_moment(value: Any, name: str) -> datetime:
    """The moment in whatever can mean one only: a number of seconds or of a part of them, as a number or text, or
    ISO 8601 with or without its plus sign. Raises ReportError.
    """
    text = value.strip() if isinstance(value, str) else ""
    if ":" in text:
        try:
            return parse_moment(text, name)
        except ReportError:
            return parse_moment(_as_iso(text), name)
    number = as_number(_LOST_PLUS.sub("+", text) if " " in text else text or value)
    if number is not None:
        return _count_moment(number, name)
    if not text:
        raise ReportError(name, "must be seconds, milliseconds or ISO 8601")
    return parse_moment(text, name)


def _as_iso(text: str) -> str:
    """A moment that is written otherwise and can mean one thing only."""
    text = _SPOKEN_UTC.sub("+00:00", _LOST_PLUS.sub("+", text))
    if match := _SLASHED_DAY.match(text):
        text = f"{match[1]}-{match[2]}-{match[3]}{text[match.end() :]}"
    return _SINGLE_DIGIT.sub("0", text) if _YEAR_FIRST.match(text) else text


def _count_moment(number: float, name: str) -> datetime:
    per_second = next(count for first, count in _FIRST_OF_UNIT if number < first)
    try:
        moment = datetime.fromtimestamp(number / per_second, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ReportError(name, "must be seconds, milliseconds or ISO 8601") from error
    return check_moment(moment, name)


def check_moment(moment: datetime, name: str) -> datetime:
    """The moment, if it is one that a device can mean. Raises ReportError."""
    if moment.year < _FIRST_YEAR:
        raise ReportError(name, f"must not be before {_FIRST_YEAR}")
    return moment


def as_number(value: Any) -> float | None:
    """The finite number in a JSON number or a text, else None."""
    kind = type(value)
    if kind is str:
        if "_" in value:
            return None
    elif kind is not float and kind is not int:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


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
    attributes = {name: value for name, value in pairs if _has_value(value) and is_short(name, value)}
    if len(attributes) > MAX_ATTRIBUTES:
        raise ReportError(next(iter(attributes)), f"is one of more than {MAX_ATTRIBUTES} attributes")
    return attributes


def _has_value(value: Any) -> bool:
    return value is not None and value != ""


def is_short(name: str, value: Any) -> bool:
    """Whether an attribute is short enough to be kept. Raises ReportError for one whose name or depth is beyond use."""
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


class Believed:
    """Reads what a report says beside device, place and time: what cannot be right is unknown, and noted."""

    __slots__ = ("_left_out",)

    # Phones say so of a speed, a course or a charge that they do not know.
    _UNKNOWN = -1

    def __init__(self) -> None:
        self._left_out: dict[str, None] = {}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The names of what was said and cannot be right."""
        return tuple(self._left_out)

    def note(self, report: Report) -> Report:
        """The report with what was left out of it."""
        return replace(report, left_out=self.left_out) if self._left_out else report

    def leave_out(self, name: str) -> None:
        """Notes what somebody else found out."""
        self._left_out[name] = None

    def number(self, name: str, value: Any, *, low: float, high: float) -> float | None:
        """The number, if it is within the bounds."""
        if value is None or value == "":
            return None
        number = as_number(value)
        if number is not None and low <= number <= high:
            return number
        if number != self._UNKNOWN:
            self.leave_out(name)
        return None

    def flag(self, name: str, value: Any) -> bool | None:
        """Whether it says yes, in whatever words."""
        if value is None or value == "":
            return None
        if value is True or value is False:
            return value
        flag = _FLAGS.get(str(value).strip().lower()) if isinstance(value, str | int | float) else None
        if flag is None:
            self.leave_out(name)
        return flag

    def text(self, name: str, value: Any) -> str | None:
        """The text, or None for an empty one; a number is one, too."""
        if not _has_value(value):
            return None
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.leave_out(name)
        return None

    def members(self, name: str, value: Any) -> dict[str, Any]:
        """The members of an object; of anything else none. Some write an object without members as a list."""
        if isinstance(value, dict):
            return value
        if _has_value(value) and value != []:
            self.leave_out(name)
        return {}

    def attributes(self, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """The attributes that can be kept, MAX_ATTRIBUTES at most."""
        kept: dict[str, Any] = {}
        for name, value in pairs:
            if not _has_value(value):
                continue
            if self._can_be_kept(name, value) and (name in kept or len(kept) < MAX_ATTRIBUTES):
                kept[name] = value
            else:
                self.leave_out(name[:MAX_NAME_LENGTH])
        return kept

    def _can_be_kept(self, name: str, value: Any) -> bool:
        try:
            return is_short(name, value)
        except ReportError:
            return False


_FLAGS = dict.fromkeys(("true", "1", "1.0", "on", "yes", "y", "t"), True) | dict.fromkeys(
    ("false", "0", "0.0", "off", "no", "n", "f"), False
)


def read_place(latitude: Any, longitude: Any, names: tuple[str, str]) -> tuple[float, float] | None:
    """The place in two values; None where neither says anything. Raises ReportError for what is no place."""
    if not _is_said(latitude) and not _is_said(longitude):
        return None
    return _degrees(latitude, names[0], 90), _degrees(longitude, names[1], 180)


def _is_said(degrees: Any) -> bool:
    """Receivers without a fix leave both out, or write that they are no numbers."""
    return _has_value(degrees) and str(degrees).strip().lower() not in ("nan", "null", "")


def _degrees(value: Any, name: str, limit: int) -> float:
    if not _has_value(value):
        raise ReportError(name, "is missing")
    number = as_number(value)
    if number is None:
        raise ReportError(name, "must be a number")
    if abs(number) > limit:
        raise ReportError(name, f"must be from -{limit} to {limit}")
    return number
