"""A vehicle that drives from place to place, waits at lights, visits customers and rests. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from trackers.simulation.course import Piece, Waypoint, plot_course
from trackers.simulation.profiles import Profile
from trackers.simulation.roads import Point, RoadNetwork, Street, find_route

# Longer steps would notice too late that it is time to brake.
_STEP_S = 1.0
_RED_LIGHT_CHANCE = 0.45
_RED_LIGHT_S = (6.0, 40.0)
# The driver's share of the limit, drawn anew for each street: traffic, mood, cobbles.
_TRAFFIC = (0.8, 1.05)
# Whoever stops for less leaves the engine running.
_ENGINE_OFF_AFTER_S = 90.0
# How far into a street a trip ends: clear of both junctions.
_KERB = (0.3, 0.7)
_NEAR_HOME_M = 600.0


class Phase(StrEnum):
    """What the vehicle is doing."""

    DRIVING = "driving"
    WAITING = "waiting"
    VISITING = "visiting"
    RESTING = "resting"


@dataclass(slots=True)
class Vehicle:
    """One vehicle. Create it with `place_vehicle`."""

    profile: Profile
    network: RoadNetwork
    home: int
    rng: Random
    street: Street
    """Where the trip ends, or the place of departure while none is planned."""
    kerb: float = 0.5
    """How far along that street, from 0 to 1."""
    phase: Phase = Phase.DRIVING
    speed_mps: float = 0.0
    odometer_m: float = 0.0
    _goes_home: bool = False
    _course: Sequence[Piece] = field(default=(), repr=False)
    _index: int = 0
    _into_m: float = 0.0
    _pause_s: float = 0.0
    _has_engine_on: bool = True

    @property
    def point(self) -> Point:
        """Where it is."""
        return self._course[self._index].point_at(self._into_m)

    @property
    def heading_degrees(self) -> float:
        """Where it points, clockwise from north."""
        return math.degrees(self._course[self._index].heading_rad)

    @property
    def has_ignition(self) -> bool:
        """True while the engine runs."""
        return self.phase in (Phase.DRIVING, Phase.WAITING) or self._has_engine_on

    def advance(self, seconds: float) -> None:
        """Goes on for that long."""
        while seconds > 0:
            if self.phase is Phase.DRIVING:
                seconds -= self._drive(min(seconds, _STEP_S))
            else:
                seconds -= self._stand(seconds)

    def plan_trip(self) -> None:
        """Chooses the next place and sets off from where it stands."""
        self._goes_home = self.rng.random() < self.profile.rest_chance and self._is_far_from(self.home)
        route = find_route(self.network, self.street, self.home if self._goes_home else self._draw_goal())
        here = self.network.point_on(self.street, self.kerb)
        self.street, self.kerb = route[-1], self.rng.uniform(*_KERB)
        self._course = plot_course(self._waypoints(here, route), self.profile)
        self._index, self._into_m, self.phase = 0, 0.0, Phase.DRIVING

    def skip(self, share: float) -> None:
        """Puts it as far along its trip as `share` (0 to 1) says, in full motion; at 1 it has arrived."""
        distance_m = share * sum(piece.length_m for piece in self._course)
        while distance_m > self._piece.length_m and self._index < len(self._course) - 1:
            distance_m -= self._piece.length_m
            self._index += 1
        self._into_m = min(distance_m, self._piece.length_m)
        self.speed_mps = self._piece.allowed_mps(self._into_m, self.profile.braking)
        if share >= 1:
            self._arrive()
            self._pause_s *= self.rng.random()

    @property
    def _piece(self) -> Piece:
        return self._course[self._index]

    def _is_far_from(self, junction: int) -> bool:
        return self.network.junctions[junction].distance_m(self._kerb_point()) > _NEAR_HOME_M

    def _kerb_point(self) -> Point:
        return self.network.point_on(self.street, self.kerb)

    def _draw_goal(self) -> int:
        least_m, most_m = self.profile.trip_m
        here = self._kerb_point()
        away_m = [here.distance_m(point) for point in self.network.junctions]
        return self.rng.choice([goal for goal, way_m in enumerate(away_m) if least_m <= way_m <= most_m])

    def _waypoints(self, here: Point, route: Sequence[Street]) -> list[Waypoint]:
        waypoints = [Waypoint(here, 0.0)]
        for street in route[:-1]:
            pace_mps, halt_s = self._draw_pace_mps(street), self._draw_red_light_s(street.end)
            waypoints.append(Waypoint(self.network.junctions[street.end], pace_mps, halt_s))
        return [*waypoints, Waypoint(self._kerb_point(), self._draw_pace_mps(route[-1]))]

    def _draw_pace_mps(self, street: Street) -> float:
        return min(street.limit_mps * self.rng.uniform(*_TRAFFIC), self.profile.top_speed_mps)

    def _draw_red_light_s(self, junction: int) -> float:
        # Drawn for each vehicle, not one cycle for all: nobody sees the lights, only that vehicles wait.
        is_red = junction in self.network.lights and self.rng.random() < _RED_LIGHT_CHANCE
        return self.rng.uniform(*_RED_LIGHT_S) if is_red else 0.0

    def _stand(self, seconds: float) -> float:
        """Stands for at most that long; the time that took."""
        stood_s = min(seconds, self._pause_s)
        self._pause_s -= stood_s
        if self._pause_s <= 0:
            self._set_off()
        return stood_s

    def _set_off(self) -> None:
        if self.phase is Phase.WAITING:
            self.phase = Phase.DRIVING
            self._enter_next_piece()
        else:
            self.plan_trip()

    def _drive(self, seconds: float) -> float:
        """Drives for at most that long, and at most to the end of the piece; the time that took."""
        left_m, before_mps = self._piece.length_m - self._into_m, self.speed_mps
        change = self._choose_acceleration(left_m, seconds)
        end_mps = math.sqrt(max(0.0, before_mps**2 + 2 * change * left_m))
        end_s = 2 * left_m / (before_mps + end_mps) if left_m > 0 else 0.0
        if end_s <= seconds:
            self.speed_mps = end_mps
            self.odometer_m += left_m
            self._leave_piece()
            return end_s
        self.speed_mps = before_mps + change * seconds
        distance_m = (before_mps + self.speed_mps) / 2 * seconds
        self._into_m += distance_m
        self.odometer_m += distance_m
        return seconds

    def _choose_acceleration(self, left_m: float, seconds: float) -> float:
        """In m/s²: brake in time for the end of the piece, else approach what is allowed."""
        piece, speed_mps = self._piece, self.speed_mps
        excess = (speed_mps**2 - piece.end_mps**2) / 2
        # One step early, so that braking is never harder than planned.
        if excess > 0 and excess >= self.profile.braking * (left_m - speed_mps * seconds):
            return -excess / max(left_m, 0.01)
        next_m = max(0.0, left_m - speed_mps * seconds)
        safe_mps = math.sqrt(piece.end_mps**2 + 2 * self.profile.braking * next_m)
        target_mps = max(speed_mps, min(piece.limit_mps, safe_mps))
        return min(self.profile.acceleration, (target_mps - speed_mps) / seconds)

    def _leave_piece(self) -> None:
        if self._index == len(self._course) - 1:
            self._arrive()
        elif self._piece.halt_s:
            self._halt(Phase.WAITING, self._piece.halt_s)
        else:
            self._enter_next_piece()

    def _enter_next_piece(self) -> None:
        self._index += 1
        self._into_m = 0.0

    def _arrive(self) -> None:
        if self._goes_home:
            self._halt(Phase.RESTING, self.rng.uniform(*self.profile.rest_s))
            self._has_engine_on = False
        else:
            self._halt(Phase.VISITING, self.rng.uniform(*self.profile.visit_s))
            self._has_engine_on = self._pause_s < _ENGINE_OFF_AFTER_S

    def _halt(self, phase: Phase, pause_s: float) -> None:
        self._into_m = self._piece.length_m
        self.speed_mps = 0.0
        self.phase, self._pause_s = phase, pause_s


def place_vehicle(profile: Profile, network: RoadNetwork, home: int, rng: Random) -> Vehicle:
    """A vehicle in the middle of its day, anywhere in the city: most drive, others visit or rest."""
    street = rng.choice(network.exits[rng.randrange(len(network.exits))])
    vehicle = Vehicle(profile, network, home, rng, street, odometer_m=rng.uniform(4e6, 180e6))
    vehicle.plan_trip()
    vehicle.skip(min(1.0, rng.uniform(0.0, 1.5)))
    return vehicle
