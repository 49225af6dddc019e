"""The line that a vehicle follows on one trip, and how fast it may be where. Pure.

Corners are arcs, so a vehicle turns and does not jump round. Speeds are planned backwards from the
places where it must be slow, as an attentive driver does: bends, lower limits, stop lines and the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trackers.simulation.profiles import Profile
from trackers.simulation.roads import Point

# From where the turn begins to the middle of the junction; the stop line is there as well.
_JUNCTION_M = 12.0
_ARC_STEP_RAD = math.radians(10)
# Less than this is a bend in name only.
_STRAIGHT_RAD = math.radians(1)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A junction, or an end of the trip."""

    point: Point
    limit_mps: float
    """How fast the driver goes on the street that leads here."""
    halt_s: float = 0.0
    """How long the vehicle must stand at the stop line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight part of a course."""

    start: Point
    heading_rad: float
    """Clockwise from north."""
    length_m: float
    limit_mps: float
    end_mps: float = 0.0
    """The speed not to exceed at its end."""
    halt_s: float = 0.0
    """How long to stand at its end; the end of the course has none."""

    def point_at(self, distance_m: float) -> Point:
        """The point that far into the piece."""
        return Point(
            self.start.east_m + distance_m * math.sin(self.heading_rad),
            self.start.north_m + distance_m * math.cos(self.heading_rad),
        )

    def allowed_mps(self, distance_m: float, braking: float) -> float:
        """The speed from which braking is in time, that far into the piece."""
        return min(self.limit_mps, math.sqrt(self.end_mps**2 + 2 * braking * (self.length_m - distance_m)))


def plot_course(waypoints: Sequence[Waypoint], profile: Profile) -> tuple[Piece, ...]:
    """The pieces from the first waypoint to the last; the vehicle stands at both.

    Neighbouring waypoints are at least two junction halves (24 m) apart.
    """
    return _plan_speeds(list(_draw(waypoints, profile.cornering)), profile.braking)


def _draw(waypoints: Sequence[Waypoint], cornering: float) -> Iterator[Piece]:
    """Straights and arcs in turn; `cornering` is the sideways acceleration in m/s²."""
    here = waypoints[0].point
    for corner, after in zip(waypoints[1:-1], waypoints[2:], strict=True):
        heading = _heading(here, corner.point)
        length_m = here.distance_m(corner.point) - _JUNCTION_M
        straight = Piece(here, heading, length_m, corner.limit_mps, halt_s=corner.halt_s)
        yield straight
        turn = _turned(_heading(corner.point, after.point) - heading)
        limit_mps = min(corner.limit_mps, after.limit_mps, _bend_mps(turn, cornering))
        for piece in _arc(straight.point_at(straight.length_m), heading, turn, limit_mps):
            here = piece.point_at(piece.length_m)
            yield piece
    end = waypoints[-1]
    yield Piece(here, _heading(here, end.point), here.distance_m(end.point), end.limit_mps)


def _arc(start: Point, heading: float, turn: float, limit_mps: float) -> Iterator[Piece]:
    """The chords of the arc that leaves the junction as far behind as it began before it."""
    if abs(turn) < _STRAIGHT_RAD:
        yield Piece(start, heading, 2 * _JUNCTION_M, limit_mps)
        return
    count = math.ceil(abs(turn) / _ARC_STEP_RAD)
    step = turn / count
    chord_m = 2 * _radius_m(turn) * math.sin(abs(step) / 2)
    for number in range(count):
        piece = Piece(start, (heading + step * (number + 0.5)) % math.tau, chord_m, limit_mps)
        yield piece
        start = piece.point_at(chord_m)


def _plan_speeds(pieces: list[Piece], braking: float) -> tuple[Piece, ...]:
    planned = []
    next_mps = 0.0
    for piece in reversed(pieces):
        end_mps = 0.0 if piece.halt_s else min(next_mps, piece.limit_mps)
        planned.append(replace(piece, end_mps=end_mps))
        next_mps = planned[-1].allowed_mps(0.0, braking)
    return tuple(reversed(planned))


def _bend_mps(turn: float, cornering: float) -> float:
    return math.inf if abs(turn) < _STRAIGHT_RAD else math.sqrt(cornering * _radius_m(turn))


def _radius_m(turn: float) -> float:
    return _JUNCTION_M / math.tan(abs(turn) / 2)


def _heading(start: Point, end: Point) -> float:
    return math.atan2(end.east_m - start.east_m, end.north_m - start.north_m) % math.tau


def _turned(angle: float) -> float:
    """Angle brought to between -π and π: positive is to the right."""
    return (angle + math.pi) % math.tau - math.pi
