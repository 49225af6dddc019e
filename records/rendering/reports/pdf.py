"""Reports on paper: a PDF of tables (records §9.6). Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from records.rendering.reports.fonts import Fonts
from records.rendering.reports.tables import MORE

MAX_ROWS = 20_000
"""Of a document: some hundred pages, in seconds. Of more it says that spreadsheets have them."""
_WIDE = 6
"""Columns; a table with more lies across the page."""
_MARGIN, _GAP, _PADDING = 36.0, 8.0, 4.0
_SMALL, _LEADING, _TITLE = 8.0, 10.0, 14.0
_MOST_LINES = 4
_MEASURED = 300
_GREY, _LIGHT, _BLACK = 0.45, 0.93, 0.0
Line = Sequence[str]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above all, and at the foot of each page."""

    title: str
    period: str
    more: str = MORE
    """What is said where the document ends before the report does."""


def write_pdf(head: Head, sheets: Sequence[dict[str, Any]], fonts: Fonts) -> bytes:
    """The document; each sheet begins on a page of its own."""
    tables = [one for sheet in sheets for one in sheet["sections"] if one["type"] == "table"]
    is_wide = any(len(table["columns"]) > _WIDE for table in tables)
    paper = _Paper(landscape(A4) if is_wide else A4, head, fonts)
    for sheet in sheets or [{"header": "", "sections": []}]:
        paper.begin(sheet["header"])
        for section in sheet["sections"]:
            _draw_section(paper, section)
    return paper.end()


def _draw_section(paper: _Paper, section: dict[str, Any]) -> None:
    paper.space(_GAP)
    if section["type"] == "text":
        paper.write(section["text"])
        return
    paper.write(section["header"], size=_SMALL + 2, keep=4 * _LEADING)
    paper.space(_PADDING)
    if section["type"] == "map_table":
        rows = [(row["name"], str(row["v"])) for row in section["rows"]]
        _Grid(paper, ["", ""], rows, {1}, is_narrow=True).draw(rows)
    else:
        _draw_table(paper, section)


def _draw_table(paper: _Paper, section: dict[str, Any]) -> None:
    fields = [column["field"] for column in section["columns"]]
    titles = [column["title"].replace("\n", " ") for column in section["columns"]]
    to_right = {number for number, column in enumerate(section["columns"]) if column["align"] == "right"}
    samples = [_cells(row, fields) for row in islice(_rows_of(section), _MEASURED)]
    grid = _Grid(paper, titles, samples, to_right)
    grid.draw_titles()
    for block in section["data"]:
        if block["header"]:
            grid.draw_across(block["header"])
        grid.draw(_cells(row, fields) for row in block["rows"])
        total = _cells(block["total"], fields)
        if any(total):
            grid.draw_total(block["total"]["text"], total)


def _rows_of(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for block in section["data"]:
        yield from block["rows"]
        yield block["total"]


def _cells(row: dict[str, Any], fields: Sequence[str]) -> list[str]:
    return [str(row[field]["v"]) if field in row else "" for field in fields]


class _Paper:
    """Pages that are filled from above."""

    def __init__(self, size: tuple[float, float], head: Head, fonts: Fonts) -> None:
        self.canvas = Canvas(io.BytesIO(), pagesize=size, invariant=1)
        self.canvas.setTitle(head.title)
        self.fonts, self.head, (self.width, self._height) = fonts, head, size
        self._page, self._is_begun, self.y = 0, False, 0.0
        self.rows_left = MAX_ROWS

    def begin(self, header: str) -> None:
        """A sheet on a new page."""
        self.turn()
        if self._page == 1:
            self.write(self.head.title, size=_TITLE)
            self.write(self.head.period, grey=_GREY)
            self.space(_GAP)
        if header:
            self.write(header, size=_TITLE - 2)

    def turn(self) -> None:
        """A new page."""
        if self._page:
            self.canvas.showPage()
        self._page += 1
        self.y = self._height - _MARGIN
        foot = f"{self.head.title} · {self.head.period}"
        room = self.width - 2 * _MARGIN - 60
        self.put(_MARGIN, _MARGIN / 2, wrap(foot, room, self.fonts, _SMALL)[0], grey=_GREY)
        self.put(self.width - _MARGIN, _MARGIN / 2, str(self._page), grey=_GREY, to_right=True)

    def end(self) -> bytes:
        """The document with all that was drawn."""
        self.canvas.showPage()
        return bytes(self.canvas.getpdfdata())

    def space(self, height: float) -> None:
        self.y -= height

    def has_room(self, height: float) -> bool:
        return self.y - height >= _MARGIN

    def write(self, text: str, *, size: float = _SMALL, grey: float = _BLACK, keep: float = 0.0) -> None:
        """A paragraph; `keep`: with so much room for what follows on the same page."""
        for line in wrap(text, self.width - 2 * _MARGIN, self.fonts, size):
            if not self.has_room(size * 1.4 + keep):
                self.turn()
            self.y -= size * 1.4
            self.put(_MARGIN, self.y, line, size=size, grey=grey)

    def put(
        self, x: float, y: float, text: str, *, size: float = _SMALL, grey: float = _BLACK, to_right: bool = False
    ) -> None:
        """A line that begins at a place, or ends there."""
        x -= self.fonts.width(text, size) if to_right else 0.0
        self.canvas.setFillGray(grey)
        for name, part in self.fonts.runs(text):
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, y, part)
            x += self.fonts.width(part, size) if len(self.fonts.runs(text)) > 1 else 0.0

    def shade(self, height: float) -> None:
        """The background of a row of which the lower edge is here."""
        self.canvas.setFillGray(_LIGHT)
        self.canvas.rect(_MARGIN, self.y, self.width - 2 * _MARGIN, height, stroke=0, fill=1)


