"""Zones on the monitoring page: drawn, changed, named and removed by mouse, finger and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from alerts.geometry.drawings import Drawing, Point, ZoneShape
from alerts.geometry.places import Place
from alerts.models import AlertRule, Zone
from alerts.services.zones import create_zones
from tests.end_to_end.browser import elsewhere, needs_chromium, press_at_top
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
SQUARE = tuple(Point(Place(lat, lng)) for lat, lng in [(47.0, 19.0), (47.0, 19.1), (47.1, 19.1), (47.1, 19.0)])


def depot(account: User) -> int:
    drawing = Drawing(ZoneShape.CIRCLE, "Depot", 2000, Place(47.5, 19.04))
    return create_zones(account.pk, [drawing], maker_id=account.pk)[0]


def open_zones(page: Page, account: User) -> None:
    log_in_and_be_live(page, account)
    page.wait_for_selector(".maplibregl-canvas")
    press_at_top(page, "#zones-open")


def draw(page: Page, kind: str) -> None:
    """Begins a zone once the map takes clicks."""
    page.get_by_role("button", name=f"+ {kind}").click()
    page.wait_for_selector(".map.drawing")


def saved() -> Zone:
    """The one zone, as soon as it is stored."""
    wait_until(lambda: elsewhere(Zone.objects.exists), "the zone is stored", 20)
    zone: Zone = elsewhere(Zone.objects.get)
    return zone


def click_map(page: Page, x: float, y: float) -> None:
    page.locator(".maplibregl-canvas").click(position={"x": x, "y": y})


def test_an_area_is_drawn_by_mouse_and_named(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as page:
        open_zones(page, alice)
        draw(page, "Area")
        for x, y in [(450, 200), (650, 200), (650, 400)]:
            click_map(page, x, y)
        page.wait_for_selector(".zone-grip[aria-label^='Point 3 of 3']")
        page.fill(".zones [name=label]", "Yard")
        page.get_by_role("button", name="Save").click()
        page.locator(".zones li").get_by_text("Yard", exact=True).wait_for()
    assert (saved().label, saved().point_count) == ("Yard", 3)


def test_a_circle_is_drawn_named_and_resized_by_keyboard_alone(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.wait_for_selector(".maplibregl-canvas")
        press_until_at(page, "#zones-open")
        page.keyboard.press("Enter")
        press_until_at(page, "[data-draws=circle]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".map.drawing")
        press_until_at(page, ".maplibregl-canvas", key="Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".zone-grip")
        press_until_at(page, ".zone-grip[aria-label^=Middle]")
        page.keyboard.press("ArrowRight")
        press_until_at(page, "[name=label]")
        page.keyboard.type("Gate")
        press_until_at(page, "[name=radius]")
        page.keyboard.press("Control+A")
        page.keyboard.type("1234")
        page.keyboard.press("Enter")
        page.locator(".zones li").get_by_text("Gate", exact=True).wait_for()
    assert (saved().label, saved().radius_m) == ("Gate", 1234)


def press_until_at(page: Page, selector: str, *, key: str = "Tab") -> None:
    """Goes on until an element has the focus."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached by {key}")


def test_a_point_is_dragged_and_one_is_removed(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    drawing = Drawing(ZoneShape.POLYGON, "Square", points=SQUARE)
    elsewhere(create_zones, alice.pk, [drawing], maker_id=alice.pk)
    with open_page(server, reduced_motion="reduce") as page:
        open_zones(page, alice)
        page.locator(".zones li button").click()
        grip = page.locator(".zone-grip[aria-label^='Point 3 of 4']")
        grip.wait_for()
        drag(page, grip, 30, -20)
        page.locator(".zone-grip[aria-label^='Point 1 of 4']").focus()
        page.keyboard.press("Delete")
        page.wait_for_selector(".zone-grip[aria-label^='Point 3 of 3']")
        page.get_by_role("button", name="Save").click()
        wait_until(lambda: elsewhere(Zone.objects.get).point_count == 3, "three points are stored", 20)
    latitude, longitude, _ = elsewhere(Zone.objects.get).points[1]
    assert latitude > 47.1 and longitude > 19.1


def drag(page: Page, element: Any, x: float, y: float) -> None:
    box = element.bounding_box()
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + x / 2, top + y / 2)
    page.mouse.move(left + x, top + y)
    page.mouse.up()


@pytest.mark.alerts(6)
def test_why_a_zone_stays_is_said_in_words(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    zone_id = elsewhere(depot, alice)
    rule = elsewhere(AlertRule.objects.create, account=alice, made_by=alice, kind="inoutzone", name="Gate watch")
    elsewhere(rule.zones.add, zone_id)
    with open_page(server) as page:
        open_zones(page, alice)
        page.locator(".zones li button").click()
        remove(page)
        page.wait_for_selector(".failure:has-text('“Depot” stays: an alert rule needs it')")
        elsewhere(rule.delete)
        remove(page)
        page.wait_for_selector(".zones .more:has-text('No zones yet')")
    assert not elsewhere(Zone.objects.exists)


def remove(page: Page) -> None:
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()


def test_a_finger_draws_a_corridor(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server, has_touch=True, viewport={"width": 390, "height": 844}) as page:
        open_zones(page, alice)
        draw(page, "Corridor")
        for x, y in [(100, 120), (250, 220)]:
            page.locator(".maplibregl-canvas").tap(position={"x": x, "y": y})
        page.wait_for_selector(".zone-grip[aria-label^='Point 2 of 2']")
        page.fill(".zones [name=label]", "Road")
        page.get_by_role("button", name="Save").tap()
        page.locator(".zones li").get_by_text("Road", exact=True).wait_for()
    assert (saved().shape, saved().point_count) == ("sausage", 2)
