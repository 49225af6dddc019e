"""Reports as PDF (records §9.6)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from records.models import Report, ReportLetter
from records.rendering.reports import pdf
from records.rendering.reports.fonts import in_drawn_order
from records.rendering.reports.pdf import Head, shared, write_pdf
from records.services.reports.files import load_fonts
from records.services.reports.letters import send_next
from records.services.reports.making import make_next
from tests.api import Api
from trackers.models import Tracker
from trackers.services.trackers import update_tracker

HEAD = Head("Fahrten der Woche", "1. – 7. Mai")
PERIOD = {"from": "2024-05-01 00:00:00", "to": "2024-05-02 00:00:00"}


def cell(text: str) -> dict[str, Any]:
    return {"v": text, "raw": 0, "type": "value"}


def sheet(label: str, rows: int, columns: int = 3) -> dict[str, Any]:
    titles = [{"field": f"f{one}", "title": f"Column {one}", "align": "right"} for one in range(columns)]
    lines = [{one["field"]: cell(f"{number}.{one['title'][-1]}") for one in titles} for number in range(rows)]
    blocks = [{"header": "May 1", "rows": lines, "total": {"text": "In total:", "f1": cell("999")}}]
    table = {"type": "table", "header": "Trips", "columns": titles, "data": blocks}
    return {"header": label, "sections": [table]}


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.records(81)
def test_a_long_table_has_its_heads_on_each_page() -> None:
    found = pages(write_pdf(HEAD, [sheet("Wagen 4", 200)], load_fonts()))
    assert len(found) > 2
    assert all("Column 2" in text and HEAD.title in text for text in found)
    assert [text.split("\n")[1] for text in found] == [str(number) for number in range(1, len(found) + 1)]
    everything = "\n".join(found)
    assert all(f"{number}.2" in everything for number in range(200))
    assert ("Wagen 4" in found[0], "999" in found[-1]) == (True, True)


@pytest.mark.records(81)
def test_a_wide_table_lies_across_the_page() -> None:
    (page,) = PdfReader(io.BytesIO(write_pdf(HEAD, [sheet("Wide", 3, columns=8)], load_fonts()))).pages
    assert page.mediabox.width > page.mediabox.height


@pytest.mark.records(81)
@pytest.mark.parametrize("label", ["Фургон № 4", "Φορτηγό", "Łódź – Čáslav", "ạ ế", '1 < 2 & "3"'])
def test_letters_of_many_scripts_are_read_back(label: str) -> None:
    assert label in pages(write_pdf(HEAD, [sheet(label, 1)], load_fonts()))[0]


@pytest.mark.records(81)
def test_arabic_is_joined_and_drawn_from_the_right() -> None:
    drawn = in_drawn_order("شارع 12")
    assert drawn.startswith("12 ") and drawn.endswith("\ufeb7")
    assert in_drawn_order("\u202eVan\x07 4\u2069") == "Van 4"


@pytest.mark.records(81)
def test_what_is_too_long_for_a_document_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_ROWS", 5)
    (text,) = pages(write_pdf(HEAD, [sheet("Van", 9)], load_fonts()))
    assert ("3.0" in text, "5.0" in text, "as a spreadsheet" in text) == (True, False, True)


def test_columns_fill_the_page_and_no_more() -> None:
    assert shared([10, 20], 60) == [25, 35]
    assert sum(shared([500, 10, 300], 100)) == pytest.approx(100)
    assert shared([500, 10, 300], 100)[1] == 10


@pytest.fixture
def made(api: Api, van: Tracker) -> int:
    update_tracker(van, label="Фургон 4", group=None)
    report: int = api("report/tracker/generate", trackers=[van.pk], plugin={"plugin_id": 4}, **PERIOD)["id"]
    while make_next(timezone.now()):
        pass
    return report


@pytest.mark.records(81)
def test_a_report_is_downloaded_as_pdf(api: Api, made: int) -> None:
    answer = Client().get("/report/tracker/download", {"hash": api.hash, "report_id": made, "format": "pdf"})
    assert answer["Content-Type"] == "application/pdf"
    (text,) = pages(answer.content)
    assert "Фургон 4" in text and "Summary" in text


def test_a_pdf_is_in_the_language_of_who_downloads_it(api: Api, alice: User, made: int) -> None:
    User.objects.filter(pk=alice.pk).update(locale="es", measurement_system="us")
    answer = Client().get("/report/tracker/download", {"hash": api.hash, "report_id": made, "format": "pdf"})
    (text,) = pages(answer.content)
    assert "Resumen" in text and "Velocidad máx., mph" in text
    assert "Summary" not in text


@pytest.mark.records(82)
def test_without_a_font_there_is_no_pdf(api: Api, made: int, settings: Any) -> None:
    settings.REPORT_FONTS = ["/nowhere/a.ttf"]
    refused = api("report/tracker/download", report_id=made, format="pdf")
    assert (refused["status"]["code"], refused["errors"][0]["parameter"]) == (7, "format")
    assert "REPORT_FONTS" in refused["errors"][0]["error"]
    settings.REPORT_FONTS = [__file__]
    assert api.code("report/tracker/download", report_id=made, format="pdf") == 7


@pytest.mark.records(82)
def test_a_letter_brings_a_pdf_or_is_given_up(made: int, settings: Any) -> None:
    report = Report.objects.get(pk=made)
    for address, fonts in (("office@fleet.example", settings.REPORT_FONTS), ("boss@fleet.example", [])):
        settings.REPORT_FONTS = fonts
        ReportLetter.objects.create(report=report, address=address, format="pdf")
        assert send_next(timezone.now())
    (letter,) = mail.outbox
    name, content, media_type = letter.attachments[0]
    assert (str(name)[-4:], bytes(content)[:5], media_type) == (".pdf", b"%PDF-", "application/pdf")
    assert ReportLetter.objects.exclude(given_up_at=None).get().address == "boss@fleet.example"
