"""A report as clients read it: sheets of sections of tables, by the words of the vendor (records §9). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

from records.rendering.measures import (
    Hours,
    Speeding,
    Stop,
    TimeFilter,
    hours_by_day,
    runs_of,
    speeding_of,
    stops_of,
    trips_of,
)
from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import Track, rounded_kmh

MAX_ROWS = 10_000
"""Of a sheet; of more the later ones are left out, which the sheet says."""
Cell = dict[str, Any]
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of a tracker in a period."""

    tracker_id: int
    label: str
    points: Sequence[Point]
    spans: Sequence[Any]
    reports: Sequence[PastReport]
    """All that was reported, where the plugin asks for it."""
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How it is to be shown."""

    zone: tzinfo
    time_filter: TimeFilter
    plugin: Mapping[str, Any]

    def option(self, name: str, *, default: bool) -> bool:
        value = self.plugin.get(name)
        return default if value is None else bool(value)

    @property
    def only_worthy(self) -> bool:
        return self.option("filter", default=True)

    def clock(self, moment: datetime) -> str:
        shown = "%H:%M:%S" if self.option("show_seconds", default=False) else "%H:%M"
        return moment.astimezone(self.zone).strftime(shown)

    def duration(self, lasted: timedelta) -> Cell:
        seconds = int(lasted.total_seconds())
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        text += f":{seconds % 60:02}" if self.option("show_seconds", default=False) else ""
        return _cell(text, seconds)

    def moment(self, moment: datetime, point: Point | None = None) -> Cell:
        place = {} if point is None else {"location": {"lat": point.latitude, "lng": point.longitude}}
        return {**_cell(self.clock(moment), round(moment.timestamp() * 1000)), **place}

    def keeps(self, moment: datetime) -> bool:
        return self.time_filter.has(moment, self.zone)


@dataclass(frozen=True, slots=True)
class Table:
    """What it is called, its columns, its rows with the moment of each, and their totals."""

    header: str
    columns: Mapping[str, str]
    rows: Sequence[tuple[datetime, Row]]
    total: Callable[[Sequence[Row]], Row]
    is_by_day: bool = True
    """Whether there is a block for each day; else there is one for all."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a report says of a tracker, in the order in which programs of the vendor's look for it."""

    parts: Sequence[Table | Mapping[str, Cell] | str]
    """Tables, summaries by name, and texts."""

    @property
    def rows(self) -> int:
        """Of the longest table."""
        return max((len(part.rows) for part in self.parts if isinstance(part, Table)), default=0)


def make_sheet(material: Material, look: Look) -> dict[str, Any] | None:
    """The sheet of a tracker; None for an empty one that is to be hidden."""
    content = PLUGINS[look.plugin["plugin_id"]](material, look)
    if not content.rows and look.option("hide_empty_tabs", default=False):
        return None
    is_short = look.option("include_summary_sheet_only", default=False)
    sections = [_section(part, look) for part in content.parts if not (is_short and isinstance(part, Table))]
    if material.is_cut or content.rows > MAX_ROWS:
        sections.append(_text("Not all of the period is there."))
    return {"header": material.label, "sections": sections, "entity_ids": [material.tracker_id], "additional_field": ""}


