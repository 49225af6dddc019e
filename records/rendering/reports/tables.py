"""Reports as files: what a spreadsheet opens (records §9). Pure."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import xlsxwriter

from accounts.wire.spreadsheets.writing import XLSX_OPTIONS, write_csv

_MAX_NAME = 31
Value = str | int | float
Sheet = dict[str, Any]


class ReportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    PDF = "pdf"


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {
    ReportFormat.XLSX: XLSX,
    ReportFormat.CSV: "text/csv; charset=utf-8",
    ReportFormat.PDF: "application/pdf",
}


def file_name(title: str, report_id: int, wanted: ReportFormat) -> str:
    """What the file of a report is called."""
    plain = re.sub("[^A-Za-z0-9]+", "-", title).strip("-") or "report"
    return f"{plain}-{report_id}.{wanted}"


def write_report(sheets: Sequence[Sheet], wanted: ReportFormat) -> bytes:
    """The file of a report as a spreadsheet opens it."""
    return _write_xlsx(sheets) if wanted is ReportFormat.XLSX else _write_csv(sheets)


def _lines(sheet: Sheet) -> Iterator[list[Value]]:
    """A sheet as lines of cells, numbers as numbers."""
    yield [sheet["header"]]
    for section in sheet["sections"]:
        if section["type"] == "table":
            yield from _lines_of_table(section)
        elif section["type"] == "map_table":
            yield [section["header"]]
            yield from ([row["name"], _value(row)] for row in section["rows"])
        else:
            yield [section["text"]]
        yield []


def _lines_of_table(section: dict[str, Any]) -> Iterator[list[Value]]:
    fields = [column["field"] for column in section["columns"]]
    yield [section["header"]]
    yield ["Date", *(column["title"].replace("\n", " ") for column in section["columns"])]
    for day in section["data"]:
        date = day["header"].rpartition(" : ")[0]
        yield from ([date, *(_value(row[field]) for field in fields)] for row in day["rows"])
        total = day["total"]
        yield [total["text"], *(_value(total[field]) if field in total else "" for field in fields)]


def _value(cell: dict[str, Any]) -> Value:
    """What a person reads; a number where that says the same."""
    try:
        return float(cell["v"])
    except ValueError:
        return str(cell["v"])


def _write_csv(sheets: Sequence[Sheet]) -> bytes:
    return write_csv(line for sheet in sheets for line in _lines(sheet))


def _write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, XLSX_OPTIONS) as book:
        for number, sheet in enumerate(sheets or [{"header": "Report", "sections": []}], 1):
            page = book.add_worksheet(_name(number, sheet["header"]))
            page.set_column(0, 0, 24)
            page.set_column(1, 8, 16)
            for row, line in enumerate(_lines(sheet)):
                page.write_row(row, 0, line)
    return file.getvalue()


def _name(number: int, label: str) -> str:
    """Of a page: no two alike, and none of the characters that a spreadsheet refuses."""
    plain = "".join(" " if character in "[]:*?/\\'" else character for character in label)
    return f"{number} {plain}"[:_MAX_NAME].strip()
