"""Keys of the monitoring page: what they do, when they do nothing, and the sheet that tells of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def test_keys_do_nothing_behind_the_login_or_while_somebody_types(
    server: Daphne, alice: User, register: Register
) -> None:
    register(alice)
    with open_page(server) as page:
        following = page.locator(".follow-button")
        following.wait_for()
        page.locator("button[name=submit]").press("f")
        page.locator("button[name=submit]").press("?")
        expect(following).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#help")).to_be_hidden()
        log_in_and_be_live(page, alice)
        page.locator("#search").press("f")
        page.locator("#search").press("?")
        expect(page.locator("#search")).to_have_value("f?")
        page.locator("#search").press("Escape")
        page.locator("#list").press("f")
        expect(following).to_have_attribute("aria-pressed", "true")


def test_sheet_of_keys_opens_by_key_and_button_and_holds_the_focus(
    server: Daphne, alice: User, register: Register
) -> None:
    register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        sheet = page.get_by_role("dialog", name="Keys of this page")
        page.locator("#list").press("?")
        expect(sheet).to_contain_text("Search vehicles")
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate("!document.querySelector('main').contains(document.activeElement)")
        page.keyboard.press("f")
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        expect(page.locator(".follow-button")).to_have_attribute("aria-pressed", "false")
        page.get_by_role("button", name="Keys of this page").click()
        sheet.get_by_role("checkbox").uncheck()
        sheet.get_by_role("button").click()
        page.locator("#list").press("f")
        expect(page.locator(".follow-button")).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        page.reload()
        page.locator("#list").press("?")
        expect(sheet).to_be_hidden()
