"""Rows as files that a spreadsheet opens, and in which no text becomes a formula. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

import xlsxwriter

Value = str | int | float | None
# A spreadsheet takes what begins so for a formula; the wide ones are those of East Asian keyboards.
_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
XLSX_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def harmless(value: Value) -> Value:
    """The value of a CSV cell: text that a spreadsheet would take for a formula begins with an apostrophe.

    Numbers stay as they are. `as_meant` takes the apostrophe away again.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def as_meant(text: str) -> str:
    """A text of a CSV cell without the apostrophe that `harmless` has put before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def write_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """Rows with commas, in UTF-8 with the mark by which spreadsheets know it."""
    file = io.StringIO()
    csv.writer(file).writerows([harmless(value) for value in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def write_xlsx(title: str, rows: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one page; texts are texts, and long numbers that are texts stay whole."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, XLSX_OPTIONS) as book:
        page = book.add_worksheet(title)
        page.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file.getvalue()
