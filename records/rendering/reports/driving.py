"""Reports on how trackers were driven: trips, stops, engine hours, speeding (records §9.3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from records.rendering.reports.measures import (
    Hours,
    Speeding,
    Stop,
    hours_by_day,
    runs_of,
    speeding_of,
    stops_of,
    trips_of,
)
from records.rendering.reports.sheets import (
    Content,
    Look,
    Row,
    Table,
    cell,
    count_cell,
    km,
    kmh,
    mean_kmh,
    place_cell,
    raw_of,
    time_of,
)
from trackers.engine.past import Point
from trackers.engine.tracks import Track, is_worth_listing


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of a tracker in a period."""

    points: Sequence[Point]
    spans: Sequence[Any]
    is_cut: bool


def trips(material: Material, look: Look) -> Content:
    """Plugin 4."""
    tracks = _trips(material, look)
    rows = [(track.start, _trip_row(track, look)) for track in tracks]
    only = [row for _, row in rows]
    total = _trips_total(look, only)
    summary = {
        "Trips": count_cell(len(rows)),
        "Total trips length, km": total["length"],
        "Travel time": total["time"],
        "Average speed, km/h": total["avg_speed"],
        "Max. speed, km/h": total["max_speed"],
    }
    columns = {
        "from": "Movement start",
        "to": "Movement end",
        "length": "Total trips length,\nkm",
        "time": "Travel time",
        "avg_speed": "Average speed,\nkm/h",
        "max_speed": "Max. speed,\nkm/h",
    }
    return Content([Table("Trips", columns, rows, lambda day: _trips_total(look, day)), summary], material.is_cut)


def _trips(material: Material, look: Look) -> list[Track]:
    tracks = trips_of(material.spans, material.points, only_worthy=look.only_worthy)
    return [track for track in tracks if look.keeps(track.start)]


def _trip_row(track: Track, look: Look) -> Row:
    kilometres = track.length_km
    return {
        "from": look.moment(track.start, track.points[0]),
        "to": look.moment(track.end, track.points[-1]),
        "length": km(kilometres),
        "time": look.duration(track.duration),
        "avg_speed": kmh(mean_kmh(kilometres, track.duration)),
        "max_speed": kmh(track.measure.max_speed_kmh),
    }


def _trips_total(look: Look, rows: Sequence[Row]) -> Row:
    kilometres, lasted = sum(raw_of(rows, "length")), time_of(rows)
    return {
        "length": km(kilometres),
        "time": look.duration(lasted),
        "avg_speed": kmh(mean_kmh(kilometres, lasted)),
        "max_speed": kmh(max(raw_of(rows, "max_speed"), default=0.0)),
    }


def stops(material: Material, look: Look) -> Content:
    """Plugin 6."""
    tracks = trips_of(material.spans, material.points, only_worthy=look.only_worthy)
    found = [stop for stop in stops_of(tracks, material.points) if look.keeps(stop.start)]
    rows = [(stop.start, _stop_row(stop, look)) for stop in found]
    driven = sum((track.duration for track in tracks), timedelta())
    summary = {
        "Stops": count_cell(len(rows)),
        "Stops duration": look.duration(time_of(row for _, row in rows)),
        "Travel time": look.duration(driven),
    }
    columns = {"start": "Start", "end": "End", "time": "Duration"}
    return Content(
        [Table("Stops", columns, rows, lambda day: {"time": look.duration(time_of(day))}), summary], material.is_cut
    )


def _stop_row(stop: Stop, look: Look) -> Row:
    return {
        "start": look.moment(stop.start, stop.point),
        "end": look.moment(stop.end, stop.point),
        "time": look.duration(stop.end - stop.start),
    }


@dataclass(frozen=True, slots=True)
class Ignition:
    """When reports came, what they said of the ignition, and the trips meanwhile."""

    said: Sequence[tuple[datetime, bool | None]]
    tracks: Sequence[Track]
    is_cut: bool


def engine_hours(ignition: Ignition, look: Look) -> Content:
    """Plugin 7."""
    tracks = [one for one in ignition.tracks if not look.only_worthy or is_worth_listing(one)]
    found = runs_of(one for one in ignition.said if look.keeps(one[0]))
    runs = [(begin, _run_row(begin, end, look)) for begin, end in found]
    days = hours_by_day(found, tracks, look.zone)
    rows = [_hours_row(day, hours, look) for day, hours in sorted(days.items())]
    total = _hours_total(look, [row for _, row in rows])
    summary = {"Engine hours": total["duration"], "In movement": total["in_movement"], "Idling": total["idle"]}
    run_columns = {"start": "Ignition on", "end": "Ignition off", "duration": "Duration"}
    columns = {"date": "Date", "duration": "Engine hours", "in_movement": "In movement", "idle": "Idling"}
    by_run = Table("Ignition", run_columns, runs, lambda day: {"duration": look.duration(time_of(day, "duration"))})
    by_day = Table("Engine hours", columns, rows, lambda day: _hours_total(look, day), is_by_day=False)
    text = "Without a report for twenty minutes the engine counts as off."
    return Content([summary, text, by_run, by_day], ignition.is_cut)


def _run_row(begin: datetime, end: datetime, look: Look) -> Row:
    return {"start": look.moment(begin), "end": look.moment(end), "duration": look.duration(end - begin)}


def _hours_row(day: date, hours: Hours, look: Look) -> tuple[datetime, Row]:
    begin = datetime(day.year, day.month, day.day, tzinfo=look.zone)
    row = {
        "date": cell(day.isoformat(), round(begin.timestamp() * 1000)),
        "duration": look.duration(hours.moving + hours.idle),
        "in_movement": look.duration(hours.moving),
        "idle": look.duration(hours.idle),
    }
    return begin, row


def _hours_total(look: Look, rows: Sequence[Row]) -> Row:
    return {field: look.duration(time_of(rows, field)) for field in ("duration", "in_movement", "idle")}


def speeding(material: Material, look: Look) -> Content:
    """Plugin 27."""
    least = timedelta(minutes=look.plugin["min_duration_minutes"])
    found = speeding_of(material.points, look.plugin["max_speed"], least)
    kept = [one for one in found if look.keeps(one.start)]
    dated = look.dated([one.start for one in kept])
    rows = [(one.start, _speeding_row(one, dated)) for one in kept]
    total = _speeding_total(look, [row for _, row in rows])
    summary = {
        "Violations": count_cell(len(rows)),
        "Total duration": total["duration"],
        "Max. speed, km/h": total["max_speed"],
    }
    columns = {
        "start_time": "Start time",
        "duration": "Duration",
        "max_speed": "Max. speed,\nkm/h",
        "avg_speed": "Average speed,\nkm/h",
        "max_speed_address": "Where it was fastest",
    }
    total_of = Table("Speed violation", columns, rows, lambda day: _speeding_total(look, day), is_by_day=False)
    return Content([summary, total_of], material.is_cut)


def _speeding_row(one: Speeding, look: Look) -> Row:
    place = one.fastest
    return {
        "start_time": look.moment(one.start),
        "duration": look.duration(one.end - one.start),
        "max_speed": kmh(one.max_kmh),
        "avg_speed": kmh(one.avg_kmh),
        "max_speed_address": place_cell(place),
    }


def _speeding_total(look: Look, rows: Sequence[Row]) -> Row:
    fastest = max(raw_of(rows, "max_speed"), default=0.0)
    return {"duration": look.duration(time_of(rows, "duration")), "max_speed": kmh(fastest)}