def make_overview(sheets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A sheet with the summaries of all trackers, a row each."""
    rows, columns = [], {"tracker": "Tracker"}
    for sheet in sheets:
        (summary,) = (one for one in sheet["sections"] if one["type"] == "map_table")
        columns |= {f"value_{number}": row["name"] for number, row in enumerate(summary["rows"])}
        cells = {f"value_{number}": _cell(row["v"], row["raw"]) for number, row in enumerate(summary["rows"])}
        rows.append({"tracker": {"v": sheet["header"], "type": "value"}, **cells})
    table = _table_of("Summary", columns, [{"header": "", "rows": rows, "total": {"text": ""}}])
    return {"header": "Summary", "sections": [table], "entity_ids": [], "additional_field": ""}


def _section(part: Table | Mapping[str, Cell] | str, look: Look) -> dict[str, Any]:
    if isinstance(part, Table):
        return _table_of(part.header, part.columns, _blocks(part, look))
    return _text(part) if isinstance(part, str) else _summary(part)


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "style": "small_print", "text": text}


def _table_of(header: str, columns: Mapping[str, str], blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "table",
        "header": header,
        "columns": [
            {"field": field, "title": title, "align": "left" if field in _LEFT else "right", "width": 1, "weight": 0}
            for field, title in columns.items()
        ],
        "column_groups": [],
        "data": blocks,
    }


_LEFT = {"from", "to", "start", "end", "start_time", "date", "tracker", "max_speed_address"}


def _blocks(table: Table, look: Look) -> list[dict[str, Any]]:
    rows = table.rows[:MAX_ROWS]
    if not table.is_by_day:
        return [_block("", [row for _, row in rows], table)] if rows else []
    days = groupby(rows, lambda one: one[0].astimezone(look.zone).date())
    return [_day(day, [row for _, row in found], table) for day, found in days]


def _day(day: date, rows: Sequence[Row], table: Table) -> dict[str, Any]:
    return _block(f"{day:%b} {day.day}, {day.year} ({day:%a}) : {len(rows)}", rows, table)


def _block(header: str, rows: Sequence[Row], table: Table) -> dict[str, Any]:
    return {"header": header, "rows": rows, "total": {"text": "In total:", **table.total(rows)}}


def _summary(summary: Mapping[str, Cell]) -> dict[str, Any]:
    rows = [{"name": name, "v": one["v"], "raw": one["raw"], "highlight": False} for name, one in summary.items()]
    return {"type": "map_table", "header": "Summary", "rows": rows}


def _cell(text: str, raw: float) -> Cell:
    return {"v": text, "raw": raw, "type": "value"}


def _km(kilometres: float) -> Cell:
    return _cell(f"{kilometres:.2f}", round(kilometres, 2))


def _kmh(speed: float) -> Cell:
    return _cell(str(rounded_kmh(speed)), rounded_kmh(speed))


def _count(number: int) -> Cell:
    return _cell(str(number), number)


def _raw(rows: Iterable[Row], field: str) -> list[float]:
    return [row[field]["raw"] for row in rows]


def _lasted(rows: Iterable[Row], field: str = "time") -> timedelta:
    return timedelta(seconds=sum(_raw(rows, field)))


def _mean_kmh(kilometres: float, lasted: timedelta) -> float:
    return kilometres / (lasted / timedelta(hours=1)) if lasted else 0.0


def trips(material: Material, look: Look) -> Content:
    """Plugin 4."""
    tracks = _trips(material, look)
    rows = [(track.start, _trip_row(track, look)) for track in tracks]
    only = [row for _, row in rows]
    total = _trips_total(look, only)
    summary = {
        "Trips": _count(len(rows)),
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
    return Content([Table("Trips", columns, rows, lambda day: _trips_total(look, day)), summary])


def _trips(material: Material, look: Look) -> list[Track]:
    tracks = trips_of(material.spans, material.points, only_worthy=look.only_worthy)
    return [track for track in tracks if look.keeps(track.start)]


def _trip_row(track: Track, look: Look) -> Row:
    kilometres = track.length_km
    return {
        "from": look.moment(track.start, track.points[0]),
        "to": look.moment(track.end, track.points[-1]),
        "length": _km(kilometres),
        "time": look.duration(track.duration),
        "avg_speed": _kmh(_mean_kmh(kilometres, track.duration)),
        "max_speed": _kmh(track.measure.max_speed_kmh),
    }


def _trips_total(look: Look, rows: Sequence[Row]) -> Row:
    kilometres, lasted = sum(_raw(rows, "length")), _lasted(rows)
    return {
        "length": _km(kilometres),
        "time": look.duration(lasted),
        "avg_speed": _kmh(_mean_kmh(kilometres, lasted)),
        "max_speed": _kmh(max(_raw(rows, "max_speed"), default=0.0)),
    }


def stops(material: Material, look: Look) -> Content:
    """Plugin 6."""
    tracks = trips_of(material.spans, material.points, only_worthy=look.only_worthy)
    found = [stop for stop in stops_of(tracks, material.points) if look.keeps(stop.start)]
    rows = [(stop.start, _stop_row(stop, look)) for stop in found]
    driven = sum((track.duration for track in tracks), timedelta())
    summary = {
        "Stops": _count(len(rows)),
        "Stops duration": look.duration(_lasted(row for _, row in rows)),
        "Travel time": look.duration(driven),
    }
    columns = {"start": "Start", "end": "End", "time": "Duration"}
    return Content([Table("Stops", columns, rows, lambda day: {"time": look.duration(_lasted(day))}), summary])


def _stop_row(stop: Stop, look: Look) -> Row:
    return {
        "start": look.moment(stop.start, stop.point),
        "end": look.moment(stop.end, stop.point),
        "time": look.duration(stop.end - stop.start),
    }


def engine_hours(material: Material, look: Look) -> Content:
    """Plugin 7."""
    tracks = trips_of(material.spans, material.points, only_worthy=look.only_worthy)
    kept = [report for report in material.reports if look.keeps(report.time)]
    runs = [(begin, _run_row(begin, end, look)) for begin, end in runs_of(kept)]
    days = hours_by_day(kept, tracks, look.zone)
    rows = [_hours_row(day, hours, look) for day, hours in sorted(days.items())]
    total = _hours_total(look, [row for _, row in rows])
    summary = {"Engine hours": total["duration"], "In movement": total["in_movement"], "Idling": total["idle"]}
    run_columns = {"start": "Ignition on", "end": "Ignition off", "duration": "Duration"}
    columns = {"date": "Date", "duration": "Engine hours", "in_movement": "In movement", "idle": "Idling"}
    by_run = Table("Ignition", run_columns, runs, lambda day: {"duration": look.duration(_lasted(day, "duration"))})
    by_day = Table("Engine hours", columns, rows, lambda day: _hours_total(look, day), is_by_day=False)
    return Content([summary, "Without a report for twenty minutes the engine counts as off.", by_run, by_day])


def _run_row(begin: datetime, end: datetime, look: Look) -> Row:
    return {"start": look.moment(begin), "end": look.moment(end), "duration": look.duration(end - begin)}


def _hours_row(day: date, hours: Hours, look: Look) -> tuple[datetime, Row]:
    begin = datetime(day.year, day.month, day.day, tzinfo=look.zone)
    row = {
        "date": _cell(day.isoformat(), round(begin.timestamp() * 1000)),
        "duration": look.duration(hours.moving + hours.idle),
        "in_movement": look.duration(hours.moving),
        "idle": look.duration(hours.idle),
    }
    return begin, row


def _hours_total(look: Look, rows: Sequence[Row]) -> Row:
    return {field: look.duration(_lasted(rows, field)) for field in ("duration", "in_movement", "idle")}


def speeding(material: Material, look: Look) -> Content:
    """Plugin 27."""
    least = timedelta(minutes=look.plugin["min_duration_minutes"])
    found = speeding_of(material.points, look.plugin["max_speed"], least)
    rows = [(one.start, _speeding_row(one, look)) for one in found if look.keeps(one.start)]
    total = _speeding_total(look, [row for _, row in rows])
    summary = {
        "Violations": _count(len(rows)),
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
    return Content([summary, total_of])


def _speeding_row(one: Speeding, look: Look) -> Row:
    place = one.fastest
    location = {"lat": place.latitude, "lng": place.longitude}
    return {
        "start_time": look.moment(one.start),
        "duration": look.duration(one.end - one.start),
        "max_speed": _kmh(one.max_kmh),
        "avg_speed": _kmh(one.avg_kmh),
        "max_speed_address": {
            "v": f"{place.latitude:.6f}, {place.longitude:.6f}",
            "raw": round(place.time.timestamp() * 1000),
            "type": "value",
            "location": location,
        },
    }


def _speeding_total(look: Look, rows: Sequence[Row]) -> Row:
    fastest = max(_raw(rows, "max_speed"), default=0.0)
    return {"duration": look.duration(_lasted(rows, "duration")), "max_speed": _kmh(fastest)}


TRIPS, STOPS, ENGINE_HOURS, SPEEDING = 4, 6, 7, 27
PLUGINS: Mapping[int, Callable[[Material, Look], Content]] = {
    TRIPS: trips,
    STOPS: stops,
    ENGINE_HOURS: engine_hours,
    SPEEDING: speeding,
}
TITLES = {TRIPS: "Trip report", STOPS: "Stops report", ENGINE_HOURS: "Engine hours report", SPEEDING: "Speed violation"}
