"""Files as spreadsheets write them, and as nobody should."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.spreadsheets import reading
from accounts.wire.spreadsheets.reading import FileError, Sheet, read_csv, read_xlsx
from accounts.wire.spreadsheets.writing import as_meant, harmless, write_csv, write_xlsx


def cells(sheet: Sheet) -> list[list[str]]:
    return [sheet.headers, *(row.cells for row in sheet.rows)]


WORDS = [["label", "model"], ["Škoda Fő", "Größe, klein"]]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('label,model\nŠkoda Fő,"Größe, klein"\n'.encode(), id="commas"),
        pytest.param('\ufefflabel;model\r\nŠkoda Fő;"Größe, klein"\r\n'.encode(), id="excel in Germany"),
        pytest.param("label\tmodel\r\nŠkoda Fő\tGröße, klein".encode("utf-16"), id="Unicode text"),
        pytest.param('sep=;\r\nlabel;model\r\nŠkoda Fő;"Größe, klein"'.encode(), id="told delimiter"),
        pytest.param('\n\n Label , MODEL ,,\n Škoda Fő ,"Größe, klein",,\n,,,\n'.encode(), id="empty cells and lines"),
        pytest.param('label,model\rŠkoda Fő,"Größe, klein"\r'.encode(), id="old Mac"),
    ],
)
def test_csv_of_any_kind_is_read(data: bytes) -> None:
    assert cells(read_csv(data)) == WORDS


def test_windows_text_is_read() -> None:
    sheet = read_csv("label\nGröße €\n".encode("cp1252"))
    assert (cells(sheet), sheet.encoding) == ([["label"], ["Größe €"]], "Windows-1252")


def test_lines_are_counted_as_an_editor_does() -> None:
    sheet = read_csv(b'label,note\n\nA,"two\nlines"\nB,\n')
    assert [row.line for row in sheet.rows] == [3, 5]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no rows"),
        (b"label\n", "no rows"),
        (b"label\n\x81\n", "neither UTF-8"),
        (b"PK\x03\x04\0\0", "no text"),
        (b'label\nA\n"never closed\n', "line 3"),
        (b"label,,model\nA,B,C\n", "column 2 has no name"),
        (b"label,Label \nA,B\n", "two columns are called label"),
        (b"label\nA\nB,C\n", "line 3 has more cells"),
        (b"label\n" + b"A\n" * (reading.MAX_ROWS + 1), "more than 5000 rows"),
        (b",".join(b"c%d" % one for one in range(101)) + b"\nA\n", "more than 100 columns"),
        (b"a" * (reading.MAX_FILE_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_bad_files_are_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(FileError, match=why):
        read_csv(data)


def workbook(*rows: list[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_workbook_cells_are_read_as_text() -> None:
    typed = [359812018980222, 2.5, True, date(2030, 1, 2), datetime(2030, 1, 2, 3, 4), None, "=1+1"]
    sheet = read_xlsx(workbook(["id", "cost", "on", "day", "end", "none", "sum"], [None], typed))
    assert sheet.rows[0].cells == ["359812018980222", "2.5", "true", "2030-01-02", "2030-01-02 03:04:00", "", ""]
    assert sheet.rows[0].line == 3


def archive(size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b"0" * size)
    return file.getvalue()


@pytest.mark.parametrize("data", [b"", b"label\nA\n", archive(9), workbook(["label"], ["A"])[:900]])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(FileError, match="no XLSX workbook"):
        read_xlsx(data)


def test_workbook_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(FileError, match="too large"):
        read_xlsx(archive(1001))


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@sum", "\tx", "'=x", "''-x", "＝1"])
def test_formulas_become_texts_and_come_back(text: str) -> None:
    written = harmless(text)
    assert isinstance(written, str) and written.startswith("'")
    assert as_meant(written) == text


@given(st.text())
def test_every_text_comes_back_from_a_cell(text: str) -> None:
    assert as_meant(str(harmless(text))) == text


def test_numbers_below_zero_stay_numbers() -> None:
    assert write_csv([[-33.8, 5]]) == b"\xef\xbb\xbf-33.8,5\r\n"


@pytest.mark.parametrize("write", [write_csv, lambda rows: write_xlsx("page", rows)])
def test_what_was_written_is_read_again(write: object) -> None:
    rows = [["label", "lat", "sum"], ["Fő", -33.8, "=1+1"], ["359812018980222", "", "'@x"]]
    read = read_csv if write is write_csv else read_xlsx
    assert cells(read(write(rows))) == [
        ["label", "lat", "sum"],
        ["Fő", "-33.8", "=1+1"],
        ["359812018980222", "", "'@x"],
    ]
