"""The map of the monitoring page: streets, crowds, following, and what the address holds."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page
from tests.end_to_end.test_pairing import form_of
from trackers.models import Tracker
from trackers.simulation.map_file import city_map

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def test_stack_opens_as_a_list_and_its_vehicle_is_followed(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(3)]
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        for van in vans:
            assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=0) == 200
        becomes(page, vans[2], lat=47.5)
        bubble = page.get_by_role("button", name=re.compile(r"^3 vehicles: "))
        bubble.press("Enter")
        page.get_by_role("dialog", name="3 vehicles in one place").get_by_text(vans[1].label, exact=True).click()
        expect(page.locator("#detail h2")).to_contain_text(vans[1].label)
        page.locator("#detail-close").focus()
        page.keyboard.press("f")
        expect(page.locator(".following")).to_contain_text(f"Keeping {vans[1].label} in view")
        expect(page.get_by_role("button", name=re.compile(r"^2 vehicles: "))).to_be_visible()
        expect(page).to_have_url(re.compile(rf"#map=.*&vehicle={vans[1].pk}$"))


def test_address_shows_again_what_was_looked_at(server: Daphne, alice: User, register: Register) -> None:
    van, other = register(alice), register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.locator("#list").get_by_text(van.label, exact=True).click()
        page.locator("#summary").get_by_role("button", name="New").click()
        page.fill("#search", van.label)
        expect(page).to_have_url(re.compile(rf"status=new&search=.+&vehicle={van.pk}$"))
        page.reload()
        expect(page.locator("#search")).to_have_value(van.label)
        expect(page.locator("#summary").get_by_role("button", name="New")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#detail h2")).to_contain_text(van.label)
        expect(page.locator("#list").get_by_text(other.label, exact=True)).to_have_count(0)


def test_address_put_in_is_shown_though_the_page_wrote_its_own_meanwhile(server: Daphne, alice: User) -> None:
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.evaluate(
            "() => { location.hash = 'map=9/47.5/19.04&search=Nobody'; history.replaceState(null, '', '#order=age'); }"
        )
        expect(page.locator("#search")).to_have_value("Nobody")
        expect(page).to_have_url(re.compile("#map=9/47.5/19.04&search=Nobody$"))


@pytest.fixture
def city_server(serve: Callable[..., Daphne], tmp_path: Path) -> Daphne:
    """A server that has the demo's streets."""
    path = tmp_path / "city.pmtiles"
    path.write_bytes(city_map())
    return serve(MAP_FILE=str(path))


def test_form_in_the_admin_shows_the_last_position(city_server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    assert report(city_server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
    with form_of(city_server, van) as page:
        expect(page.locator("#position-map .maplibregl-marker")).to_be_visible()
        expect(page.locator("#position-map .maplibregl-ctrl-attrib")).to_contain_text("An imagined city")


def test_streets_of_the_map_file_are_read_in_pieces(city_server: Daphne) -> None:
    with open_page(city_server) as page:
        expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("An imagined city")
        choices = page.get_by_role("button", name="What the map shows")
        choices.dispatch_event("click")
        expect(page.get_by_label("Streets")).to_be_checked()


COUNT_GREEN = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  pen.drawImage(picture, 0, 0);
  const { data } = pen.getImageData(0, 0, picture.width, picture.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (Math.abs(data[at] - 11) + Math.abs(data[at + 1] - 132) + Math.abs(data[at + 2] - 87) < 30) count += 1;
  }
  return count;
}"""


def green_pixels(page: Page) -> int:
    """How many pixels of the map have the colour of those that move: an arrow has half as many as a disc."""
    picture = base64.b64encode(page.locator("#map").screenshot(mask=[page.locator("#detail")])).decode()
    count: int = page.evaluate(COUNT_GREEN, picture)
    return count


def choose_arrows(page: Page, where: str) -> None:
    page.get_by_role("button", name="What the map shows").press("Enter")
    page.get_by_role("combobox", name="Arrows").select_option(where)
    expect(page.get_by_role("combobox", name="Names")).to_have_value("all")
    page.keyboard.press("Escape")


def test_arrows_are_on_all_or_on_the_selected_one_only(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20, bearing=90) == 200
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        becomes(page, van, status="moving")
        wait_until(lambda: green_pixels(page) > 50, "the vehicle is on the map")
        arrow = green_pixels(page)

        def is_disc() -> bool:
            return green_pixels(page) > 1.5 * arrow

        choose_arrows(page, "on the selected one only")
        wait_until(is_disc, "a disc is in the place of the arrow")
        page.locator("#list").get_by_text(van.label, exact=True).click()
        wait_until(lambda: 0 < green_pixels(page) < 1.5 * arrow, "the selected vehicle has its arrow")
        page.locator("#detail-close").press("Enter")
        expect(page).not_to_have_url(re.compile("vehicle="))
        page.reload()
        page.wait_for_selector("#link[data-state=live]")
        wait_until(is_disc, "the choice is kept")
        choose_arrows(page, "on all")
        wait_until(lambda: 0 < green_pixels(page) < 1.5 * arrow, "all have arrows again")
