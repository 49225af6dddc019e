"""Rows of a Traccar server's database, or of its API, as the positions that it forwards (api §6.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trackers.reports.documents import decode_loosely
from trackers.reports.report import Report, ReportError
from trackers.reports.traccar import parse_body
from trackers.reports.values import as_number

# A database writes names of columns in small letters, the API as programmers do.
_NAMES = {
    name.lower(): name
    for name in (
        ["deviceId", "uniqueId", "id", "deviceTime", "fixTime", "serverTime", "valid", "latitude", "longitude"]
        + ["altitude", "speed", "course", "accuracy", "attributes", "network"]
    )
}
_NUMBERS = {"latitude", "longitude", "altitude", "speed", "course", "accuracy"}
_DOCUMENTS = {"attributes", "network"}
# How databases write nothing, and truth.
_NOTHING = {"", "NULL", "\\N", "null"}
_TRUTH = {"t": True, "f": False, "\\x01": True, "\\x00": False}

_encode = msgspec.json.Encoder().encode


def read_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row by the names of Traccar's API, each value as that has it. Raises ReportError."""
    return dict(_members(row))


def _members(row: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        name = _NAMES.get(str(key).strip().lower())
        if name is None or value is None or (isinstance(value, str) and value.strip() in _NOTHING):
            continue
        if isinstance(value, str) and name in _DOCUMENTS:
            yield name, decode_loosely(value.encode())
        elif isinstance(value, str) and name in _NUMBERS:
            yield name, as_number(value)
        else:
            yield name, _TRUTH.get(value, value) if isinstance(value, str) else value


def number_of_device(row: Mapping[str, Any]) -> str:
    """By which number the server knows the device of a position. Raises ReportError."""
    if (number := row.get("deviceId")) is None:
        raise ReportError("deviceId", "is missing")
    return str(number).strip()


def unique_id(row: Mapping[str, Any]) -> tuple[str, str]:
    """The number of a device with what the device calls itself. Raises ReportError."""
    if row.get("id") is None or row.get("uniqueId") is None:
        raise ReportError("uniqueId", "is missing")
    return str(row["id"]).strip(), str(row["uniqueId"]).strip()


def report_of(row: Mapping[str, Any], device_id: str) -> Report:
    """The report in a position. Raises ReportError for what no device can have said."""
    report = parse_body(_encode({"device": {"uniqueId": device_id}, "position": row}))
    if report is None:
        raise ReportError("device.uniqueId", "can be no device's")
    return report
