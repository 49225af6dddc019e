"""The vendor's generic protocol, NGP (api §6.1): one JSON object per message, over HTTP and MQTT. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from trackers.reports.documents import decode_array, decode_json, read_shape
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    DeviceId,
    Latitude,
    Longitude,
    Mask,
    Metres,
    Number,
    Percent,
    bits,
    is_number,
    keep_attributes,
    known_precision,
    parse_moment,
    rounded,
    signal_percent,
)

MAX_NUMBERED = 16
# So many make a position (api §6.1); an unknown number is taken as enough.
MIN_SATELLITES = 3
# A line's end between two objects is found in no single JSON document.
_BETWEEN_OBJECTS = re.compile(rb"\}\s*\n\s*\{")


class FixType(StrEnum):
    HAS_FIX = "HAS_FIX"
    NO_FIX = "NO_FIX"
    LAST_KNOWN_POSITION = "LAST_KNOWN_POSITION"
    FIX_2D = "FIX_2D"
    FIX_3D = "FIX_3D"


class SourceType(StrEnum):
    GNSS = "GNSS"
    LBS = "LBS"
    ATLAS = "ATLAS"


class _Location(Struct):
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    altitude: Annotated[float, Meta(ge=-1000, le=10_000)] | None = None
    gnss_time: str | None = None
    fix_type: FixType | None = None
    satellites: Annotated[int, Meta(ge=0, le=64)] | None = None
    hdop: Number | None = None
    vdop: Number | None = None
    pdop: Number | None = None
    speed: Annotated[float, Meta(ge=0, le=10_000)] | None = None
    heading: Annotated[float, Meta(ge=0, le=360)] | None = None
    source_type: SourceType | None = None
    precision: Metres | None = None


class _Cell(Struct):
    mcc: int
    mnc: int
    lac: int
    cell_id: int
    rssi: Number | None = None


class _WifiPoint(Struct):
    mac: str
    rssi: Number


class _CustomAttribute(Struct):
    type: str
    value: Any
    id: str | int | None = None


class _Message(Struct):
    message_time: str
    device_id: DeviceId
    version: str | None = None
    location: _Location | None = None
    event_id: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    mobile_cells: list[_Cell] | None = None
    wifi_points: list[_WifiPoint] | None = None
    is_moving: bool | None = None
    hardware_mileage: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    battery_level: Percent | None = None
    input_status: Mask | None = None
    output_status: Mask | None = None
    hardware_key: str | None = None
    custom_attributes: list[_CustomAttribute] | None = None


_MEMBERS = frozenset(_Message.__struct_fields__)


def _measurement_names() -> Iterator[tuple[str, str]]:
    """What NGP calls a measurement, and what the vendor's models call the same input (api §6.1)."""
    yield from {
        "battery_voltage": "battery_voltage",
        "board_voltage": "board_voltage",
        "temperature_internal": "temp_sensor",
        "humidity_internal": "humidity_internal",
    }.items()
    numbered = {
        "analog": "analog",
        "temperature": "ext_temp_sensor",
        "humidity": "humidity",
        "fuel_level": "lls_level",
        "fuel_temperature": "lls_temperature",
        "impulse_counter": "impulse_counter",
    }
    for number in range(1, MAX_NUMBERED + 1):
        yield from ((f"{name}_{number}", f"{input_name}_{number}") for name, input_name in numbered.items())


MEASUREMENTS = dict(_measurement_names())


def split_messages(body: bytes) -> list[Raw] | None:
    """The messages of a JSON array or of lines of JSON, not yet decoded; None when the body is one message.

    Several messages in one body are our extension. Raises ReportError for an array that is not JSON.
    """
    body = body.strip()
    if body.startswith(b"["):
        return decode_array(body)
    if _BETWEEN_OBJECTS.search(body):
        return [Raw(line) for line in body.splitlines() if line.strip()]
    return None


def parse_message(body: bytes | Raw) -> Report:
    """The report in one message. Times are UTC, speed is km/h, mileage km.

    Raises ReportError, naming the member, when it is not JSON or has a value out of range.
    """
    document = decode_json(body)
    message = read_shape(document, _Message)
    if not message.message_time.endswith("Z"):
        raise ReportError("message_time", "must end in Z")
    further = {name: value for name, value in document.items() if name not in _MEMBERS}
    measured = {name: further.pop(name) for name in document if name in MEASUREMENTS}
    location = message.location
    return Report(
        device_id=message.device_id,
        time=parse_moment(message.message_time, "message_time"),
        fix=None if location is None else _read_fix(location),
        battery_percent=rounded(message.battery_level),
        gsm_percent=_cells_percent(message.mobile_cells),
        inputs=bits(message.input_status),
        outputs=bits(message.output_status),
        is_moving=message.is_moving,
        mileage_km=message.hardware_mileage,
        hardware_key=message.hardware_key or None,
        event_code=message.event_id,
        measurements={MEASUREMENTS[n]: _number(n, value) for n, value in measured.items() if value is not None},
        attributes=keep_attributes([*further.items(), *_more_attributes(message)]),
    )


def _read_fix(location: _Location) -> Fix | None:
    if location.fix_type in (FixType.NO_FIX, FixType.LAST_KNOWN_POSITION):
        return None
    if location.latitude is None or location.longitude is None:
        if location.latitude is location.longitude:
            return None
        raise ReportError("location.latitude" if location.latitude is None else "location.longitude", "is missing")
    is_cell_based = location.source_type is SourceType.LBS
    # Cell towers need no satellites to be a position.
    satellites = None if is_cell_based else location.satellites
    return Fix(
        latitude=location.latitude,
        longitude=location.longitude,
        speed_kmh=location.speed,
        heading_degrees=rounded(location.heading),
        altitude_m=rounded(location.altitude),
        satellites=satellites,
        precision_m=known_precision(location.precision),
        is_cell_based=is_cell_based,
        time=_gnss_time(location.gnss_time),
        is_valid=satellites is None or satellites >= MIN_SATELLITES,
    )


def _gnss_time(text: str | None) -> datetime | None:
    return parse_moment(text, "location.gnss_time") if text else None


def _cells_percent(cells: list[_Cell] | None) -> int | None:
    """The signal of the first cell, which is the one that serves."""
    return signal_percent(cells[0].rssi) if cells else None


def _number(name: str, value: Any) -> float:
    if not is_number(value):
        raise ReportError(name, "must be a number")
    return float(value)


def _more_attributes(message: _Message) -> Iterable[tuple[str, Any]]:
    if message.location is not None:
        yield from (("hdop", message.location.hdop), ("vdop", message.location.vdop), ("pdop", message.location.pdop))
    for attribute in message.custom_attributes or ():
        yield attribute.type if attribute.id is None else f"{attribute.type}_{attribute.id}", attribute.value
