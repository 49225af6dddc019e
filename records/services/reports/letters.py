"""Letters that bring reports. Each is claimed before it is tried, so that who is killed loses none: another tries it
again under the same id. It is sent at least once, and once as a rule (records §9.7).
"""

from __future__ import annotations

import io
import logging
import zipfile
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F

from accounts.services.mail import render_letter
from accounts.wire.errors import first_line
from records.models import Report, ReportLetter
from records.rendering.reports.tables import ReportFormat
from records.services.reports.files import PdfUnavailable, file_of, period_text

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 6 * 60))
MAX_ATTACHED_BYTES = 10_000_000
PERMANENT = range(500, 600)


def send_next(now: datetime) -> bool:
    """Sends one letter whose report is made; whether there was one to be tried. Several may do it at once."""
    letter = _claim(now)
    if letter is None:
        return False
    rows = ReportLetter.objects.filter(pk=letter.pk)
    try:
        compose(letter).send()
    except PdfUnavailable as error:
        logger.error("the letter with report %s to %s is given up: %s", letter.report_id, letter.address, error)
        rows.update(given_up_at=now)
        return True
    except (OSError, SMTPException) as error:
        is_over = _is_final(error) or letter.attempts > len(PAUSES)
        logger.warning("report %s is not taken for %s: %s", letter.report_id, letter.address, first_line(error))
        if is_over:
            logger.error("the letter with report %s to %s is given up", letter.report_id, letter.address)
            rows.update(given_up_at=now)
        else:
            rows.update(next_attempt_at=now + PAUSES[letter.attempts - 1])
        return True
    rows.update(sent_at=now)
    return True


def _claim(now: datetime) -> ReportLetter | None:
    """The letter that waits longest, which nobody else tries for a while."""
    waiting = ReportLetter.objects.filter(sent_at=None, given_up_at=None, report__finished_at__isnull=False)
    for letter in waiting.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")[:10]:
        mine = ReportLetter.objects.filter(pk=letter.pk, next_attempt_at=letter.next_attempt_at, sent_at=None)
        if mine.update(next_attempt_at=now + CLAIM, attempts=F("attempts") + 1):
            return ReportLetter.objects.select_related("report__user").filter(pk=letter.pk).first()
    return None


def _is_final(error: Exception) -> bool:
    """Whether it would be in vain to try again."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code in PERMANENT


def compose(letter: ReportLetter) -> EmailMessage:
    """The letter with the report as a file."""
    report = letter.report
    name, content, media_type = _attached(letter)
    is_too_large = len(content) > MAX_ATTACHED_BYTES
    subject, body = render_letter("records", "report", report.user.locale, _values(report, is_too_large))
    headers = {
        "Message-ID": f"<{letter.message_id}@{settings.PUBLIC_PARTS.hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMessage(" ".join(subject.split()), body, to=[letter.address], headers=headers)
    if not is_too_large:
        mail.attach(name, content, media_type)
    return mail


def _values(report: Report, is_too_large: bool) -> dict[str, object]:
    return {
        "title": report.title,
        "period": period_text(report),
        "login": report.user.login,
        "page": f"{settings.PUBLIC_URL}/",
        "is_too_large": is_too_large,
    }


def _attached(letter: ReportLetter) -> tuple[str, bytes, str]:
    """The file's name, its content and media type."""
    made = file_of(letter.report, ReportFormat(letter.format), letter.report.user)
    if not letter.is_zipped:
        return made.name, made.content, made.media_type
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(made.name, made.content)
    return f"{made.name}.zip", packed.getvalue(), "application/zip"
