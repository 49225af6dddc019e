"""What a Traccar server forwards: positions and events of any device that it understands (api §6.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct, ValidationError, convert

from trackers.reports.documents import decode_json, read_shape
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    DEVICE_ID_PATTERN,
    KMH_PER_KNOT,
    Latitude,
    Longitude,
    Number,
    bits,
    is_number,
    keep_attributes,
    known_precision,
    parse_moment,
    rounded,
    signal_percent,
)

_METRES_PER_KM = 1000
_MS_PER_HOUR = 3_600_000
MAX_NUMBERED = 16
MAX_SWITCHES = 32
_DEVICE_ID = re.compile(DEVICE_ID_PATTERN)

Check = Callable[[object], bool]


def _number(low: float, high: float) -> Check:
    return partial(is_number, low=low, high=high)


def _integer(low: int, high: int) -> Check:
    return lambda value: isinstance(value, int) and is_number(value, low=low, high=high)


# Attributes vary in type with the device's protocol, so each is looked at by itself: a shape would refuse them all.
_is_amount, _is_distance, _is_percent = _number(-1e15, 1e15), _number(0, 1e15), _number(0, 100)
_is_altitude, _is_metres = _number(-20_000, 100_000), _number(0, 10_000_000)
_is_speed, _is_degrees = _number(0, 10_000), _number(0, 360)
_is_satellites, _is_mask, _is_event_code = _integer(0, 255), _integer(0, 2**32 - 1), _integer(0, 2**31 - 1)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _measurement_names() -> Iterator[tuple[str, str]]:
    """What Traccar calls a measurement, and what the vendor's models call such an input (api §6.1)."""
    yield from {
        "battery": "battery_voltage",
        "power": "board_voltage",
        "fuel": "fuel",
        "fuelLevel": "fuel_level",
        "rpm": "rpm",
        "obdSpeed": "obd_speed",
        "deviceTemp": "temp_sensor",
        "humidity": "humidity_1",
    }.items()
    for number in range(1, MAX_NUMBERED + 1):
        yield f"adc{number}", f"analog_{number}"
        yield f"temp{number}", f"ext_temp_sensor_{number}"


MEASUREMENTS = dict(_measurement_names())


class _Device(Struct, rename="camel"):
    unique_id: str


class _Cell(Struct, rename="camel"):
    signal_strength: Number | None = None


class _Network(Struct, rename="camel"):
    carrier: str | None = None
    cell_towers: list[_Cell] | None = None


class _Position(Struct, rename="camel"):
    latitude: Latitude
    longitude: Longitude
    device_time: str | None = None
    fix_time: str | None = None
    server_time: str | None = None
    valid: bool = True
    # What follows varies with the protocol of the device; what cannot be is taken as unknown.
    altitude: Any = None
    accuracy: Any = None
    speed: Any = None
    course: Any = None
    network: Any = None
    attributes: dict[str, Any] | None = None


class _Event(Struct):
    type: str


class _Document(Struct):
    device: _Device
    event: _Event | None = None
    position: _Position | None = None


class _Attributes:
    """A position's attributes; each is taken once, what is left has no place of its own."""

    def __init__(self, attributes: dict[str, Any] | None) -> None:
        self.left = dict(attributes or {})

    def take(self, name: str, can_be: Check) -> Any:
        """The attribute, if it is there and can be what it should; else it is left."""
        return self.left.pop(name) if can_be(self.left.get(name)) else None

    def take_switches(self, mask: str, prefix: str) -> tuple[bool, ...] | None:
        """Inputs or outputs, from a bit mask or from `in1`, `in2`, …"""
        if (together := self.take(mask, _is_mask)) is not None:
            return bits(together)
        names = [f"{prefix}{number}" for number in range(1, MAX_SWITCHES + 1)]
        if not any(name in self.left for name in names):
            return None
        single = [self.take(name, _is_flag) for name in names]
        count = max((number for number, value in enumerate(single, 1) if value is not None), default=0)
        return tuple(value is True for value in single[:count])

    def take_measurements(self) -> dict[str, float]:
        """The numbers that metering sensors read, by input name."""
        names = [name for name in self.left if name in MEASUREMENTS]
        measured = {name: self.take(name, _is_amount) for name in names}
        return {MEASUREMENTS[name]: value for name, value in measured.items() if value is not None}


def parse_body(body: bytes) -> Report | None:
    """The report in a forwarded position or event; None when it is nothing for us, and never will be.

    Speed comes in knots, distances in metres, engine hours in milliseconds. Nothing for us are devices whose id
    no source can have, and events without a position: those Traccar makes itself, `deviceOffline` among them, and
    a device that is silent must not look as if it spoke. Raises ReportError for what no Traccar sends.
    """
    document = read_shape(decode_json(body), _Document)
    if document.position is None and document.event is None:
        raise ReportError("position", "is missing")
    if document.position is None or not _DEVICE_ID.fullmatch(document.device.unique_id):
        return None
    return _read_position(document.device.unique_id, document.position, document.event)


def _read_position(device_id: str, position: _Position, event: _Event | None) -> Report:
    attributes = _Attributes(position.attributes)
    odometer_m = attributes.take("odometer", _is_distance)
    hours_ms = attributes.take("hours", _is_distance)
    network = _read_network(position.network)
    time = position.device_time or position.fix_time or position.server_time or ""
    return Report(
        device_id=device_id,
        time=parse_moment(time, "position.deviceTime"),
        fix=_read_fix(position, attributes) if position.valid else None,
        battery_percent=rounded(attributes.take("batteryLevel", _is_percent)),
        ignition=attributes.take("ignition", _is_flag),
        gsm_percent=_read_signal(network, attributes),
        network_name=attributes.take("operator", _is_text) or network.carrier,
        roaming=attributes.take("roaming", _is_flag),
        inputs=attributes.take_switches("input", "in"),
        outputs=attributes.take_switches("output", "out"),
        is_moving=attributes.take("motion", _is_flag),
        mileage_km=None if odometer_m is None else odometer_m / _METRES_PER_KM,
        engine_hours=None if hours_ms is None else hours_ms / _MS_PER_HOUR,
        hardware_key=attributes.take("driverUniqueId", _is_text) or None,
        event_code=attributes.take("event", _is_event_code),
        measurements=attributes.take_measurements(),
        attributes=keep_attributes([*attributes.left.items(), *([("event", event.type)] if event else ())]),
    )


def _read_fix(position: _Position, attributes: _Attributes) -> Fix:
    speed_knots = _known(position.speed, _is_speed)
    return Fix(
        latitude=position.latitude,
        longitude=position.longitude,
        speed_kmh=None if speed_knots is None else speed_knots * KMH_PER_KNOT,
        heading_degrees=rounded(_known(position.course, _is_degrees)),
        altitude_m=rounded(_known(position.altitude, _is_altitude)),
        satellites=attributes.take("sat", _is_satellites),
        precision_m=known_precision(_known(position.accuracy, _is_metres)),
        is_cell_based=attributes.take("approximate", _is_flag) is True,
        time=parse_moment(position.fix_time, "position.fixTime") if position.fix_time else None,
    )


def _read_signal(network: _Network, attributes: _Attributes) -> int | None:
    strength = attributes.take("rssi", _is_amount)
    if strength is None and network.cell_towers:
        strength = network.cell_towers[0].signal_strength
    return signal_percent(strength)


def _known(value: Any, can_be: Check) -> Any:
    return value if can_be(value) else None


def _read_network(network: Any) -> _Network:
    try:
        return _Network() if network is None else convert(network, _Network)
    except ValidationError:
        return _Network()
