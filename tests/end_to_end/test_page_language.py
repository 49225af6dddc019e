"""The page in the language of whoever reads it, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import PATIENCE_MS, elsewhere, needs_chromium
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in, open_page

pytestmark = [pytest.mark.browser, needs_chromium]


def is_in(page: Page, language: str, direction: str = "ltr") -> None:
    """Returns when the page is, and its texts are there for scripts."""
    expect(page.locator(f"html[lang={language}][dir={direction}]")).to_be_attached(timeout=PATIENCE_MS)
    page.wait_for_function(
        "language => globalThis.fleetsphereWords?.language === language", arg=language, timeout=PATIENCE_MS
    )


def test_language_is_the_browsers_the_users_or_the_chosen_one(server: Daphne, alice: User) -> None:
    elsewhere(lambda: User.objects.filter(pk=alice.pk).update(locale="fr_FR"))
    with open_page(server, locale="de-AT") as page:
        is_in(page, "de")
        log_in(page, alice)
        is_in(page, "fr")
        page.wait_for_selector("#link[data-state=live]", timeout=PATIENCE_MS)
        page.locator(".tools select[data-picks=language]").select_option("ar")
        is_in(page, "ar", "rtl")
        # The list is where one begins to read.
        side, stage = (page.locator(name).bounding_box() for name in (".side", ".stage"))
        assert side and stage and side["x"] > stage["x"]
