"""Letters to users, as plain text, in their languages."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import select_template

from accounts.metrics.registry import counter
from accounts.models import User
from accounts.services.background import do_later

logger = logging.getLogger(__name__)

_letters = counter("letters", "Letters by whether the mail server took them.", "outcome")
for _outcome in ("sent", "lost"):
    _letters.labels(_outcome)


def compose_letter(name: str, user: User, **values: Any) -> EmailMessage:
    """The letter `name` to a user, in English when there is none in the user's language.

    The first line of its template is the subject.
    """
    subject, body = render_letter("accounts", name, user.locale, values)
    return EmailMessage(subject, body.lstrip(), to=[user.login])


def render_letter(app: str, name: str, locale: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body of an app's letter: the first line of its template, and the rest."""
    subject, _, body = select_template(letter_templates(app, name, locale)).render(dict(values)).partition("\n")
    return subject, body


def letter_templates(app: str, name: str, locale: str) -> tuple[str, ...]:
    """Templates of an app's letter, the best one first: in the language of a locale as de_DE, and in English."""
    languages = (locale.lower()[:2], "en")
    return tuple(f"{app}/letters/{name}.{one}.txt" for one in languages if one.isascii() and one.isalpha())


def send_later(letter: EmailMessage) -> None:
    """Sends a letter without making anybody wait."""
    do_later(partial(send, letter))


def send(letter: EmailMessage) -> None:
    """Sends a letter. When that cannot be done the letter is lost, and the log says so once until it can."""
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        _letters.labels("lost").inc()
        _outage.begin(error)
    else:
        _letters.labels("sent").inc()
        _outage.end()


class _Outage:
    """Whether the mail server fails us, as last seen."""

    def __init__(self) -> None:
        self._lasts = False

    def begin(self, error: Exception) -> None:
        if not self._lasts:
            logger.error("letters cannot be sent, this one and maybe more are lost: %s", error)
        self._lasts = True

    def end(self) -> None:
        if self._lasts:
            logger.info("letters are sent again")
        self._lasts = False


_outage = _Outage()
