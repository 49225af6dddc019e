"""A report as clients read it: sheets of sections of tables, in the shape of the vendor's (records §9). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain, groupby
from typing import Any

from records.rendering.reports.addresses import place_text
from records.rendering.reports.measures import TimeFilter
from trackers.engine.past import Point
from trackers.engine.tracks import rounded_kmh

MAX_ROWS = 10_000
"""Of a sheet; of more the later ones are left out, which the sheet says."""
Cell = dict[str, Any]
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Look:
    """How it is to be shown."""

    zone: tzinfo
    time_filter: TimeFilter
    plugin: Mapping[str, Any]
    has_days: bool = False
    """Whether times are told with their days, as no header does."""

    def option(self, name: str, *, default: bool) -> bool:
        value = self.plugin.get(name)
        return default if value is None else bool(value)

    @property
    def only_worthy(self) -> bool:
        return self.option("filter", default=True)

    def clock(self, moment: datetime) -> str:
        shown = "%H:%M:%S" if self.option("show_seconds", default=False) else "%H:%M"
        shown = f"%Y-%m-%d {shown}" if self.has_days else shown
        return moment.astimezone(self.zone).strftime(shown)

    def duration(self, lasted: timedelta) -> Cell:
        seconds = int(lasted.total_seconds())
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        text += f":{seconds % 60:02}" if self.option("show_seconds", default=False) else ""
        return cell(text, seconds)

    def moment(self, moment: datetime, point: Point | None = None) -> Cell:
        place = {} if point is None else {"location": {"lat": point.latitude, "lng": point.longitude}}
        return {**cell(self.clock(moment), round(moment.timestamp() * 1000)), **place}

    def dated(self, moments: Sequence[datetime]) -> Look:
        """The same, but with days before times where these moments are not all of one day."""
        return replace(self, has_days=len({self.day_of(moment) for moment in moments}) > 1)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

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
    is_cut: bool = False
    """Whether not all of the period is in it."""

    @property
    def rows(self) -> int:
        """Of the longest table."""
        return max((len(part.rows) for part in self.parts if isinstance(part, Table)), default=0)


def make_sheet(tracker_id: int, label: str, content: Content, look: Look) -> dict[str, Any] | None:
    """The sheet of a tracker; None for an empty one that is to be hidden."""
    if not content.rows and look.option("hide_empty_tabs", default=False):
        return None
    is_short = look.option("include_summary_sheet_only", default=False)
    sections = [_section(part, look) for part in content.parts if not (is_short and isinstance(part, Table))]
    if content.is_cut or content.rows > MAX_ROWS:
        sections.append(_text("Not all of the period is there."))
    return {"header": label, "sections": sections, "entity_ids": [tracker_id], "additional_field": ""}


def make_overview(sheets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A sheet with the summaries of all trackers, a row each."""
    summaries = [_cells_of_summary(sheet) for sheet in sheets]
    fields = {name: f"value_{number}" for number, name in enumerate(dict.fromkeys(chain(*summaries)))}
    rows = [
        {"tracker": {"v": sheet["header"], "type": "value"}}
        | {field: summary.get(name, cell("", 0)) for name, field in fields.items()}
        for sheet, summary in zip(sheets, summaries, strict=True)
    ]
    columns = {"tracker": "Tracker"} | {field: name for name, field in fields.items()}
    table = _table_of("Summary", columns, [{"header": "", "rows": rows, "total": {"text": ""}}])
    return {"header": "Summary", "sections": [table], "entity_ids": [], "additional_field": ""}


def _cells_of_summary(sheet: Mapping[str, Any]) -> dict[str, Cell]:
    (summary,) = (one for one in sheet["sections"] if one["type"] == "map_table")
    return {row["name"]: cell(row["v"], row["raw"]) for row in summary["rows"]}


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


_LEFT = {"from", "to", "start", "end", "start_time", "date", "tracker", "max_speed_address", "zone", "event", "message"}
_LEFT |= {"address", "what", "event_address"}


def _blocks(table: Table, look: Look) -> list[dict[str, Any]]:
    rows = table.rows[:MAX_ROWS]
    if not table.is_by_day:
        return [_block("", [row for _, row in rows], table)] if rows else []
    days = groupby(rows, lambda one: look.day_of(one[0]))
    return [_day(day, [row for _, row in found], table) for day, found in days]


def _day(day: date, rows: Sequence[Row], table: Table) -> dict[str, Any]:
    return _block(f"{day:%b} {day.day}, {day.year} ({day:%a}) : {len(rows)}", rows, table)


def _block(header: str, rows: Sequence[Row], table: Table) -> dict[str, Any]:
    return {"header": header, "rows": rows, "total": {"text": "In total:", **table.total(rows)}}


def _summary(summary: Mapping[str, Cell]) -> dict[str, Any]:
    rows = [{"name": name, "v": one["v"], "raw": one["raw"], "highlight": False} for name, one in summary.items()]
    return {"type": "map_table", "header": "Summary", "rows": rows}


def cell(text: str, raw: float) -> Cell:
    """A cell: what a person reads, and the number."""
    return {"v": text, "raw": raw, "type": "value"}


def km(kilometres: float) -> Cell:
    """A way, to ten metres."""
    return cell(f"{kilometres:.2f}", round(kilometres, 2))


def kmh(speed: float) -> Cell:
    """A speed, to the whole kilometre."""
    return cell(str(rounded_kmh(speed)), rounded_kmh(speed))


def count_cell(number: int) -> Cell:
    """How many."""
    return cell(str(number), number)


def place_cell(point: Point) -> Cell:
    """A place, by its coordinates until its address is told; its number is when the tracker was there."""
    text = place_text((point.latitude, point.longitude))
    location = {"lat": point.latitude, "lng": point.longitude}
    return {**cell(text, round(point.time.timestamp() * 1000)), "location": location}


def raw_of(rows: Iterable[Row], field: str) -> list[float]:
    """The numbers of a column."""
    return [row[field]["raw"] for row in rows]


def time_of(rows: Iterable[Row], field: str = "time") -> timedelta:
    """The sum of a column of durations."""
    return timedelta(seconds=sum(raw_of(rows, field)))


def mean_kmh(kilometres: float, lasted: timedelta) -> float:
    """A mean speed; of no time 0."""
    return kilometres / (lasted / timedelta(hours=1)) if lasted else 0.0