class _Grid:
    """The columns of a table, as wide as what is in them."""

    def __init__(
        self, paper: _Paper, titles: Line, samples: Sequence[Line], to_right: set[int], *, is_narrow: bool = False
    ) -> None:
        self._paper, self._titles, self._to_right = paper, titles, to_right
        room = paper.width - 2 * _MARGIN
        self._widths = shared([self._wanted(number, samples) for number in range(len(titles))], room, not is_narrow)

    def _wanted(self, number: int, samples: Sequence[Line]) -> float:
        words = self._titles[number].split() or [""]
        texts = [*words, *(line[number] for line in samples)]
        return max(self._paper.fonts.width(text, _SMALL) for text in texts) + 2 * _PADDING

    def draw_titles(self) -> None:
        """The heads of the columns, also on each page that the table goes on."""
        self._draw(self._titles, is_shaded=True)

    def draw_across(self, text: str) -> None:
        """A line over all columns, not alone at the foot of a page."""
        if not self._paper.has_room(3 * _LEADING + 2 * _PADDING):
            self._paper.turn()
            self.draw_titles()
        self._paper.write(text, grey=_GREY)
        self._paper.space(_PADDING)

    def draw(self, rows: Any) -> None:
        """Rows, as far as there may be more of them in the document."""
        for row in rows:
            self._paper.rows_left -= 1
            if self._paper.rows_left > 0:
                self._draw(row)
            elif self._paper.rows_left == 0:
                self._paper.write(self._paper.head.more)

    def draw_total(self, text: str, cells: Line) -> None:
        """The sums of the rows above."""
        first = cells[0] or text
        if self._paper.rows_left > 0:
            self._draw([first, *cells[1:]], is_shaded=True)

    def _lines(self, cell: str, width: float) -> list[str]:
        lines = wrap(cell, width - 2 * _PADDING, self._paper.fonts, _SMALL)
        return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][:-1]}…"]

    def _draw(self, cells: Line, *, is_shaded: bool = False) -> None:
        paper = self._paper
        lines = [self._lines(cell, width) for cell, width in zip(cells, self._widths, strict=True)]
        height = max(map(len, lines)) * _LEADING + _PADDING
        if not paper.has_room(height):
            paper.turn()
            if any(self._titles) and cells is not self._titles:
                self.draw_titles()
        paper.space(height)
        if is_shaded:
            paper.shade(height)
        x = _MARGIN
        for number, (texts, width) in enumerate(zip(lines, self._widths, strict=True)):
            to_right = number in self._to_right
            for line, text in enumerate(texts):
                at = x + width - _PADDING if to_right else x + _PADDING
                paper.put(at, paper.y + height - _LEADING * (line + 1) + 1, text, to_right=to_right)
            x += width


def shared(wanted: Sequence[float], room: float, is_full: bool = True) -> list[float]:
    """How wide columns are: as they want to be where there is room, else narrow ones are, and the others share."""
    if sum(wanted) <= room:
        spare = (room - sum(wanted)) / len(wanted) if is_full else 0.0
        return [one + spare for one in wanted]
    fair = room / len(wanted)
    narrow = sum(one for one in wanted if one <= fair)
    broad = sum(one for one in wanted if one > fair)
    return [one if one <= fair else one / broad * (room - narrow) for one in wanted]


def wrap(text: str, width: float, fonts: Fonts, size: float) -> list[str]:
    """The lines of a text, broken between words; within a word that is too long."""
    if fonts.width(text, size) <= width:
        return [text]
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if fonts.width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines += _pieces(word, width, fonts, size)
    return [line for line in lines if line] or [""]


def _pieces(word: str, width: float, fonts: Fonts, size: float) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and fonts.width(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
