"""Rows of a file that a spreadsheet has written: CSV of any kind, or XLSX. Pure."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl

from accounts.wire.spreadsheets.writing import as_meant

MAX_FILE_BYTES = 1_000_000
"""A proxy takes no more than a mebibyte, with what stands around the file."""
MAX_ROWS = 5_000
MAX_COLUMNS = 100
MAX_UNPACKED_BYTES = 32 * 1024 * 1024
"""Of an XLSX file, which is an archive."""
_MAX_BLANK_ROWS = 10_000
_CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "Windows-1252": "cp1252"}
_DELIMITERS = (",", ";", "\t")
# What is raised for a broken workbook has no common name; a SyntaxError is one of its XML.
_BROKEN = (zipfile.BadZipFile, LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError, OSError)
# By which spreadsheets are told the delimiter.
_TOLD = re.compile(r'"?sep=([,;\t])"?\r?\n')


class FileError(ValueError):
    """Why a file cannot be read; whoever sent it may be told."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells without spaces around them, as many as there are headers."""

    line: int
    """Of the file, counted from 1."""
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first line, and the rows below it that are not empty."""

    headers: list[str]
    rows: list[Row]
    encoding: str


Lines = Iterator[tuple[int, list[str]]]


def read_csv(data: bytes) -> Sheet:
    """CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Raises FileError."""
    _check_size(data)
    text, encoding = _decode(data)
    if "\0" in text:
        raise FileError("this is no text: choose XLSX for a workbook, or save it as CSV")
    told = _TOLD.match(text)
    text, skipped = (text[told.end() :], 1) if told else (text, 0)
    lines = _csv_lines(text, told[1] if told else _delimiter(text), skipped)
    return _sheet(lines, encoding)


def read_xlsx(data: bytes) -> Sheet:
    """The first page of a workbook; formulas are what they last came to. Raises FileError."""
    _check_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise FileError("the workbook is too large")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        page = book.worksheets[0]
        rows = page.iter_rows(max_row=MAX_ROWS + _MAX_BLANK_ROWS, max_col=MAX_COLUMNS + 1, values_only=True)
        found = [(line, [_text(value) for value in row]) for line, row in enumerate(rows, 1)]
    except FileError:
        raise
    except _BROKEN as error:
        raise FileError("this is no XLSX workbook, or a broken one") from error
    return _sheet(iter(found), "XLSX")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_FILE_BYTES:
        raise FileError(f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it")


def _decode(data: bytes) -> tuple[str, str]:
    tried = ("UTF-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("UTF-8", "Windows-1252")
    for name in tried:
        try:
            return data.decode(_CODECS[name]), name
        except UnicodeDecodeError:
            continue
    raise FileError("the text is neither UTF-8 nor Windows-1252")


def _delimiter(text: str) -> str:
    """What stands most often in the first line, outside quotation marks."""
    first = re.sub('"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    return max(_DELIMITERS, key=first.count)


def _csv_lines(text: str, delimiter: str, skipped: int) -> Lines:
    """Each row with the line that it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise FileError(f"line {line}: {error}") from error
        if row is None:
            return
        yield line, [as_meant(cell.strip()) for cell in row]


def _sheet(lines: Lines, encoding: str) -> Sheet:
    filled = ((line, cells) for line, cells in lines if any(cells))
    _, headers = next(filled, (0, []))
    headers = _headers(headers)
    rows = [Row(line, _fitted(line, cells, len(headers))) for line, cells in islice(filled, MAX_ROWS + 1)]
    if len(rows) > MAX_ROWS:
        raise FileError(f"there are more than {MAX_ROWS} rows: split the file")
    if not rows:
        raise FileError("there are no rows below the first line, which names the columns")
    return Sheet(headers, rows, encoding)


def _headers(cells: Iterable[str]) -> list[str]:
    """The names of columns, as the first line has them in whatever case, with spaces or without."""
    headers = ["_".join(cell.casefold().split()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise FileError(f"there are more than {MAX_COLUMNS} columns")
    if "" in headers:
        raise FileError(f"column {headers.index('') + 1} has no name in the first line")
    twice = next((one for one in headers if headers.count(one) > 1), None)
    if twice is not None:
        raise FileError(f"two columns are called {twice}")
    return headers


def _fitted(line: int, cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise FileError(f"line {line} has more cells than the first line has names")
    return (cells + [""] * width)[:width]


def _text(value: Any) -> str:
    """A cell of a workbook as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(" ") if isinstance(value, datetime) else _plain(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value).strip()
