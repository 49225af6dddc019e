"""OsmAnd's protocol, which the Traccar Client app speaks too: in a query, or as JSON (api §6.2). Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from trackers.reports.documents import decode_json, read_shape
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    DEVICE_ID_PATTERN,
    KMH_PER_KNOT,
    KMH_PER_METRE_PER_SECOND,
    Altitude,
    DeviceId,
    Latitude,
    Longitude,
    Number,
    check_moment,
    keep_attributes,
    known_precision,
    parse_moment,
    rounded,
    signal_percent,
)

_DEVICE_ID = re.compile(DEVICE_ID_PATTERN)
# An integer below this counts seconds, a larger one milliseconds (Traccar's rule).
_FIRST_MILLISECOND = 2_147_483_647
_METRES_PER_KM = 1000

# Fields with a meaning of their own; all others become attributes.
_KNOWN = frozenset(
    [
        "id",
        "deviceid",
        "key",
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
        "batt",
        "ignition",
        "sat",
        "cell",
        "wifi",
        "driverUniqueId",
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
        battery_percent=rounded(_parse_number(fields, "batt", low=0, high=100)),
        ignition=_parse_flag(fields, "ignition"),
        gsm_percent=_parse_cell(fields),
        hardware_key=fields.get("driverUniqueId") or None,
        attributes=keep_attributes((name, _read_value(text)) for name, text in fields.items() if name not in _KNOWN),
    )


def _parse_fix(fields: Mapping[str, str]) -> Fix | None:
    if not (_parse_flag(fields, "valid") is not False and _has_position(fields)):
        return None
    latitude, longitude = _parse_position(fields)
    speed = _parse_number(fields, "speed", low=0, high=10_000)
    heading = _parse_number(fields, "bearing" if fields.get("bearing") else "heading", low=0, high=360)
    return Fix(
        latitude=latitude,
        longitude=longitude,
        speed_kmh=None if speed is None else speed * KMH_PER_KNOT,
        heading_degrees=rounded(heading),
        altitude_m=rounded(_parse_number(fields, "altitude", low=-20_000, high=100_000)),
        satellites=rounded(_parse_number(fields, "sat", low=0, high=255)),
        precision_m=known_precision(_parse_number(fields, "accuracy", low=0, high=10_000_000)),
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


def _parse_flag(fields: Mapping[str, str], name: str) -> bool | None:
    text = fields.get(name, "").lower()
    if text and text not in ("true", "1", "false", "0"):
        raise ReportError(name, "must be true, 1, false or 0")
    return text in ("true", "1") if text else None


def _parse_cell(fields: Mapping[str, str]) -> int | None:
    """The signal in `mcc,mnc,lac,cellid,dBm`; the last part may be missing."""
    *cell, strength = fields.get("cell", "").split(",")
    return signal_percent(_parse_number({"cell": strength}, "cell", low=-200, high=0)) if len(cell) == 4 else None


def _parse_time(text: str) -> datetime:
    if not text.lstrip("-").isdecimal():
        return parse_moment(text, "timestamp")
    try:
        count = int(text)
        moment = datetime.fromtimestamp(count if count < _FIRST_MILLISECOND else count / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ReportError("timestamp", "must be seconds, milliseconds or ISO 8601") from error
    return check_moment(moment, "timestamp")


def _read_value(text: str) -> float | bool | str:
    """A number, else a truth value, else the text itself (Traccar's order)."""
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


class _Coordinates(Struct):
    latitude: Latitude
    longitude: Longitude
    altitude: Altitude | None = None
    accuracy: Number | None = None
    speed: Number | None = None
    heading: Number | None = None


class _Activity(Struct):
    type: str | None = None


class _Battery(Struct):
    level: Number | None = None
    is_charging: bool | None = None


class _Location(Struct):
    timestamp: str
    coords: _Coordinates | None = None
    event: str | None = None
    is_moving: bool | None = None
    odometer: Number | None = None
    mock: bool | None = None
    activity: _Activity | None = None
    battery: _Battery | None = None
    alarm: str | None = None
    extras: dict[str, Any] | None = None


class _Document(Struct):
    device_id: DeviceId
    location: _Location


def parse_json(body: bytes) -> Report:
    """The report in the JSON form of newer Traccar Clients. Speed comes in m/s, a battery's level from 0 to 1.

    A negative speed, heading, accuracy or level means that the phone does not know. Raises ReportError.
    """
    document = read_shape(decode_json(body), _Document)
    location = document.location
    odometer_m = _known(location.odometer)
    return Report(
        device_id=document.device_id,
        time=parse_moment(location.timestamp, "location.timestamp"),
        fix=None if location.coords is None else _read_fix(location.coords),
        battery_percent=_read_level(location.battery),
        is_moving=location.is_moving,
        mileage_km=None if odometer_m is None else odometer_m / _METRES_PER_KM,
        attributes=keep_attributes(_more_attributes(location).items()),
    )


def _read_fix(coords: _Coordinates) -> Fix:
    speed = _known(coords.speed, "location.coords.speed", high=10_000)
    return Fix(
        latitude=coords.latitude,
        longitude=coords.longitude,
        speed_kmh=None if speed is None else speed * KMH_PER_METRE_PER_SECOND,
        heading_degrees=rounded(_known(coords.heading, "location.coords.heading", high=360)),
        altitude_m=rounded(coords.altitude),
        precision_m=known_precision(_known(coords.accuracy, "location.coords.accuracy", high=10_000_000)),
    )


def _read_level(battery: _Battery | None) -> int | None:
    level = None if battery is None else _known(battery.level, "location.battery.level", high=1)
    return None if level is None else rounded(level * 100)


def _known(number: float | None, name: str = "", *, high: float = math.inf) -> float | None:
    """A number that is not negative. Raises ReportError for one above `high`."""
    if number is None or number < 0:
        return None
    if number > high:
        raise ReportError(name, f"must be up to {high}")
    return number


def _more_attributes(location: _Location) -> dict[str, Any]:
    scalars = {n: value for n, value in (location.extras or {}).items() if not isinstance(value, dict | list)}
    return scalars | {
        "event": location.event,
        "mock": location.mock,
        "activity": location.activity.type if location.activity else None,
        "charge": location.battery.is_charging if location.battery else None,
        "alarm": location.alarm,
    }
