"""The wall board: it shows by itself, through reloads and outages, and never anything old as if it were new."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import elsewhere, needs_chromium, open_browser
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def count_of(page: Page, status: str) -> str:
    return page.locator("#board dl div", has=page.get_by_text(status, exact=True)).locator("dd").inner_text()


def test_board_shows_the_fleet_and_stays_through_reload_and_outage(
    server: Daphne, alice: User, register: Register
) -> None:
    van, _ = register(alice), register(alice)
    assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
    elsewhere(raise_alerts, elsewhere(make_rule, van), van, message="left the yard")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.get_by_role("button", name="Wall board").click()
        page.reload()
        page.wait_for_selector("#link[data-state=live]")
        for controls in (".side", ".tools", ".maplibregl-ctrl-bottom-right"):
            expect(page.locator(controls)).to_be_hidden()
        expect(page.locator(".board-alert")).to_contain_text("left the yard")
        assert (count_of(page, "Moving"), count_of(page, "New")) == ("1", "1")
        page.mouse.move(100, 100)
        page.get_by_role("button", name="Group by group").press("Enter")
        expect(page.locator(".board-group")).to_have_text("In no group")
        assert page.url.partition("#")[0].endswith("?board=groups")
        page.context.set_offline(True)
        expect(page.locator("#banner")).to_contain_text("Not live. What you see is from")
        page.context.set_offline(False)
        page.wait_for_selector("#link[data-state=live]")
        expect(page.locator("#banner")).to_be_hidden()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(page.locator(".side")).to_be_visible()
        assert "?board" not in page.url


def test_board_asks_for_no_password_after_the_browser_was_closed(
    server: Daphne, alice: User, register: Register
) -> None:
    register(alice)
    with open_browser() as browser:
        wall = browser.new_page()
        wall.goto(f"{server.url}/?board")
        log_in_and_be_live(wall, alice)
        kept = wall.context.storage_state()
        wall.context.close()
        again = browser.new_page(storage_state=kept)
        again.goto(f"{server.url}/?board")
        again.wait_for_selector("#link[data-state=live]")
        again.goto(server.url)
        again.click("#logout")
        late = browser.new_page(storage_state=again.context.storage_state())
        late.goto(f"{server.url}/?board")
        late.wait_for_selector("input[name=login]:visible")
