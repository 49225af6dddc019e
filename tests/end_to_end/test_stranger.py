"""Somebody who was given an address and a login, and nothing else, finds by the keyboard alone what the page is for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import open_page
from tests.end_to_end.test_page_history import YESTERDAY, drive_yesterday
from tests.end_to_end.test_zones_on_page import press_until_at
from tests.people import PASSWORD
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]


def log_in_by_keyboard(page: Page, user: User) -> None:
    expect(page.locator("#login[open]")).to_be_visible()
    press_until_at(page, "#login [name=login]")
    page.keyboard.type(user.login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=live]")).to_be_visible()


def find_the_nearest_to(page: Page, place: str) -> None:
    """Orders the list by what the key sheet and the fields say, and opens its first vehicle."""
    page.keyboard.press("?")
    expect(page.locator("#help[open]")).to_contain_text("Search vehicles")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    press_until_at(page, "#order")
    page.keyboard.type("Nearest")
    press_until_at(page, "#near input")
    page.keyboard.press("Control+A")
    page.keyboard.type(place)
    page.keyboard.press("Enter")
    expect(page.locator("#list")).to_be_focused()
    page.keyboard.press("Enter")


def find_yesterdays_trip(page: Page) -> None:
    press_until_at(page, "#history > summary")
    page.keyboard.press("Enter")
    expect(page.locator("#history [data-part=told]")).to_have_text("No trips")
    press_until_at(page, "#history [data-part=before]")
    page.keyboard.press("Enter")
    expect(page.locator("#history [data-part=day]")).to_have_value(YESTERDAY.date().isoformat())
    trip = page.locator("#history [data-part=trips] button").first
    expect(trip).to_contain_text("08:00 – 08:31")
    press_until_at(page, "#history [data-part=trips] button")
    page.keyboard.press("Enter")
    expect(trip).to_have_attribute("aria-pressed", "true")


def make_a_link(page: Page) -> str:
    press_until_at(page, "#sharing > summary", key="Shift+Tab")
    page.keyboard.press("Enter")
    press_until_at(page, "#sharing form button")
    page.keyboard.press("Enter")
    address = page.locator("#sharing [data-part=made] input")
    expect(address).to_have_value(re.compile("/share/[0-9a-f]{32}$"))
    return address.input_value()


def test_stranger_finds_the_nearest_vehicle_its_trip_of_yesterday_and_a_link_to_it(
    server: Daphne, alice: User, register: Callable[..., Tracker]
) -> None:
    near, far = register(alice), register(alice)
    drive_yesterday(near)
    assert report(server, far.source.device_id, int(YESTERDAY.timestamp()), lat=48.2, lon=16.37, speed=0) == 200
    with open_page(server, reduced_motion="reduce", timezone_id="UTC", locale="en-GB") as page:
        log_in_by_keyboard(page, alice)
        find_the_nearest_to(page, "47.5, 19.04")
        expect(page.locator("#detail h2")).to_contain_text(near.label)
        find_yesterdays_trip(page)
        page.goto(make_a_link(page))
        expect(page.locator("#list .row:visible")).to_have_count(1)
        expect(page.locator("#list .row:visible")).to_contain_text(near.label)
