"""OsmAnd's query form, which the Traccar Client app speaks too (contract 6.2)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from trackers.reports.report import Fix, Report, ReportError

KMH_PER_KNOT = 1.852
MAX_ATTRIBUTES = 64
MAX_ATTRIBUTE_LENGTH = 255
_DEVICE_ID = re.compile(r"[0-9A-Za-z\-]{1,64}")
# No device is older than the epoch, and a time near the calendar's beginning cannot be shown in every zone.
_FIRST_YEAR = 1970
# An integer below this counts seconds, a larger one milliseconds (Traccar's rule).
_FIRST_MILLISECOND = 2_147_483_647

# Fields with a meaning of their own; all others become attributes.
_KNOWN = frozenset(
    [
        "id",
        "deviceid",
        "timestamp",
        "lat",
        "lon",
        "location",
        "valid",
        "speed",
        "bearing",
        "heading",
        "altitude",
        "accuracy",
        "hdop",
        "batt",
        "charge",
        "ignition",
        "sat",
        "cell",
        "wifi",
        "notificationToken",
    ]
)


def parse_query(fields: Mapping[str, str], *, now: datetime) -> Report:
    """The report in the parameters of one request; `now` stands in for a missing time.

    Speed comes in knots. Raises ReportError, naming the field, for a value that cannot be what it should be.
    """
    device_id = fields.get("id") or fields.get("deviceid") or ""
    if not _DEVICE_ID.fullmatch(device_id):
        raise ReportError("id", "must be 1 to 64 letters, digits and hyphens")
    return Report(
        device_id=device_id,
        time=_parse_time(fields["timestamp"]) if fields.get("timestamp") else now,
        fix=_parse_fix(fields),
        battery_percent=_parse_percent(fields, "batt"),
        ignition=_parse_flag(fields, "ignition"),
        attributes=_parse_attributes(fields),
    )


def _parse_fix(fields: Mapping[str, str]) -> Fix | None:
    if not (_parse_flag(fields, "valid") is not False and _has_position(fields)):
        return None
    latitude, longitude = _parse_position(fields)
    speed = _parse_number(fields, "speed", low=0, high=10_000)
    heading = _parse_number(fields, "bearing" if fields.get("bearing") else "heading", low=0, high=360)
    altitude = _parse_number(fields, "altitude", low=-20_000, high=100_000)
    precision = _parse_number(fields, "accuracy", low=0, high=10_000_000)
    satellites = _parse_number(fields, "sat", low=0, high=255)
    return Fix(
        latitude=latitude,
        longitude=longitude,
        speed_kmh=None if speed is None else speed * KMH_PER_KNOT,
        heading_degrees=_rounded(heading),
        altitude_m=_rounded(altitude),
        satellites=_rounded(satellites),
        # A device that knows no accuracy says 0, which would mean a perfect fix.
        precision_m=_rounded(precision) or None,
    )


def _has_position(fields: Mapping[str, str]) -> bool:
    return any(fields.get(name) for name in ("lat", "lon", "location"))


def _parse_position(fields: Mapping[str, str]) -> tuple[float, float]:
    if fields.get("location"):
        latitude, comma, longitude = fields["location"].partition(",")
        if not comma:
            raise ReportError("location", "must be latitude,longitude")
        fields = {"lat": latitude, "lon": longitude}
    latitude_degrees = _parse_number(fields, "lat", low=-90, high=90)
    longitude_degrees = _parse_number(fields, "lon", low=-180, high=180)
    if latitude_degrees is None:
        raise ReportError("lat", "is missing")
    if longitude_degrees is None:
        raise ReportError("lon", "is missing")
    return latitude_degrees, longitude_degrees


def _parse_number(fields: Mapping[str, str], name: str, *, low: float, high: float) -> float | None:
    text = fields.get(name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise ReportError(name, "must be a number") from error
    if not (math.isfinite(number) and low <= number <= high):
        raise ReportError(name, f"must be from {low} to {high}")
    return number


def _parse_percent(fields: Mapping[str, str], name: str) -> int | None:
    return _rounded(_parse_number(fields, name, low=0, high=100))


def _parse_flag(fields: Mapping[str, str], name: str) -> bool | None:
    text = fields.get(name, "").lower()
    if text and text not in ("true", "1", "false", "0"):
        raise ReportError(name, "must be true, 1, false or 0")
    return text in ("true", "1") if text else None


def _parse_time(text: str) -> datetime:
    try:
        moment = _read_moment(text)
    except (ValueError, OverflowError, OSError) as error:
        raise ReportError("timestamp", "must be seconds, milliseconds or ISO 8601") from error
    if moment.year < _FIRST_YEAR:
        raise ReportError("timestamp", f"must not be before {_FIRST_YEAR}")
    return moment


def _read_moment(text: str) -> datetime:
    if text.lstrip("-").isdecimal():
        count = int(text)
        return datetime.fromtimestamp(count if count < _FIRST_MILLISECOND else count / 1000, UTC)
    moment = datetime.fromisoformat(text)
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)


def _parse_attributes(fields: Mapping[str, str]) -> dict[str, str]:
    attributes = {name: text for name, text in fields.items() if name not in _KNOWN and text}
    if len(attributes) > MAX_ATTRIBUTES:
        raise ReportError(next(iter(attributes)), f"is one of more than {MAX_ATTRIBUTES} attributes")
    for name, text in attributes.items():
        if len(name) > MAX_ATTRIBUTE_LENGTH or len(text) > MAX_ATTRIBUTE_LENGTH:
            raise ReportError(name[:MAX_ATTRIBUTE_LENGTH], "is too long")
    for name in ("hdop", "charge"):
        if fields.get(name):
            attributes[name] = fields[name][:MAX_ATTRIBUTE_LENGTH]
    return attributes


def _rounded(number: float | None) -> int | None:
    return None if number is None else math.floor(number + 0.5)
