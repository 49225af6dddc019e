"""The tracker in a vehicle: its reception, its battery and its reports. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from trackers.simulation.city import altitude_m, geographic
from trackers.simulation.profiles import Profile
from trackers.simulation.vehicle import Phase, Vehicle

MPS_PER_KNOT = 1852 / 3600

# How often a vehicle reports while it drives, stands with the engine on, and is parked.
DRIVING_INTERVAL_S = 5.0
STANDING_INTERVAL_S = 15.0
PARKED_INTERVAL_S = 60.0

_MEAN_TIME_BETWEEN_LOSSES_S = 1800.0
_LOW_BATTERY_PERCENT = 15.0


class Reception(StrEnum):
    """What the device can do."""

    GOOD = "good"
    NO_FIX = "no fix"
    """A tunnel or a garage with a mobile network: it reports without a position."""
    NO_NETWORK = "no network"
    """It reports nothing; what happened meanwhile is not sent later."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A kind of lost reception, with its weight among the others and its least and longest duration."""

    reception: Reception
    weight: float
    span_s: tuple[float, float]


# The server calls a device idle after 5 minutes and offline after 10: most losses are shorter, a few show.
_LOSSES = (
    Loss(Reception.NO_FIX, 60, (15, 60)),
    Loss(Reception.NO_NETWORK, 34, (20, 150)),
    Loss(Reception.NO_NETWORK, 6, (330, 840)),
)


@dataclass(slots=True)
class Device:
    """A tracker and the vehicle that carries it."""

    device_id: str
    vehicle: Vehicle
    rng: Random
    battery_percent: float
    reception: Reception = Reception.GOOD
    _reception_left_s: float = math.inf

    @property
    def interval_s(self) -> float:
        """How often it wants to report now."""
        if self.vehicle.phase is Phase.DRIVING:
            return DRIVING_INTERVAL_S
        return STANDING_INTERVAL_S if self.vehicle.has_ignition else PARKED_INTERVAL_S

    @property
    def is_charging(self) -> bool:
        """True on the vehicle's power; a driver plugs it in elsewhere before it dies."""
        return self.vehicle.has_ignition or self.battery_percent < _LOW_BATTERY_PERCENT

    def advance(self, seconds: float) -> None:
        """Goes on for that long, vehicle included."""
        self.vehicle.advance(seconds)
        change = _battery_change_per_hour(self.vehicle.profile, self.is_charging) * seconds / 3600
        self.battery_percent = min(100.0, max(0.0, self.battery_percent + change))
        self._reception_left_s -= seconds
        if self._reception_left_s <= 0:
            self._change_reception()

    def _change_reception(self) -> None:
        if self.reception is Reception.GOOD:
            loss = self.rng.choices(_LOSSES, [loss.weight for loss in _LOSSES])[0]
            self.reception, self._reception_left_s = loss.reception, self.rng.uniform(*loss.span_s)
        else:
            self.reception, self._reception_left_s = Reception.GOOD, _draw_good_s(self.rng)


def create_device(device_id: str, vehicle: Vehicle, rng: Random) -> Device:
    """A device with good reception and a battery somewhere in its day."""
    return Device(device_id, vehicle, rng, rng.uniform(35, 100), _reception_left_s=_draw_good_s(rng))


def render_report(device: Device, time: datetime) -> dict[str, str]:
    """The fields of OsmAnd's query form: speed in knots, time in milliseconds, no position without a fix."""
    vehicle = device.vehicle
    fields = {
        "id": device.device_id,
        "timestamp": str(int(time.timestamp() * 1000)),
        "batt": f"{device.battery_percent:.0f}",
        "charge": _flag(device.is_charging),
        "ignition": _flag(vehicle.has_ignition),
        "motion": _flag(vehicle.speed_mps > 0),
        "odometer": f"{vehicle.odometer_m:.0f}",
    }
    return fields if device.reception is Reception.NO_FIX else {**fields, **dict(_fix_fields(vehicle))}


def _fix_fields(vehicle: Vehicle) -> Iterator[tuple[str, str]]:
    point = vehicle.point
    latitude, longitude = geographic(point)
    # Houses hide a part of the sky: how much depends on the place alone.
    satellites = round(10 + 2.4 * math.sin(point.east_m / 410) + 1.8 * math.sin(point.north_m / 530))
    yield "lat", f"{latitude:.6f}"
    yield "lon", f"{longitude:.6f}"
    yield "speed", f"{vehicle.speed_mps / MPS_PER_KNOT:.2f}"
    yield "bearing", f"{vehicle.heading_degrees:.1f}"
    yield "altitude", f"{altitude_m(point):.1f}"
    yield "accuracy", f"{45 / satellites:.1f}"
    yield "sat", str(satellites)


def _battery_change_per_hour(profile: Profile, is_charging: bool) -> float:
    return profile.charge_percent_per_hour if is_charging else -profile.drain_percent_per_hour


def _draw_good_s(rng: Random) -> float:
    return rng.expovariate(1 / _MEAN_TIME_BETWEEN_LOSSES_S)


def _flag(value: bool) -> str:
    return "true" if value else "false"
