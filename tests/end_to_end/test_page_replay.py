"""The last minutes again on the monitoring page, and the ruler on its map."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page, shown
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def test_last_minutes_are_shown_again_and_one_key_leads_back_to_now(
    server: Daphne, alice: User, register: Register
) -> None:
    van = register(alice)
    device_id, start = van.source.device_id, int(time.time())
    with open_browser() as browser:
        page = browser.new_page()
        page.clock.install()
        page.goto(server.url)
        log_in_and_be_live(page, alice)
        assert report(server, device_id, start, lat=47.5, lon=19.04, speed=20) == 200
        becomes(page, van, lat=47.5, status="moving")
        page.clock.run_for(90_000)
        page.wait_for_selector("#link[data-state=live]")
        assert report(server, device_id, start + 90, lat=47.6, lon=19.04, speed=0) == 200
        becomes(page, van, lat=47.6)
        page.clock.run_for(30_000)
        page.locator("#list").press("r")
        slider = page.get_by_role("slider", name="Moment")
        expect(slider).to_be_focused()
        becomes(page, van, lat=47.5, status="moving")
        expect(page.locator("#replay")).to_contain_text("1 min ago")
        expect(page.locator("#link")).to_be_hidden()
        assert report(server, device_id, start + 120, lat=47.7, lon=19.04, speed=0) == 200
        for _ in range(45):
            slider.press("ArrowRight")
        becomes(page, van, lat=47.6)
        page.keyboard.press("Escape")
        becomes(page, van, lat=47.7)
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        expect(page.locator("#list")).to_be_focused()
        page.get_by_role("button", name="The last minutes").click()
        page.get_by_label("How fast").first.select_option("60")
        page.get_by_role("button", name="Play").click()
        page.clock.run_for(3_000)
        wait_until(lambda: page.locator("#replay").is_hidden(), "what is played ends with now")
        assert shown(page)[van.source_id]["lat"] == 47.7


def test_way_is_measured_by_mouse_and_by_keyboard(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=0) == 200
        becomes(page, van, lat=47.5)
        page.get_by_role("button", name="Ruler").click()
        told = page.locator("#ruler output")
        expect(told).to_contain_text("Click on the map")
        page.locator(".maplibregl-canvas").click(position={"x": 300, "y": 300})
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(told).to_contain_text("the last leg")
        page.keyboard.press("Backspace")
        expect(told).not_to_contain_text("the last leg")
        expect(page.locator("#detail")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(told).to_be_hidden()
