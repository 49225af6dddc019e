"""What is known of a source now (api §5.1): values only. What changes them is in trackers.engine. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from trackers.engine.trips import MovementStatus

Scalar = str | int | float | bool | None


class ConnectionStatus(StrEnum):
    JUST_REGISTERED = "just_registered"
    SIGNAL_LOST = "signal_lost"
    ACTIVE = "active"
    IDLE = "idle"
    OFFLINE = "offline"


class Gps(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The newest position."""

    updated: datetime
    latitude: float
    longitude: float
    heading_degrees: int | None = None
    speed_kmh: int | None = None
    altitude_m: int | None = None
    signal_percent: int | None = None
    precision_m: int | None = None
    is_cell_based: bool = False


class Gsm(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The newest word on the mobile network."""

    updated: datetime
    signal_percent: int | None = None
    network_name: str | None = None
    roaming: bool | None = None


class Attribute(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value that has no field of its own, with its time."""

    value: Scalar
    updated: datetime


class State(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a viewer can see of a source. All times are UTC; None means never or unknown."""

    source_id: int
    registered_at: datetime
    revision: int = 0
    """Grows by one with each change that a viewer can see."""

    gps: Gps | None = None
    gsm: Gsm | None = None
    connection_status: ConnectionStatus = ConnectionStatus.JUST_REGISTERED
    movement_status: MovementStatus = MovementStatus.PARKED
    movement_status_update: datetime | None = None
    ignition: bool | None = None
    ignition_update: datetime | None = None
    last_update: datetime | None = None
    battery_percent: int | None = None
    battery_update: datetime | None = None
    inputs: tuple[bool, ...] = ()
    inputs_update: datetime | None = None
    outputs: tuple[bool, ...] = ()
    outputs_update: datetime | None = None
    additional: Mapping[str, Attribute] = {}
    actual_track_update: datetime | None = None
