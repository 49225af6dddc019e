"""Sheets of a report in the words and the units of who reads a file of it (records §9.6). Pure.

The document that programs read is in English and in kilometres; `events/static/events/reports/` tells it on the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Fields = dict[str, Any]

PATTERNS = (
    "Speeding (of {n} min. or more)",
    "Idling (of {n} min. or more)",
    "Level before, {units}",
    "Level after, {units}",
    "Volume, {units}",
    "At the beginning, {units}",
    "At the end, {units}",
    "Refilled, {units}",
    "Drained, {units}",
    "Consumed, {units}",
    "Level at the beginning, {units}",
    "Level at the end, {units}",
    "Consumption, {units}/100 km",
)
"""Texts of reports with a value in them; `units` are those of a sensor."""
WORDED = "Event"
"""The column in which an event is named: whatever report it is of."""
_VALUE = re.compile(r"\{(\w+)\}")
_MATCHERS = {one: re.compile("(.+)".join(map(re.escape, _VALUE.split(one)[::2]))) for one in PATTERNS}
# What users call something stands behind, in parentheses.
_NAMED = re.compile(r"(.+?)( \(.*\))?")
_METRIC = re.compile(r", km(/h)?$")
_FIGURE = re.compile(r"-?\d+(?:\.(\d+))?")
_DAY = "%b %d, %Y (%a)"


@dataclass(frozen=True, slots=True)
class Unit:
    """In what ways and speeds are told: how many kilometres it is, and its signs, as the catalogues have them."""

    km: float
    way: str
    speed: str


METRIC = Unit(1.0, "{n} km", "{n} km/h")
MILES = Unit(1.609344, "{n} mi", "{n} mph")
NAUTICAL = Unit(1.852, "{n} nmi", "{n} kn")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: by which units, and what an English text and a day are to it."""

    unit: Unit
    word: Callable[[str], str]
    tell_day: Callable[[date], str]

    def tell(self, text: str) -> str:
        """A text of a report; one that says a unit of ways says the reader's."""
        plain = text.replace("\n", " ")
        main, name = _parts(plain)
        return self._filled(plain) or f"{self._filled(main) or self._with_unit(main)}{name}"

    def _filled(self, text: str) -> str | None:
        for pattern, matcher in _MATCHERS.items():
            if (found := matcher.fullmatch(text)) is not None:
                return found[1].join(_VALUE.split(self.word(pattern))[::2])
        return None

    def _with_unit(self, text: str) -> str:
        told, metric = self.word(text), _METRIC.search(text)
        if metric is None:
            return told
        own, other = (METRIC.speed, self.unit.speed) if metric[1] else (METRIC.way, self.unit.way)
        return told.removesuffix(self._sign(own)) + self._sign(other)

    def _sign(self, unit: str) -> str:
        return self.word(unit).replace("{n}", "").strip()


def tell_sheets(sheets: Sequence[Fields], reader: Reader) -> list[Fields]:
    """The sheets as their reader has them; what users wrote, as names of vehicles and messages, stays."""
    return [_sheet(sheet, reader) for sheet in sheets]


def _sheet(sheet: Fields, reader: Reader) -> Fields:
    is_of_a_tracker = bool(sheet["entity_ids"])
    header = sheet["header"] if is_of_a_tracker else reader.tell(sheet["header"])
    return {**sheet, "header": header, "sections": [_SECTIONS[one["type"]](one, reader) for one in sheet["sections"]]}


def _text(section: Fields, reader: Reader) -> Fields:
    return {**section, "text": reader.tell(section["text"])}


def _summary(section: Fields, reader: Reader) -> Fields:
    rows = [
        {**(_converted(row, reader.unit) if _is_metric(row["name"]) else row), "name": reader.tell(row["name"])}
        for row in section["rows"]
    ]
    return {**section, "header": reader.tell(section["header"]), "rows": rows}


def _table(section: Fields, reader: Reader) -> Fields:
    columns = section["columns"]
    metric = {one["field"] for one in columns if _is_metric(one["title"])}
    worded = {one["field"] for one in columns if one["title"] == WORDED}

    def tell(field: str, cell: Any) -> Any:
        if field in worded:
            return {**cell, "v": reader.word(cell["v"])}
        return _converted(cell, reader.unit) if field in metric else cell

    def row(cells: Mapping[str, Any]) -> Fields:
        return {field: tell(field, cell) for field, cell in cells.items()}

    data = [
        {
            **block,
            "header": _day_header(block["header"], reader),
            "rows": [row(one) for one in block["rows"]],
            "total": {**row(block["total"]), "text": reader.tell(block["total"]["text"])},
        }
        for block in section["data"]
    ]
    titles = [{**one, "title": reader.tell(one["title"])} for one in columns]
    return {**section, "header": reader.tell(section["header"]), "columns": titles, "data": data}


_SECTIONS = {"text": _text, "map_table": _summary, "table": _table}


def _is_metric(title: str) -> bool:
    return _METRIC.search(_parts(title.replace("\n", " "))[0]) is not None


def _parts(text: str) -> tuple[str, str]:
    """A text, and the name of what it is of, in parentheses."""
    found = _NAMED.fullmatch(text)
    return (text, "") if found is None else (found[1], found[2] or "")


def _day_header(header: str, reader: Reader) -> str:
    """ "May 2, 2024 (Thu) : 3", or nothing, where a table has no days."""
    day, colon, count = header.rpartition(" : ")
    if not day:
        return header
    return f"{reader.tell_day(datetime.strptime(day, _DAY).date())}{colon}{count}"


def _converted(cell: Fields, unit: Unit) -> Fields:
    """With as many digits as there were; what is no figure stays."""
    figure = _FIGURE.fullmatch(cell["v"])
    if figure is None or unit.km == 1:
        return cell
    value, digits = cell["raw"] / unit.km, len(figure[1] or "")
    return {**cell, "v": f"{value:.{digits}f}", "raw": value}
