"""A report: what a device said, checked and in our units, but not believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec


class ReportError(Exception):
    """One report is bad; the others of its batch go on."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field_name = field_name
        self.reason = reason


class Fix(msgspec.Struct, frozen=True, gc=False):
    """A position as the device knows it."""

    latitude: float
    longitude: float
    speed_kmh: float | None = None
    heading_degrees: int | None = None
    altitude_m: int | None = None
    satellites: int | None = None
    precision_m: int | None = None
    is_cell_based: bool = False
    time: datetime | None = None
    """When it was taken, by the satellites' clock, UTC; None: as old as its report."""
    is_valid: bool = True
    """False: its protocol does not take it for a position."""
    has_assumed_unit: bool = False
    """Whether nobody said in which unit the speed came: it was taken for knots."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """One message of one device. None means that the device did not say."""

    device_id: str
    time: datetime
    """By the device's clock, UTC."""
    fix: Fix | None = None
    battery_percent: int | None = None
    ignition: bool | None = None
    gsm_percent: int | None = None
    network_name: str | None = None
    roaming: bool | None = None
    inputs: tuple[bool, ...] | None = None
    outputs: tuple[bool, ...] | None = None
    is_moving: bool | None = None
    """By the device's motion sensor."""
    mileage_km: float | None = None
    """By the device's own odometer, since whenever it began."""
    engine_hours: float | None = None
    """By the device's own count."""
    hardware_key: str | None = None
    event_code: int | None = None
    measurements: Mapping[str, float] = {}
    """Numbers that metering sensors read, by input name, as `board_voltage` or `analog_1`, in that input's unit."""
    attributes: Mapping[str, Any] = {}
    """Whatever else was said, by name: a JSON value, as it came."""
    left_out: tuple[str, ...] = ()
    """The names of what was said and cannot be right: it counts as unknown."""
