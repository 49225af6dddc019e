"""Reports as files: what is downloaded, and what letters bring (records §9.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from accounts.api.languages import ENGLISH, language_of, word
from accounts.models import MeasurementSystem, User
from accounts.wire.dates import format_date
from records.models import Report
from records.rendering.reports.tables import MEDIA_TYPES, MORE, ReportFormat, file_name, write_report
from records.rendering.reports.telling import METRIC, MILES, NAUTICAL, Reader, tell_sheets
from records.services.reports.making import sheets_of

if TYPE_CHECKING:
    from records.rendering.reports.fonts import Fonts


_UNITS = {
    MeasurementSystem.METRIC: METRIC,
    MeasurementSystem.METRIC_GAL_US: METRIC,
    MeasurementSystem.IMPERIAL: MILES,
    MeasurementSystem.US: MILES,
    MeasurementSystem.NAUTICAL: NAUTICAL,
}


class PdfUnavailable(Exception):
    """This server can make no PDF; why says the message."""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report in a format."""

    name: str
    media_type: str
    content: bytes


def file_of(report: Report, wanted: ReportFormat, user: User) -> ReportFile:
    """A report that is made, as a file in the words and the units of a user. Raises PdfUnavailable."""
    reader = _reader_of(user)
    sheets = tell_sheets(sheets_of(report), reader)
    is_pdf = wanted is ReportFormat.PDF
    content = _pdf_of(report, sheets, reader) if is_pdf else write_report(sheets, wanted, reader.word)
    return ReportFile(file_name(report.title, report.pk, wanted), MEDIA_TYPES[wanted], content)


def _reader_of(user: User) -> Reader:
    language = language_of(user.locale)
    unit = _UNITS[MeasurementSystem(user.measurement_system)]
    return Reader(unit, lambda text: word(text, language), partial(_tell_day, language))


def _tell_day(language: str, day: date) -> str:
    with translation.override(language):
        return date_format(day, "M j, Y (D)" if language == ENGLISH else "j M Y (D)")


def check_format(wanted: ReportFormat) -> None:
    """Raises PdfUnavailable when this server does not make such files."""
    if wanted is ReportFormat.PDF:
        load_fonts()


def period_text(report: Report) -> str:
    """Of which time a report is, by its own clock."""
    zone = ZoneInfo(report.time_zone)
    since, until = (format_date(moment, zone, iso=False) for moment in (report.since, report.until))
    return f"{since} – {until} ({report.time_zone})"


def _pdf_of(report: Report, sheets: list[dict[str, Any]], reader: Reader) -> bytes:
    fonts = load_fonts()
    from records.rendering.reports.pdf import Head, write_pdf

    return write_pdf(Head(report.title, period_text(report), reader.word(MORE)), sheets, fonts)


def load_fonts() -> Fonts:
    """The fonts of REPORT_FONTS, as far as their files are there. Raises PdfUnavailable."""
    return _load_fonts(tuple(settings.REPORT_FONTS))


@lru_cache(1)
def _load_fonts(paths: tuple[str, ...]) -> Fonts:
    try:
        from records.rendering.reports.fonts import FontError, Fonts
    except ModuleNotFoundError as error:
        raise PdfUnavailable(f"PDF needs {error.name}, which comes with the extra pdf") from error
    files = [path for path in map(Path, paths) if path.is_file()]
    if not files:
        raise PdfUnavailable("PDF needs a TrueType font: none of REPORT_FONTS is there")
    try:
        return Fonts([path.read_bytes() for path in files])
    except (OSError, FontError) as error:
        raise PdfUnavailable(f"PDF needs a TrueType font: {error}") from error
