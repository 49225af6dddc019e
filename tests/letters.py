"""The letters that the product sent, in tests."""

from __future__ import annotations

import re

from django.core import mail
from django.core.mail import EmailMessage

from accounts.services.background import waiting


def letters() -> list[EmailMessage]:
    """All letters of this test, those under way too."""
    waiting.join()
    return list(mail.outbox)


def mailed_code() -> str:
    """The code in the last letter."""
    return re.search(r"\b\d{6}\b", letters()[-1].body)[0]


def mailed_link() -> str:
    """The link in the last letter."""
    return re.search(r"^https?://\S+$", letters()[-1].body, re.MULTILINE)[0]
