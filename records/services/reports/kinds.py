"""Kinds of reports, by the numbers of the vendor's plugins; apps to the right of this one add theirs (records §9.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from accounts.models import User
from records.models import Vehicle
from records.rendering.reports.driving import Ignition, Material, engine_hours, speeding, stops, trips
from records.rendering.reports.eco import Driving, eco_driving
from records.rendering.reports.fuel import Fuel, Tank, fuel_volume, jumps_of, steady
from records.rendering.reports.sheets import Content, Look
from trackers.engine.past import Point
from trackers.engine.sensors import MeteringSensor, Sensor
from trackers.engine.tracks import Track
from trackers.models import Tracker
from trackers.services.history import kept_part, past_of, trips_of
from trackers.services.past_readings import instruments_of, sensor_values
from trackers.services.past_trips import MAX_REPORTS_READ, Period
from trackers.storage.history import read_history, read_ignition


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


def _fuel(asked: Asked) -> Content:
    source, is_old = asked.tracker.source, kept_part(asked.period) != asked.period
    found = trips_of(source, asked.period, asked.now, with_cells=True)
    sensors = [one for one in instruments_of(source).sensors if one.sensor_type == "fuel"]
    parents = {parent for one in sensors if isinstance(one, MeteringSensor) for parent in one.parent_ids}
    tanks = [_tank(asked, one, found.tracks) for one in sensors if one.sensor_id not in parents]
    return fuel_volume(Fuel(tanks, found.tracks, is_old or found.is_cut), asked.look)


def _tank(asked: Asked, sensor: Sensor, tracks: Sequence[Track]) -> Tank:
    values = sensor_values(asked.tracker.source, sensor, asked.period, is_raw=False)
    levels = steady([(one.time, float(one.value)) for one in islice(values, MAX_REPORTS_READ)])
    jumps = [(jump, _place_at(asked.tracker.source_id, jump.begin[0])) for jump in jumps_of(levels, tracks)]
    units = (sensor.units if isinstance(sensor, MeteringSensor) else "") or "l"
    return Tank(sensor.name, units, levels, jumps)


def _eco_driving(asked: Asked) -> Content:
    source, part = asked.tracker.source, kept_part(asked.period)
    limit = _speed_limit(asked.tracker, asked.look)
    if part is None:
        return eco_driving(Driving([], [], limit, is_cut=True), asked.look)
    reports = read_history(source.pk, part.since, part.until, most=MAX_REPORTS_READ + 1)
    is_much = len(reports) > MAX_REPORTS_READ
    del reports[MAX_REPORTS_READ:]
    found = trips_of(source, part, asked.now, with_cells=True)
    is_cut = is_much or found.is_cut or part != asked.period
    return eco_driving(Driving(reports, found.tracks, limit, is_cut), asked.look)


def _speed_limit(tracker: Tracker, look: Look) -> int:
    """In km/h: what the tracker's vehicle has, if that is to count and there is one, or what is asked for."""
    own = Vehicle.objects.filter(tracker=tracker).values_list("max_speed", flat=True).first()
    return own if own and look.plugin["use_vehicle_speed_limit"] else int(look.plugin["speed_limit"])


def _place_at(source_id: int, moment: datetime) -> Point | None:
    return next((one.point for one in read_history(source_id, moment, moment, most=1)), None)


TRIPS, STOPS, ENGINE_HOURS, FUEL, SPEEDING, ECO_DRIVING = 4, 6, 7, 10, 27, 46
add_kind(TRIPS, Kind("Trip report", _of_the_past(trips)))
add_kind(STOPS, Kind("Stops report", _of_the_past(stops)))
add_kind(ENGINE_HOURS, Kind("Engine hours report", _engine_hours, has_overview=True))
add_kind(FUEL, Kind("Fuel volume report", _fuel, has_overview=True))
add_kind(SPEEDING, Kind("Speed violation", _of_the_past(speeding)))
add_kind(ECO_DRIVING, Kind("Eco-driving report", _eco_driving, has_overview=True))
