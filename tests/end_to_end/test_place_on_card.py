"""The place of a vehicle, taken from its card to somewhere else: copied, and opened in other maps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def drive_to(server: Daphne, page: Page, van: Tracker, lat: float, lon: float) -> None:
    assert report(server, van.source.device_id, int(time.time()), lat=lat, lon=lon) == 200
    becomes(page, van, lat=lat, lng=lon)


def open_card(page: Page, van: Tracker) -> None:
    page.locator("#list").get_by_text(van.label, exact=True).click()
    page.wait_for_selector("#detail:visible")


def test_place_is_copied_as_maps_take_it(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.clock.install()
        log_in_and_be_live(page, alice)
        open_card(page, van)
        button = page.get_by_role("button", name="Copy place")
        expect(button).to_be_disabled()
        drive_to(server, page, van, -33.4489, -70.6693)
        button.click()
        copied = page.get_by_role("button", name="Copied")
        expect(copied).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == "-33.448900, -70.669300"
        page.clock.run_for(2_100)
        expect(button).to_be_visible()
        drive_to(server, page, van, 47.1234567, 19)
        button.press("Enter")
        expect(copied).to_be_focused()
        assert page.evaluate("navigator.clipboard.readText()") == "47.123457, 19.000000"


def test_place_is_copied_without_https_and_shown_where_copying_is_forbidden(
    server: Daphne, alice: User, register: Register
) -> None:
    van = register(alice)
    with open_page(server) as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.reload()
        log_in_and_be_live(page, alice)
        drive_to(server, page, van, 47.5, 19.04)
        open_card(page, van)
        page.get_by_role("button", name="Copy place").click()
        expect(page.get_by_role("button", name="Copied")).to_be_focused()
        page.locator("#search").press("Control+v")
        expect(page.locator("#search")).to_have_value("47.500000, 19.040000")
        page.evaluate("document.execCommand = () => false")
        page.locator("#search").fill("")
        page.get_by_role("button", name="Copy place").click()
        expect(page.get_by_role("button", name="47.500000, 19.040000")).to_be_visible()


def test_place_opens_in_other_maps_that_hear_nothing_before(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server) as page:
        asked: list[str] = []
        page.context.route(re.compile(r"^https://"), lambda route: asked.append(route.request.url) or route.fulfill())
        log_in_and_be_live(page, alice)
        open_card(page, van)
        place = page.get_by_role("group", name="Where it is")
        expect(place.get_by_text("Open in…")).to_be_hidden()
        drive_to(server, page, van, 47.5, 19.04)
        place.get_by_text("Open in…").click()
        links = place.get_by_role("link")
        assert {link.inner_text(): link.get_attribute("href") for link in links.all()} == {
            "OpenStreetMap": "https://www.openstreetmap.org/?mlat=47.5&mlon=19.04#map=17/47.5/19.04",
            "Google Maps": "https://www.google.com/maps/search/?api=1&query=47.5,19.04",
            "Street view": "https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=47.5,19.04",
            "Navigation app": "geo:47.5,19.04",
        }
        drive_to(server, page, van, 47.6, 19.05)
        expect(links.last).to_have_attribute("href", "geo:47.6,19.05")
        assert asked == []
        with page.expect_popup() as opened:
            links.filter(has_text="Street view").click()
        assert opened.value.evaluate("[opener, document.referrer]") == [None, ""]
        assert [url for url in asked if "favicon" not in url] == [
            "https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=47.6,19.05"
        ]
        expect(page.locator("#detail h2")).to_contain_text(van.label)
