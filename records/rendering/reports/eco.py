"""The report on how carefully trackers were driven: speeding, idling, harsh driving, by points (records §9.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from records.rendering.reports.measures import Speeding, speeding_of
from records.rendering.reports.sheets import (
    Cell,
    Content,
    Look,
    Row,
    Table,
    cell,
    count_cell,
    km,
    kmh,
    place_cell,
    raw_of,
    time_of,
)
from trackers.engine.past import PastReport, Point
from trackers.engine.replay import said_by
from trackers.engine.tracks import SILENCE, Track, is_worth_listing

SPEEDING_PENALTIES = {"10": 2, "20": 10, "30": 25, "50": 75}
"""Points by how many km/h it was too fast, where nothing else is asked for."""
HARSH_PENALTIES = {
    "harshAcceleration": 5,
    "harshBraking": 5,
    "harshTurn": 5,
    "harshAccelerationNTurn": 12,
    "harshBrakingNTurn": 12,
    "harshQuickLaneChange": 12,
}
TITLES = {
    "harshAcceleration": "Acceleration",
    "harshBraking": "Braking",
    "harshTurn": "Turn",
    "harshAccelerationNTurn": "Acceleration and turn",
    "harshBrakingNTurn": "Braking and turn",
    "harshQuickLaneChange": "Quick lane change",
    "": "Harsh driving",
}
# By what devices say it: the codes of NGP, and the alarms of Traccar.
_CODES = {
    236: "harshQuickLaneChange",
    237: "harshAccelerationNTurn",
    238: "harshBrakingNTurn",
    239: "harshTurn",
    240: "harshAcceleration",
    241: "harshBraking",
    243: "",
}
_ALARMS = {"hardAcceleration": "harshAcceleration", "hardBraking": "harshBraking", "hardCornering": "harshTurn"}


@dataclass(frozen=True, slots=True)
class Idling:
    """How long the engine ran while the tracker stood."""

    start: datetime
    end: datetime
    point: Point | None


@dataclass(frozen=True, slots=True)
class Harsh:
    """What a device said of how it was driven."""

    time: datetime
    kind: str
    """As penalties name it; "" where the device did not tell."""
    point: Point | None


@dataclass(frozen=True, slots=True)
class Driving:
    """What is known of how a tracker was driven."""

    reports: Sequence[PastReport]
    tracks: Sequence[Track]
    max_kmh: int
    is_cut: bool


def idling_of(reports: Sequence[PastReport], least: timedelta) -> list[Idling]:
    """Each time that the ignition was on and the tracker stood for so long, by what reports say of both.

    What a report does not tell is as it was; without a report for twenty minutes it is over.
    """
    found: list[Idling] = []
    begin: PastReport | None = None
    last: datetime | None = None
    is_on = is_standing = False
    for report in reports:
        if last is not None and report.time - last > SILENCE:
            found += _idling(begin, last, least)
            begin, is_on, is_standing = None, False, False
        is_on = is_on if report.ignition is None else report.ignition
        is_standing = is_standing if report.is_fast is None else not report.is_fast
        if is_on and is_standing:
            begin = begin or report
        else:
            found += _idling(begin, report.time, least)
            begin = None
        last = report.time
    return found + (_idling(begin, last, least) if last is not None else [])


def _idling(begin: PastReport | None, end: datetime, least: timedelta) -> list[Idling]:
    if begin is None or end - begin.time < least or end == begin.time:
        return []
    return [Idling(begin.time, end, begin.point)]


def harsh_of(reports: Sequence[PastReport]) -> Iterator[Harsh]:
    """All that devices said of harsh driving. A code is said once for each time, an alarm while it lasts."""
    before: set[str] = set()
    for report in reports:
        said = said_by(report) if b'"event_id"' in report.said or b'"alarm"' in report.said else {}
        kind = _CODES.get(said.get("event_id", 0))
        if kind is not None:
            yield Harsh(report.time, kind, report.point)
        alarms = {_ALARMS[one] for one in str(said.get("alarm", "")).split(",") if one in _ALARMS}
        yield from (Harsh(report.time, one, report.point) for one in sorted(alarms - before))
        before = alarms


def eco_driving(driving: Driving, look: Look) -> Content:
    """Plugin 46. Programs look for speeding as the third section and for idling as the fourth."""
    points = [report.point for report in driving.reports if report.point is not None]
    least_speeding = timedelta(minutes=look.plugin["min_speeding_duration"])
    least_idling = timedelta(minutes=look.plugin["min_idling_duration"])
    fast = [one for one in speeding_of(points, driving.max_kmh, least_speeding) if look.keeps(one.start)]
    idle = [one for one in idling_of(driving.reports, least_idling) if look.keeps(one.start)]
    harsh = [one for one in harsh_of(driving.reports) if look.keeps(one.time)]
    look = look.dated([*(one.start for one in fast), *(one.start for one in idle), *(one.time for one in harsh)])
    tables = [
        _speeding_table([(one.start, _speeding_row(one, driving.max_kmh, look)) for one in fast], look),
        _idling_table([(one.start, _idling_row(one, look)) for one in idle], look),
        _harsh_table([(one.time, _harsh_row(one, look)) for one in harsh], look),
    ]
    text = "Harsh driving is what the device tells of it."
    summary = {"Speed limit, km/h": kmh(driving.max_kmh), **_summary(tables, driving.tracks, look)}
    return Content([text, summary, *tables], driving.is_cut)


def _summary(tables: Sequence[Table], tracks: Sequence[Track], look: Look) -> Mapping[str, Cell]:
    rows = [[row for _, row in table.rows] for table in tables]
    length = sum(round(track.length_km, 2) for track in tracks if is_worth_listing(track) and look.keeps(track.start))
    points = [sum(raw_of(some, "penalty")) for some in rows]
    names = ("Speeding", "Idling", "Harsh driving")
    summary: dict[str, Cell] = {"Penalty points": count_cell(int(sum(points))), "Mileage, km": km(length)}
    if length:
        per_100_km = sum(points) * 100 / length
        summary["Penalty points per 100 km"] = cell(f"{per_100_km:.1f}", round(per_100_km, 1))
    for name, some, number in zip(names, rows, points, strict=True):
        summary[name] = count_cell(len(some))
        summary[f"{name}, penalty points"] = count_cell(int(number))
    return summary


def _penalties(look: Look, name: str, otherwise: Mapping[str, int]) -> Mapping[str, Any]:
    given = look.plugin[name]
    return otherwise if given is None else given


def _speeding_row(one: Speeding, max_kmh: int, look: Look) -> Row:
    steps = _penalties(look, "speeding_penalties", SPEEDING_PENALTIES)
    reached = [int(step) for step in steps if one.max_kmh - max_kmh >= int(step)]
    return {
        "start_time": look.moment(one.start),
        "duration": look.duration(one.end - one.start),
        "max_speed": kmh(one.max_kmh),
        "avg_speed": kmh(one.avg_kmh),
        "speed_limit": kmh(max_kmh),
        "penalty": count_cell(steps[str(max(reached))] if reached else 0),
        "max_speed_address": place_cell(one.fastest),
    }


def _speeding_table(rows: Sequence[tuple[datetime, Row]], look: Look) -> Table:
    columns = {
        "start_time": "Start time",
        "duration": "Duration",
        "max_speed": "Max. speed,\nkm/h",
        "avg_speed": "Average speed,\nkm/h",
        "speed_limit": "Speed limit,\nkm/h",
        "penalty": "Penalty points",
        "max_speed_address": "Where it was fastest",
    }
    header = f"Speeding (of {look.plugin['min_speeding_duration']} min. or more)"
    return Table(header, columns, rows, lambda day: _timed_total(day, look), is_by_day=False)


def _idling_row(one: Idling, look: Look) -> Row:
    return {
        "start_time": look.moment(one.start),
        "duration": look.duration(one.end - one.start),
        "penalty": count_cell(look.plugin["idling_penalty"]),
        "event_address": cell("", 0) if one.point is None else place_cell(one.point),
    }


def _idling_table(rows: Sequence[tuple[datetime, Row]], look: Look) -> Table:
    columns = {
        "start_time": "Start time",
        "duration": "Duration",
        "penalty": "Penalty points",
        "event_address": "Where it was",
    }
    header = f"Idling (of {look.plugin['min_idling_duration']} min. or more)"
    return Table(header, columns, rows, lambda day: _timed_total(day, look), is_by_day=False)


def _timed_total(rows: Sequence[Row], look: Look) -> Row:
    return {"duration": look.duration(time_of(rows, "duration")), **_penalty_total(rows)}


def _penalty_total(rows: Sequence[Row]) -> Row:
    return {"penalty": count_cell(int(sum(raw_of(rows, "penalty"))))}


def _harsh_row(one: Harsh, look: Look) -> Row:
    penalties = _penalties(look, "harsh_driving_penalties", HARSH_PENALTIES)
    return {
        "start_time": look.moment(one.time),
        "event": cell(TITLES[one.kind], round(one.time.timestamp() * 1000)),
        "penalty": count_cell(penalties.get(one.kind, 0)),
        "event_address": cell("", 0) if one.point is None else place_cell(one.point),
    }


def _harsh_table(rows: Sequence[tuple[datetime, Row]], look: Look) -> Table:
    columns = {
        "start_time": "Time",
        "event": "Event",
        "penalty": "Penalty points",
        "event_address": "Where it was",
    }
    return Table("Harsh driving", columns, rows, _penalty_total, is_by_day=False)
