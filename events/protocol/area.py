"""Areas: windows on the map in which vehicles are followed, whichever they are (decision 109)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.schema import map_of, object_of, open_object, said
from accounts.wire.terms import INTEGER, between, one_of
from alerts.geometry.places import Box
from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus
from trackers.rendering.schema import EXAMPLE_TIME

MAX_TRACKERS_IN_AREA = 10_000
"""In an area are followed at once; as many as a page can show while they move."""
BLOCKED = "blocked"
_DATE_LINE = 180.0


@dataclass(frozen=True, slots=True)
class Area:
    """Between two latitudes and two longitudes, all of which belong to it; degrees.

    West of its `west` is its `east`, if it reaches across the 180th meridian.
    """

    north: float
    west: float
    south: float
    east: float

    def holds(self, place: tuple[float, float] | None) -> bool:
        """Whether a place is in it; who is nowhere is in none."""
        if place is None or not self.south <= place[0] <= self.north:
            return False
        # The meridian has two names.
        return self._spans(place[1]) or (abs(place[1]) == _DATE_LINE and self._spans(-place[1]))

    def _spans(self, longitude: float) -> bool:
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east

    @property
    def box(self) -> Box:
        east = self.east if self.west <= self.east else self.east + 360
        return Box(self.south, self.west, self.north, east)


def place_of(state: State) -> tuple[float, float] | None:
    """The latitude and longitude of a source, as far as they are known."""
    return None if state.gps is None else (state.gps.latitude, state.gps.longitude)


def status_of(connection: str, movement: str, *, is_blocked: bool) -> str:
    """The word by which a tracker is counted: what its connection is, or how it moves where that is up to date."""
    if is_blocked:
        return BLOCKED
    return movement if connection == ConnectionStatus.ACTIVE else connection


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """How many trackers there are by status; none has a status that is not named."""

    inside: Mapping[str, int]
    outside: Mapping[str, int]
    is_crowded: bool
    """Whether more are in the area than are followed."""


class View(Protocol):
    """What somebody sees of an account through an area that is looked at."""

    @property
    def area(self) -> Area: ...

    @property
    def is_crowded(self) -> bool:
        """Whether there were too many in it, so that none is followed."""

    def count(self) -> AreaCounts: ...

    def close(self) -> None:
        """Looks no more."""


_LATITUDE = said(between(-90.0, 90.0), "degrees")
_LONGITUDE = said(between(-180.0, 180.0), "degrees")
_CORNER = open_object({"lat": _LATITUDE, "lng": _LONGITUDE})
_BOUNDS = said(
    open_object({"nw": _CORNER, "se": _CORNER}), "`se` is west of `nw` where the area reaches across the 180th meridian"
)
AREA_TARGET = open_object({"type": one_of("area"), "bounds": _BOUNDS})


def read_area(name: str, value: Mapping[str, Any]) -> Area:
    """The area in a target. Raises ApiError INVALID_PARAMETERS."""
    bounds = Parameters(value, place=name).read("bounds", _BOUNDS)
    north, west = _read_corner(bounds.read("nw", _CORNER))
    south, east = _read_corner(bounds.read("se", _CORNER))
    if south > north:
        raise invalid_parameter(f"{name}.bounds", "must have se no further north than nw")
    return Area(north, west, south, east)


def _read_corner(corner: Parameters) -> tuple[float, float]:
    return corner.read("lat", _LATITUDE), corner.read("lng", _LONGITUDE)


def counts_event(counts: AreaCounts, user_time: str) -> str:
    """The event that tells of everybody in numbers."""
    data = {"inside": dict(counts.inside), "outside": dict(counts.outside), "crowded": counts.is_crowded}
    return messages.encode({"type": "event", "event": "area_counts", "user_time": user_time, "data": data})


_STATUSES = [BLOCKED, *MovementStatus, *(one for one in ConnectionStatus if one is not ConnectionStatus.ACTIVE)]
_COUNTS = said(map_of(INTEGER, key=f"^({'|'.join(_STATUSES)})$"), "trackers by status; none has one that is not named")
AREA_COUNTS = MessageSchema(
    "area_counts",
    "How many trackers are in the area of a `state_batch` and how many are not: at once, then when it is otherwise.",
    event_schema(
        "area_counts",
        object_of(
            {
                "inside": _COUNTS,
                "outside": _COUNTS,
                "crowded": said({"type": "boolean"}, "whether more are in the area than are followed"),
            }
        ),
    ),
    {
        "type": "event",
        "event": "area_counts",
        "user_time": EXAMPLE_TIME,
        "data": {"inside": {"moving": 12, "parked": 40}, "outside": {"moving": 310, "offline": 9}, "crowded": False},
    },
)
