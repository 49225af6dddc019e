"""What there is to see for rules when a report came, or time passed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag
from typing import Protocol

import msgspec

from alerts.geometry.places import Place
from alerts.geometry.shapes import Shape
from trackers.engine.past import PastReport, Point
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus, Gps
from trackers.engine.trips import MovementStatus, end_of_clock
from trackers.reports.report import Report

ALARM = "alarm"


class Facet(IntFlag):
    """What of a sight may concern a rule that remembers nothing."""

    PLACE = 1
    INPUTS = 2
    WORDS = 4
    SILENCE = 8
    STOP = 16
    VALUES = 32


# As plain numbers, as this is asked for each rule with each report.
ALL_FACETS = 63
_STOP, _SILENCE, _INPUTS, _WORDS = Facet.STOP.value, Facet.SILENCE.value, Facet.INPUTS.value, Facet.WORDS.value
_VALUES, _VALUES_AND_PLACE = Facet.VALUES.value, Facet.VALUES.value | Facet.PLACE.value
ALWAYS = 64
"""Of rules that remember something or are to begin: each sight may concern them."""


@dataclass(frozen=True, slots=True)
class Transition:
    """That a trip began, or ended."""

    time: datetime
    is_begin: bool


class Sight(msgspec.Struct, frozen=True, gc=False):
    """What became of a source, as of one moment."""

    time: datetime
    """When it was so: the report's time; of what time alone makes, now."""
    now: datetime
    """By the server's clock."""
    before: Record
    after: Record
    rules: Rules
    report: Report | None = None
    """None: time passed, or a report was repeated."""
    point: Point | None = None
    """The position in it, as far as it is believed."""
    is_news: bool = True
    """Whether it is newer than all that was judged before."""
    transitions: tuple[Transition, ...] = ()
    counts_silence_from: datetime | None = None
    """Nobody is silent by what was before that: the server was away."""
    facets: int = ALL_FACETS
    """Which of Facet there are."""
    is_begin: bool = False
    """Whether a rule begins: then all that is known is as good as new."""

    @property
    def has_news(self) -> bool:
        """Whether a report came that is newer than all others."""
        return self.report is not None and self.is_news

    @property
    def inputs(self) -> tuple[bool, ...] | None:
        """What the report says of its inputs; None: nothing."""
        return self.report.inputs if self.report is not None and self.is_news else None

    @property
    def alarms(self) -> frozenset[str]:
        """The alarms in the report."""
        return frozenset() if self.report is None else alarms_in(self.report.attributes.get(ALARM))

    @property
    def place(self) -> Place | None:
        """Where the report was made; None: it does not say."""
        return None if self.point is None else Place(self.point.latitude, self.point.longitude)

    @property
    def whereabouts(self) -> Place | None:
        """Where it is by this report, or while time passes by the last ones."""
        gps = self.after.state.gps
        if self.report is not None or gps is None:
            return self.place
        return Place(gps.latitude, gps.longitude)


class SourceSights(msgspec.Struct, frozen=True, gc=False):
    """What there is to see of a source in one transaction."""

    before: Record
    sights: tuple[Sight, ...]

    @property
    def facets(self) -> int:
        """What there is to see in any of them."""
        facets = 0
        for sight in self.sights:
            facets |= sight.facets
        return facets


