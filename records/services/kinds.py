"""Kinds of reports, by the numbers of the vendor's plugins; apps to the right of this one add theirs (records §9.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from records.rendering.driving import Ignition, Material, engine_hours, speeding, stops, trips
from records.rendering.sheets import Content, Look
from trackers.models import Tracker
from trackers.services.history import kept_part, past_of, trips_of
from trackers.services.past_trips import MAX_REPORTS_READ, Period
from trackers.storage.history import read_ignition


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what a sheet is made."""

    user: User
    """Who asked for it."""
    tracker: Tracker
    period: Period
    look: Look
    now: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report."""

    title: str
    make: Callable[[Asked], Content]
    """What it says of a tracker."""
    has_overview: bool = False
    """Whether a sheet of all trackers comes first, made of the others' summaries."""


KINDS: dict[int, Kind] = {}


def add_kind(plugin_id: int, kind: Kind) -> None:
    """Has reports of this number made so."""
    KINDS[plugin_id] = kind


def _of_the_past(write: Callable[[Material, Look], Content]) -> Callable[[Asked], Content]:
    def make(asked: Asked) -> Content:
        past = past_of(asked.tracker.source, asked.period, asked.now)
        return write(Material(past.points, past.trips, past.is_cut), asked.look)

    return make


def _engine_hours(asked: Asked) -> Content:
    # Without positions, which cost several times what the ignition does.
    part = kept_part(asked.period)
    if part is None:
        return engine_hours(Ignition([], [], is_cut=True), asked.look)
    source = asked.tracker.source
    said = read_ignition(source.pk, part.since, part.until, most=MAX_REPORTS_READ + 1)
    is_much = len(said) > MAX_REPORTS_READ
    del said[MAX_REPORTS_READ:]
    found = trips_of(source, part, asked.now, with_cells=True)
    return engine_hours(Ignition(said, found.tracks, is_much or part != asked.period), asked.look)


TRIPS, STOPS, ENGINE_HOURS, SPEEDING = 4, 6, 7, 27
add_kind(TRIPS, Kind("Trip report", _of_the_past(trips)))
add_kind(STOPS, Kind("Stops report", _of_the_past(stops)))
add_kind(ENGINE_HOURS, Kind("Engine hours report", _engine_hours, has_overview=True))
add_kind(SPEEDING, Kind("Speed violation", _of_the_past(speeding)))
