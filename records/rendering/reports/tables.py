"""Reports as files: what a spreadsheet opens (records §9). Pure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import xlsxwriter

from accounts.wire.spreadsheets.writing import XLSX_OPTIONS, write_csv

_MAX_NAME = 31
Value = str | int | float
Sheet = dict[str, Any]
Word = Callable[[str], str]
DATE = "Date"
MORE = "The rest is in the report as a spreadsheet."
"""Where a document ends before the report does."""


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


def write_report(sheets: Sequence[Sheet], wanted: ReportFormat, word: Word) -> bytes:
    """The file of a report as a spreadsheet opens it; `word` tells an English text to its reader."""
    pages = [(sheet["header"], _lines(sheet, word(DATE))) for sheet in sheets]
    return (
        _write_xlsx(pages) if wanted is ReportFormat.XLSX else write_csv(line for _, lines in pages for line in lines)
    )


def _lines(sheet: Sheet, date_title: str) -> Iterator[list[Value]]:
    """A sheet as lines of cells, numbers as numbers."""
    yield [sheet["header"]]
    for section in sheet["sections"]:
        if section["type"] == "table":
            yield from _lines_of_table(section, date_title)
        elif section["type"] == "map_table":
            yield [section["header"]]
            yield from ([row["name"], _value(row)] for row in section["rows"])
        else:
            yield [section["text"]]
        yield []


def _lines_of_table(section: dict[str, Any], date_title: str) -> Iterator[list[Value]]:
    fields = [column["field"] for column in section["columns"]]
    yield [section["header"]]
    yield [date_title, *(column["title"].replace("\n", " ") for column in section["columns"])]
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


def _write_xlsx(pages: Sequence[tuple[str, Iterator[list[Value]]]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, XLSX_OPTIONS) as book:
        for number, (header, lines) in enumerate(pages or [("", iter(()))], 1):
            page = book.add_worksheet(_name(number, header))
            page.set_column(0, 0, 24)
            page.set_column(1, 8, 16)
            for row, line in enumerate(lines):
                page.write_row(row, 0, line)
    return file.getvalue()


def _name(number: int, label: str) -> str:
    """Of a page: no two alike, and none of the characters that a spreadsheet refuses."""
    plain = "".join(" " if character in "[]:*?/\\'" else character for character in label)
    return f"{number} {plain}"[:_MAX_NAME].strip()
