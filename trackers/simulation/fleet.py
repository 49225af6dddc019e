"""A whole fleet, and who of it is to report next. Pure."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from trackers.simulation.city import build_city
from trackers.simulation.device import DRIVING_INTERVAL_S, Device, Reception, create_device
from trackers.simulation.profiles import PROFILES
from trackers.simulation.vehicle import place_vehicle

# A larger fleet reports less often by default. Server and simulator then take about half a core together.
MAX_DEFAULT_RATE = 60.0
# As many devices report at once when it starts, so that the map is not empty for the first seconds.
_FIRST_REPORTS = 300
_DEPOTS = 6


def create_fleet(members: Iterable[tuple[str, str]], seed: int) -> list[Device]:
    """The devices for pairs of device id and kind (a key of PROFILES), spread over the city in mid-day.

    The same seed gives the same drives, whatever steps the time takes and whoever reports.
    """
    network = build_city()
    rng = Random(seed)
    depots = [rng.randrange(len(network.junctions)) for _ in range(_DEPOTS)]
    devices = []
    for device_id, kind in members:
        profile = PROFILES[kind]
        home = rng.choice(depots) if profile.has_depot else rng.randrange(len(network.junctions))
        vehicle = place_vehicle(profile, network, home, Random(rng.getrandbits(64)))
        devices.append(create_device(device_id, vehicle, Random(rng.getrandbits(64))))
    return devices


@dataclass(frozen=True, slots=True)
class Turn:
    """The newest turn of a device at reporting, by the fleet's clock."""

    began_s: float = -math.inf
    interval_s: float = DRIVING_INTERVAL_S
    is_on: bool = False


class Fleet:
    """Devices that drive and take turns at reporting.

    `rate` is the reports per second of them all. By default each reports at its own interval, which comes to
    about N/8 for N devices, but to no more than MAX_DEFAULT_RATE. With another rate all intervals are
    stretched or shortened alike. The first reports of all go out at once.
    """

    def __init__(self, devices: Sequence[Device], rate: float | None = None) -> None:
        self.devices = devices
        self._rate = rate
        self._clock_s = 0.0
        self._reports_due = float(min(len(devices), _FIRST_REPORTS))
        self._next: list[Device] = []
        self._turns = {device.device_id: Turn() for device in devices}

    def advance(self, seconds: float) -> None:
        """Lets everyone go on for that long."""
        for device in self.devices:
            device.advance(seconds)
        self._clock_s += seconds
        rate = self._natural_rate() if self._rate is None else self._rate
        # What could not be sent for a second is not made good later: a slow server gets no flood.
        most = max(rate, 1.0, self._reports_due)
        self._reports_due = min(self._reports_due + rate * seconds, most)
        ready = filter(self._is_ready, self.devices)
        self._next = heapq.nlargest(int(self._reports_due), ready, key=self._urgency)[::-1]

    def take_turn(self) -> Device | None:
        """The device that waits longest by its interval, if a report is due; then call `end_turn`.

        Each gets one turn per `advance`: there is nothing new to say before.
        """
        if not self._next:
            return None
        device = self._next.pop()
        self._turns[device.device_id] = Turn(self._clock_s, device.interval_s, is_on=True)
        self._reports_due -= 1
        return device

    def end_turn(self, device: Device) -> None:
        """Notes that its report is sent or lost."""
        turn = self._turns[device.device_id]
        self._turns[device.device_id] = replace(turn, is_on=False)

    def _is_ready(self, device: Device) -> bool:
        return device.reception is not Reception.NO_NETWORK and not self._turns[device.device_id].is_on

    def _natural_rate(self) -> float:
        heard = (device for device in self.devices if device.reception is not Reception.NO_NETWORK)
        return min(MAX_DEFAULT_RATE, sum(1 / self._interval_s(device) for device in heard))

    def _urgency(self, device: Device) -> float:
        return (self._clock_s - self._turns[device.device_id].began_s) / self._interval_s(device)

    def _interval_s(self, device: Device) -> float:
        # Who has just stopped or set off says so soon, however seldom it reports otherwise.
        has_changed = device.interval_s != self._turns[device.device_id].interval_s
        return DRIVING_INTERVAL_S if has_changed else device.interval_s
