"""What a Traccar server forwards: positions and events of any device that it understands (api §6.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from trackers.reports.documents import decode_loosely
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    DEVICE_ID_PATTERN,
    KMH_PER_KNOT,
    Believed,
    as_number,
    bits,
    is_number,
    known_precision,
    read_moment,
    read_place,
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
_is_satellites, _is_mask, _is_event_code = _integer(0, 255), _integer(0, 2**32 - 1), _integer(0, 2**31 - 1)


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


class _Attributes:
    """A position's attributes; each is taken once, what is left has no place of its own."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.left = dict(attributes)

    def take(self, name: str, can_be: Check) -> Any:
        """The attribute, if it is there and can be what it should; else it is left."""
        return self.left.pop(name) if can_be(self.left.get(name)) else None

    def take_flag(self, name: str) -> bool | None:
        """Whether an attribute says yes, in whatever words; one that says neither is left."""
        flag = Believed().flag(name, self.left.get(name))
        if flag is not None:
            del self.left[name]
        return flag

    def take_switches(self, mask: str, prefix: str) -> tuple[bool, ...] | None:
        """Inputs or outputs, from a bit mask or from `in1`, `in2`, …"""
        if (together := self.take(mask, _is_mask)) is not None:
            return bits(together)
        names = [f"{prefix}{number}" for number in range(1, MAX_SWITCHES + 1)]
        if not any(name in self.left for name in names):
            return None
        single = [self.take_flag(name) for name in names]
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
    a device that is silent must not look as if it spoke. Device, place and time decide: raises ReportError for what
    no Traccar sends; what else cannot be right is unknown.
    """
    content = _object(decode_loosely(body), "body")
    unique_id = _object(_required(content, "device"), "device").get("uniqueId")
    if not isinstance(unique_id, str | int):
        raise ReportError("device.uniqueId", "is missing")
    device_id = str(unique_id).strip()
    position, event = content.get("position"), content.get("event")
    if position is None and event is None:
        raise ReportError("position", "is missing")
    if position is None or not _DEVICE_ID.fullmatch(device_id):
        return None
    believed = Believed()
    kind = believed.text("event.type", believed.members("event", event).get("type"))
    return believed.note(_read_position(device_id, _object(position, "position"), kind, believed))


def _required(content: Mapping[str, Any], name: str) -> Any:
    if content.get(name) is None:
        raise ReportError(name, "is missing")
    return content[name]


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ReportError(name, "must be an object")
    return value


def _read_position(device_id: str, position: Mapping[str, Any], event: str | None, believed: Believed) -> Report:
    attributes = _Attributes(believed.members("position.attributes", position.get("attributes")))
    odometer_m = attributes.take("odometer", _is_distance)
    hours_ms = attributes.take("hours", _is_distance)
    network = believed.members("position.network", position.get("network"))
    fix = _read_fix(position, attributes, believed)
    time = position.get("deviceTime") or position.get("fixTime") or position.get("serverTime")
    return Report(
        device_id=device_id,
        time=read_moment(time, "position.deviceTime"),
        fix=fix,
        battery_percent=rounded(attributes.take("batteryLevel", _is_percent)),
        ignition=attributes.take_flag("ignition"),
        gsm_percent=_read_signal(network, attributes),
        network_name=attributes.take("operator", _is_text) or _carrier(network),
        roaming=attributes.take_flag("roaming"),
        inputs=attributes.take_switches("input", "in"),
        outputs=attributes.take_switches("output", "out"),
        is_moving=attributes.take_flag("motion"),
        mileage_km=None if odometer_m is None else odometer_m / _METRES_PER_KM,
        engine_hours=None if hours_ms is None else hours_ms / _MS_PER_HOUR,
        hardware_key=attributes.take("driverUniqueId", _is_text) or None,
        event_code=attributes.take("event", _is_event_code),
        measurements=attributes.take_measurements(),
        attributes=believed.attributes([*attributes.left.items(), ("event", event)]),
    )


def _read_fix(position: Mapping[str, Any], attributes: _Attributes, believed: Believed) -> Fix | None:
    names = ("position.latitude", "position.longitude")
    place = read_place(position.get("latitude"), position.get("longitude"), names)
    if place is None and "latitude" not in position:
        raise ReportError(names[0], "is missing")
    if place is None or believed.flag("position.valid", position.get("valid")) is False:
        return None
    fix_time = position.get("fixTime")

    def number(name: str, low: float, high: float) -> float | None:
        return believed.number(f"position.{name}", position.get(name), low=low, high=high)

    speed_knots = number("speed", 0, 10_000)
    return Fix(
        *place,
        speed_kmh=None if speed_knots is None else speed_knots * KMH_PER_KNOT,
        heading_degrees=rounded(number("course", 0, 360)),
        altitude_m=rounded(number("altitude", -20_000, 100_000)),
        satellites=attributes.take("sat", _is_satellites),
        precision_m=known_precision(number("accuracy", 0, 10_000_000)),
        is_cell_based=attributes.take_flag("approximate") is True,
        time=read_moment(fix_time, "position.fixTime") if fix_time else None,
    )


def _read_signal(network: Mapping[str, Any], attributes: _Attributes) -> int | None:
    strength = attributes.take("rssi", _is_amount)
    towers = network.get("cellTowers")
    if strength is None and isinstance(towers, list) and towers and isinstance(towers[0], dict):
        strength = as_number(towers[0].get("signalStrength"))
    return signal_percent(strength)


def _carrier(network: Mapping[str, Any]) -> str | None:
    carrier = network.get("carrier")
    return carrier if isinstance(carrier, str) else None
