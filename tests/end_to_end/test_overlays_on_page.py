"""What the operator lays over the map of the page: a file of the server, and tiles of another site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_accessibility import assert_accessible
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
SQUARE = [[18.9, 47.4], [19.2, 47.4], [19.2, 47.6], [18.9, 47.6], [18.9, 47.4]]
AREAS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": None, "geometry": None},
        {
            "type": "Feature",
            "properties": {"name": "North", "stroke": "no colour", "fill-opacity": "much"},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        },
    ],
}
LOOK = "#map=9/47.5/19.04"


@pytest.fixture
def areas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("overlays") / "areas.geojson"
    path.write_text(json.dumps(AREAS))
    return path


@pytest.fixture
def overlay_server(serve: Callable[..., Daphne], areas: Path) -> Daphne:
    file = {"name": "Delivery areas", "file": str(areas), "attribution": "our own office", "shown": True}
    tiles = {"name": "Rain", "url": "https://rain.example/{z}/{x}/{y}.png", "attribution": "who sees rain"}
    return serve(MAP_OVERLAYS=json.dumps([file, tiles]))


def said_of_origin(page: Page) -> Locator:
    """Sources of the map are named as long as something of them is drawn."""
    return page.locator(".maplibregl-ctrl-attrib")


def ticks(page: Page) -> Locator:
    page.get_by_role("button", name="What the map shows").click()
    return page.get_by_role("group", name="Overlays")


def test_overlays_are_switched_by_ticks_that_the_browser_keeps(
    overlay_server: Daphne, alice: User, register: Register
) -> None:
    register(alice)
    # Small, as each tile is asked for with a frame, and software draws these.
    with open_page(overlay_server, viewport={"width": 900, "height": 600}) as page:
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            assert route.request.headers.get("referer", "").rstrip("/") == overlay_server.url
            route.fulfill(status=404)

        def is_asked() -> bool:
            page.wait_for_timeout(50)  # what is asked for is heard while the browser is waited for
            return asked != []

        page.context.route("https://rain.example/**", answer)
        page.goto("about:blank")  # from the page itself it would be loaded again, at some time during the login
        page.goto(f"{overlay_server.url}/{LOOK}")
        log_in_and_be_live(page, alice)
        expect(said_of_origin(page)).to_contain_text("our own office")
        expect(said_of_origin(page)).not_to_contain_text("who sees rain")
        overlays = ticks(page)
        expect(overlays.get_by_label("Delivery areas")).to_be_checked()
        assert_accessible(page, "overlays", ".choices")
        assert asked == []
        overlays.get_by_label("Rain").check()
        wait_until(is_asked, "a tile is asked for")
        assert re.fullmatch(r"https://rain\.example/10/56\d/35\d\.png", asked[0])
        overlays.get_by_label("Delivery areas").uncheck()
        expect(said_of_origin(page)).to_contain_text("who sees rain")
        expect(said_of_origin(page)).not_to_contain_text("our own office")
        page.reload()
        expect(said_of_origin(page)).to_contain_text("who sees rain")
        expect(said_of_origin(page)).not_to_contain_text("our own office")
        expect(ticks(page).get_by_label("Rain")).to_be_checked()
        # Without its site the map goes on, by night as well.
        expect(page.locator(".notice")).to_have_count(0)
        page.emulate_media(color_scheme="dark")
        page.get_by_label("Delivery areas").check()
        expect(said_of_origin(page)).to_contain_text("our own office")


def test_list_of_overlays_is_seen_whole_on_a_phone(overlay_server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(overlay_server, viewport={"width": 360, "height": 640}) as page:
        page.context.route("https://rain.example/**", lambda route: route.fulfill(status=404))
        log_in_and_be_live(page, alice)
        ticks(page)
        box = page.locator(".choices fieldset").bounding_box()
        assert box is not None
        assert (box["x"], box["width"], round(box["y"] + box["height"])) == (8, 344, 632)
        assert box["y"] > 60
        page.get_by_label("Rain").click()
        expect(said_of_origin(page)).to_contain_text("who sees rain")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="What the map shows")).to_be_focused()


@pytest.mark.parametrize("size", [(640, 360), (568, 320), (640, 480)])
def test_buttons_of_a_low_map_lie_on_it(
    overlay_server: Daphne, alice: User, register: Register, size: tuple[int, int]
) -> None:
    register(alice)
    with open_page(overlay_server, viewport={"width": size[0], "height": size[1]}) as page:
        log_in_and_be_live(page, alice)
        stage = page.locator(".stage").bounding_box()
        assert stage is not None
        for control in page.locator(".maplibregl-ctrl-bottom-right .maplibregl-ctrl").all():
            box = control.bounding_box()
            assert box is not None
            assert stage["y"] <= box["y"]
            assert box["y"] + box["height"] <= stage["y"] + stage["height"]
        ticks(page).get_by_label("Delivery areas").click()


def test_overlay_that_cannot_be_had_is_told_and_asked_for_again(
    overlay_server: Daphne, areas: Path, alice: User, register: Register
) -> None:
    register(alice)
    text = areas.read_text()
    areas.unlink()
    with open_page(overlay_server) as page:
        page.context.route("https://rain.example/**", lambda route: route.abort())
        log_in_and_be_live(page, alice)
        notices = page.locator(".notice")
        overlays = ticks(page)
        # A notice goes away by itself, and that of the beginning may have.
        overlays.get_by_label("Delivery areas").uncheck()
        overlays.get_by_label("Delivery areas").check()
        expect(notices.filter(has_text="Delivery areas").last).to_contain_text(
            "The overlay Delivery areas cannot be loaded: /overlays/0.geojson: HTTP status 404"
        )
        overlays.get_by_label("Rain").check()
        expect(notices.filter(has_text="The overlay Rain cannot be loaded")).to_have_count(1)
        areas.write_text(text)
        expect(notices).to_have_count(0)
        overlays.get_by_label("Delivery areas").uncheck()
        with page.expect_response("**/overlays/0.geojson") as answer:
            overlays.get_by_label("Delivery areas").check()
        assert answer.value.ok
        expect(said_of_origin(page)).to_contain_text("our own office")
        assert notices.count() == 0