def alarms_in(value: object) -> frozenset[str]:
    """The alarms in an attribute; several have commas between them."""
    return frozenset(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else frozenset()


class KnownZone(Protocol):
    """A zone, ready to be judged by."""

    @property
    def label(self) -> str: ...

    @property
    def shape(self) -> Shape: ...


class Index(Protocol):
    """Finds zones by their boxes."""

    def near(self, place: Place, margin_m: float = ...) -> Iterable[int]: ...


class Zones(Protocol):
    """The zones of an account, and where they lie."""

    @property
    def zones(self) -> Mapping[int, KnownZone]: ...

    @property
    def index(self) -> Index: ...


class Surroundings(msgspec.Struct, frozen=True, gc=False):
    """The zones of an account about a place."""

    known: Mapping[int, KnownZone]
    inside: frozenset[int] | None
    """Those in which it is; None: there is no place."""

    def labels(self, zone_ids: Collection[int]) -> list[str]:
        """What zones are called."""
        return [self.known[zone_id].label for zone_id in zone_ids if zone_id in self.known]


def look_around(zones: Zones | None, place: Place | None) -> Surroundings:
    """The zones about a place; of an account without any there is nothing to find."""
    if zones is None or place is None:
        return Surroundings(zones.zones if zones else {}, frozenset() if place else None)
    near = zones.index.near(place, 0.0)
    inside = [one for one in near if zones.zones[one].shape.contains(place)] if near else ()
    return Surroundings(zones.zones, frozenset(inside))


def sight_of_time(record: Record, rules: Rules, now: datetime, silence_from: datetime | None = None) -> Sight:
    """What there is to see when nothing but time has passed."""
    return Sight(now, now, record, record, rules, counts_silence_from=silence_from)


def sight_of_last(record: Record, rules: Rules, now: datetime) -> Sight:
    """What was to be seen last, of which a rule is not to fire that begins now (alerts §5.1)."""
    state = record.state
    time = state.last_update or now
    known = {name: one.value for name, one in state.additional.items() if name != ALARM or one.updated == time}
    report = Report("", time, battery_percent=state.battery_percent, inputs=state.inputs or None, attributes=known)
    point = None if state.gps is None else _point_of(state.gps)
    return Sight(time, now, record, record, rules, report=report, point=point, is_begin=True)


def _point_of(gps: Gps) -> Point:
    return Point(
        gps.updated,
        gps.latitude,
        gps.longitude,
        gps.speed_kmh,
        precision_m=gps.precision_m,
        is_cell_based=gps.is_cell_based,
    )


def transitions_of(before: Record, after: Record, past: PastReport | None, rules: Rules) -> tuple[Transition, ...]:
    """The trips that began and ended (alerts §5.5); a late report begins and ends none."""
    if past is None:
        ended = after.state.movement_status is MovementStatus.PARKED is not before.state.movement_status
        since = after.state.movement_status_update
        return (Transition(since, False),) if ended and since is not None else ()
    if not is_newer(past.time, before):
        return ()
    return tuple(_transitions_by_trips(before, after, past.time, rules))


def _transitions_by_trips(before: Record, after: Record, time: datetime, rules: Rules) -> Iterable[Transition]:
    status, since, _ = end_of_clock(before.trip, time, rules.trips)
    if status is MovementStatus.PARKED is not before.trip.status and since is not None:
        yield Transition(since, False)
    if status is MovementStatus.PARKED is not after.trip.status:
        yield Transition(time, True)
    if after.trip.status is MovementStatus.PARKED is not status:
        yield Transition(after.trip.since or time, False)


def facets_of(before: Record, after: Record, report: Report | None) -> int:
    """What there is to see at all, of Facet."""
    former, state = before.state, after.state
    facets = 0 if report is None else _facets_said(report)
    if not (former.movement_status is MovementStatus.MOVING is state.movement_status):
        facets |= _STOP
    if former.connection_status is ConnectionStatus.OFFLINE or state.connection_status is ConnectionStatus.OFFLINE:
        facets |= _SILENCE
    return facets


def _facets_said(report: Report) -> int:
    facets = _VALUES if report.fix is None else _VALUES_AND_PLACE
    if report.inputs is not None:
        facets |= _INPUTS
    if report.event_code is not None or report.battery_percent is not None or ALARM in report.attributes:
        facets |= _WORDS
    return facets


def is_newer(time: datetime, record: Record) -> bool:
    """Whether a moment is later than all that a source has reported."""
    return record.state.last_update is None or time > record.state.last_update
