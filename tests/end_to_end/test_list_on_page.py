"""The list of the monitoring page: orders, groups, filters, and what a copied address shows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from records.models import Tag, TrackerTag
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_accessibility import WIDTHS, assert_accessible, looking_at
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page
from tests.end_to_end.test_zones_on_page import depot, press_until_at
from trackers.models import Tracker
from trackers.services.groups import create_group

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def put(server: Daphne, van: Tracker, lat: float, lon: float, **more: float) -> None:
    assert report(server, van.source.device_id, int(time.time()), lat=lat, lon=lon, speed=0, **more) == 200


def put_into_group(title: str, vans: list[Tracker]) -> None:
    group = create_group(vans[0].account_id, title=title, color="1E96DC")
    Tracker.objects.filter(pk__in=[van.pk for van in vans]).update(group=group)


def lines(page: Page) -> Locator:
    return page.locator("#list :is(.row, .head):visible .label")


def test_vehicle_nearest_to_a_place_is_found_by_keyboard(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(3)]
    for van, lat in zip(vans, (47.6, 47.51, 47.9), strict=True):
        put(server, van, lat, 19.04)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        becomes(page, vans[2], lat=47.9)
        page.keyboard.press("/")
        press_until_at(page, "#order")
        page.keyboard.type("Nearest")
        press_until_at(page, "#near input")
        page.keyboard.press("Control+A")
        page.keyboard.type("nowhere")
        page.keyboard.press("Enter")
        expect(page.locator("#near-said")).to_contain_text("Neither coordinates nor the name")
        page.keyboard.press("Control+A")
        page.keyboard.type("47.5, 19.04")
        page.keyboard.press("Enter")
        expect(page.locator("#list")).to_be_focused()
        expect(lines(page)).to_have_text([vans[1].label, vans[0].label, vans[2].label])
        expect(page.locator("#list .row .distance").first).to_have_text("1.11 km")
        page.keyboard.press("Enter")
        expect(page.locator("#detail h2")).to_contain_text(vans[1].label)
        expect(page).to_have_url(re.compile(r"order=near&near=47.5,19.04&"))


def test_group_is_folded_and_chosen_by_keyboard(server: Daphne, alice: User, register: Register) -> None:
    north, other = [register(alice) for _ in range(2)], register(alice, "Bus")
    elsewhere(put_into_group, "North", north)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        expect(lines(page)).to_have_text(["North", north[0].label, north[1].label, "In no group", other.label])
        page.locator("#list").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("treeitem", expanded=False)).to_have_text("North2")
        page.reload()
        expect(lines(page)).to_have_text(["North", "In no group", other.label])
        page.fill("#search", north[1].label)
        expect(lines(page)).to_have_text(["North", north[1].label])
        page.fill("#search", "")
        page.locator("#list").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(lines(page)).to_have_text(["North", north[0].label, north[1].label, "In no group"])
        page.get_by_role("button", name="Follow", exact=True).first.press("Enter")
        expect(page.locator(".following")).to_contain_text("Keeping North in view")
        page.get_by_role("button", name="Remove the filter North").press("Enter")
        expect(page.locator("#list .row:visible")).to_have_count(3)
        expect(page.locator(".following")).to_contain_text("Keeping all on the map in view")


def test_copied_address_shows_the_same_filter_and_order(server: Daphne, alice: User, register: Register) -> None:
    inside, outside, nowhere = register(alice), register(alice), register(alice)
    zone_id = elsewhere(depot, alice)
    put(server, inside, 47.505, 19.04, batt=40)
    put(server, outside, 47.6, 19.04, batt=20)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        page.select_option("#order", "battery")
        page.click(".view-open")
        page.locator(".view-fields").get_by_label("Battery", exact=True).check()
        expect(page.locator("#list .row .note").first).to_contain_text("Battery 20 %")
        expect(lines(page)).to_have_text([outside.label, inside.label, nowhere.label])
        page.click(".filter-open")
        page.select_option(".filter-fields [name=area]", label="Depot (1)")
        page.locator("#summary").get_by_role("button", name="Stopped").click()
        page.locator("#summary").get_by_role("button", name="Parked").click()
        expect(lines(page)).to_have_text([inside.label])
        expect(page).to_have_url(
            re.compile(rf"order=battery&fields=.*,battery,age&status=stopped,parked&area={zone_id}$")
        )
        page.evaluate("localStorage.clear()")
        page.reload()
        expect(page.locator("#order")).to_have_value("battery")
        expect(page.locator("#list .row .note").first).to_contain_text("Battery 40 %")
        expect(page.locator(".chips .chip")).to_have_text(["Stopped", "Parked", "Depot"])
        expect(lines(page)).to_have_text([inside.label])
        page.get_by_role("button", name="Show all", exact=True).click()
        expect(lines(page)).to_have_text([outside.label, inside.label, nowhere.label])
        page.wait_for_selector(".maplibregl-canvas")
        page.select_option("#order", "near")
        place = page.locator("#near input")
        expect(place).to_have_value(re.compile(r"\d, "))
        middle = place.input_value()
        page.get_by_role("button", name="Point on the map").click()
        page.wait_for_selector(".map.picking")
        page.locator(".maplibregl-canvas").click(position={"x": 60, "y": 200})
        expect(place).not_to_have_value(middle)
        expect(page.locator(".near-mark")).to_be_visible()


def tag(name: str, van: Tracker) -> None:
    TrackerTag.objects.create(tracker=van, tag=Tag.objects.create(account=van.account, name=name), ordinal=1)


def choices(page: Page, kind: str) -> Locator:
    return page.locator(f".filter-fields [name={kind}] option")


def test_numbers_beside_choices_say_what_they_would_leave(server: Daphne, alice: User, register: Register) -> None:
    north, other = [register(alice) for _ in range(2)], register(alice, "Bus")
    elsewhere(put_into_group, "North", north)
    elsewhere(tag, "cold", north[0])
    elsewhere(depot, alice)
    put(server, north[0], 47.505, 19.04)
    put(server, other, 47.6, 19.04)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        becomes(page, other, lat=47.6)
        page.click(".filter-open")
        expect(choices(page, "group")).to_have_text(["All groups (3)", "North (2)", "In no group (1)"])
        expect(choices(page, "tag")).to_have_text(["Any tag", "cold (1)"])
        expect(choices(page, "area").nth(0)).to_have_text("Anywhere (3)")
        expect(choices(page, "area").nth(2)).to_have_text("Depot (1)")
        put(server, other, 47.504, 19.04)
        expect(choices(page, "area").nth(2)).to_have_text("Depot (2)")
        page.select_option(".filter-fields [name=group]", label="North (2)")
        expect(choices(page, "area").nth(2)).to_have_text("Depot (1)")
        everybody = page.locator("#summary").get_by_role("button", name="All")
        expect(everybody).to_have_text("All2")
        expect(choices(page, "group")).to_have_text(["All groups (3)", "North (2)", "In no group (1)"])
        page.fill("#search", north[1].label)
        expect(choices(page, "group")).to_have_text(["All groups (1)", "North (1)", "In no group (0)"])
        expect(everybody).to_have_text("All1")
        page.get_by_role("button", name="Show all", exact=True).click()
        page.fill("#search", "")
        expect(everybody).to_have_text("All3")


def test_list_of_choices_that_is_open_is_left_alone(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    elsewhere(depot, alice)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        page.click(".filter-open")
        depots = choices(page, "area").nth(2)
        page.select_option(".filter-fields [name=area]", label="Depot (0)")
        page.locator(".filter-fields [name=area]").click()
        assert page.locator(".filter-fields [name=area]:open").count() == 1
        put(server, van, 47.505, 19.04)
        expect(choices(page, "group").first).to_have_text("All groups (1)")
        expect(depots).to_have_text("Depot (0)")
        page.keyboard.press("Escape")
        expect(depots).to_have_text("Depot (1)")


@pytest.mark.parametrize("width", WIDTHS)
def test_list_by_group_can_be_used_by_everybody(server: Daphne, alice: User, register: Register, width: str) -> None:
    vans = [register(alice) for _ in range(3)]
    elsewhere(put_into_group, "North", vans[:2])
    elsewhere(depot, alice)
    put(server, vans[0], 47.505, 19.04)
    with looking_at(server.url, width) as page:
        log_in_and_be_live(page, alice)
        page.locator("#list .head").first.click()
        page.click(".filter-open")
        page.select_option(".filter-fields [name=area]", label="Depot (1)")
        assert_accessible(page, "list by group, filtered", "#side")
        page.select_option("#order", "near")
        page.click(".view-open")
        expect(page.locator("#list .row .distance").first).to_have_text(re.compile("m$"))
        assert_accessible(page, "the nearest first", "#side")
