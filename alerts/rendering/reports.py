"""Reports on zones and events as clients read them (records §9.3). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.engine.events import DESCRIPTIONS, Event
from alerts.engine.visits import Visit, worth_counting
from records.rendering.reports.sheets import Cell, Content, Look, Row, Table, cell, count_cell, km, raw_of, time_of

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Visited:
    """The visits of a tracker, and what the zones are called that were looked at."""

    visits: Sequence[Visit]
    labels: Mapping[int, str]
    is_cut: bool


def zone_visits(visited: Visited, look: Look) -> Content:
    """Plugin 8."""
    least = timedelta(minutes=look.plugin["min_minutes_in_zone"])
    kept = [one for one in worth_counting(visited.visits, least) if look.keeps(one.begin.time)]
    has_mileage = look.option("show_mileage", default=False)
    rows = [(one.begin.time, _visit_row(one, visited.labels, look, has_mileage=has_mileage)) for one in kept]
    columns = {"zone": "Geofence", "start": "Entered", "end": "Left", "time": "Time in geofence"}
    columns |= {"length": "Mileage,\nkm"} if has_mileage else {}
    total = _visits_total(look, [row for _, row in rows])
    summary = {"Visits": count_cell(len(rows)), "Visited geofences": count_cell(len({one.zone_id for one in kept}))}
    summary |= {"Time in geofences": total["time"]} | ({"Mileage, km": total["length"]} if has_mileage else {})
    parts: list[Table | dict[str, Cell]] = [
        Table("Geofence visits", columns, rows, lambda day: _visits_total(look, day)),
        summary,
    ]
    if look.option("show_not_visited_zones", default=False):
        missed = visited.labels.keys() - {one.zone_id for one in kept}
        parts += [_not_visited(sorted(visited.labels[zone_id] for zone_id in missed))]
    return Content(parts, visited.is_cut)


def _visit_row(visit: Visit, labels: Mapping[int, str], look: Look, *, has_mileage: bool) -> Row:
    row = {
        "zone": cell(labels[visit.zone_id], visit.zone_id),
        "start": look.moment(visit.begin.time, visit.begin),
        "end": look.moment(visit.end.time, visit.end),
        "time": look.duration(visit.duration),
    }
    return row | ({"length": km(visit.length_km)} if has_mileage else {})


def _visits_total(look: Look, rows: Sequence[Row]) -> Row:
    total = {"time": look.duration(time_of(rows))}
    has_mileage = all("length" in row for row in rows) and look.option("show_mileage", default=False)
    return total | ({"length": km(sum(raw_of(rows, "length")))} if has_mileage else {})


def _not_visited(labels: Collection[str]) -> Table:
    rows = [(_NEVER, {"zone": cell(label, number)}) for number, label in enumerate(labels, 1)]
    return Table("Not visited", {"zone": "Geofence"}, rows, lambda day: {}, is_by_day=False)


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of the history of events."""

    event: str
    time: datetime
    message: str
    place: tuple[float, float] | None


def all_events(entries: Sequence[Happened], look: Look, *, is_cut: bool) -> Content:
    """Plugin 11."""
    kept = [one for one in entries if look.keeps(one.time)]
    by_event = Counter(one.event for one in kept)
    summary: dict[str, Cell] = {"Events": count_cell(len(kept))}
    summary |= {_description(event): count_cell(count) for event, count in sorted(by_event.items())}
    if not look.option("group_by_type", default=False):
        return Content([_events("Events", kept, look), summary], is_cut)
    tables = [_events(_description(event), [one for one in kept if one.event == event], look) for event in by_event]
    return Content([*tables, summary], is_cut)


def _events(header: str, entries: Sequence[Happened], look: Look) -> Table:
    columns = {"time": "Time", "event": "Event", "message": "Message", "address": "Where"}
    return Table(header, columns, [(one.time, _event_row(one, look)) for one in entries], lambda day: {})


def _event_row(one: Happened, look: Look) -> Row:
    at = round(one.time.timestamp() * 1000)
    row = {
        "time": look.moment(one.time),
        "event": cell(_description(one.event), at),
        "message": cell(one.message, at),
        "address": cell("", at),
    }
    if one.place is not None:
        latitude, longitude = one.place
        row["address"] = {
            **cell(f"{latitude:.6f}, {longitude:.6f}", at),
            "location": {"lat": latitude, "lng": longitude},
        }
    return row


def _description(event: str) -> str:
    return DESCRIPTIONS[Event(event)] if event in DESCRIPTIONS else event
