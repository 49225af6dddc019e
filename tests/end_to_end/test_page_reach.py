"""The page on small screens, by keyboard, in forced colours, and installed: what is there can be got at."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser, press_at_top
from tests.end_to_end.cutting_proxy import CuttingProxy, Websockets
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_accessibility import assert_accessible
from tests.end_to_end.test_page import log_in, log_in_and_be_live, open_page
from tests.patience import PATIENCE_S
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
PHONE = {"width": 360, "height": 640}
# What of the header is seen does not reach into each other or out of the screen, and no text is cut off.
FIND_CLASHES = """() => {
  const parts = ".top h1 img, #link, .tools > button, .more-tools > *";
  const seen = [...document.querySelectorAll(parts)].filter((one) => one.checkVisibility());
  const boxes = seen.map((one) => ({ name: one.id || one.tagName, box: one.getBoundingClientRect() }));
  const { bottom } = document.querySelector(".top").getBoundingClientRect();
  const isIn = ({ box }) => box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= bottom;
  const out = boxes.filter((one) => !isIn(one)).map(({ name }) => name);
  const meets = (one, other) => one.box.left < other.box.right && other.box.left < one.box.right;
  const over = (one, index) => boxes.slice(index + 1).find((other) => meets(one, other));
  const pairs = boxes.map((one, index) => [one, over(one, index)]).filter(([, other]) => other);
  const met = pairs.map(([one, other]) => `${one.name} and ${other.name}`);
  const link = document.querySelector("#link");
  const [badge, text] = [link, link.querySelector("span")].map((one) => one.getBoundingClientRect());
  const isCut = text.left < badge.left || text.right > badge.right || link.scrollHeight > badge.height;
  return [...out, ...met, ...(isCut ? ["text"] : []), ...(bottom > 66 ? ["height"] : [])];
}"""


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR", "ar"])
def test_header_holds_the_longest_word_on_the_link(
    server: Daphne, alice: User, register: Register, locale: str
) -> None:
    register(alice)
    with CuttingProxy(server.port, Websockets.REFUSED) as proxy, open_browser() as browser:
        page = browser.new_page(viewport=PHONE, locale=locale)
        page.add_init_script("Object.defineProperty(navigator.connection, 'type', {value: 'cellular'})")
        page.goto(proxy.url)
        log_in(page, alice)
        page.wait_for_selector("#link[data-state=live]")
        expect(page.locator("#link")).to_have_text(re.compile(r".+ · .+ · .+5.+"))
        page.locator("#alerts-open").wait_for()
        for width in (320, 360, 768, 1279, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            assert page.evaluate(FIND_CLASHES) == [], width


def test_menu_of_a_phone_has_all_that_is_at_the_top(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server, viewport=PHONE, has_touch=True, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        opener, menu = page.get_by_role("button", name="Menu"), page.locator("#more")
        expect(menu).to_be_hidden()
        opener.tap()
        expect(menu.get_by_role("button")).to_have_text(
            ["Zones", "Rules", "Reports", "Set up", "Wall board", "?Keys of this page", "", "Log out"]
        )
        expect(menu.get_by_role("combobox", name="Language")).to_be_visible()
        heights = menu.locator("button, select").evaluate_all("all => all.map((one) => one.offsetHeight)")
        assert min(heights) >= 44
        assert_accessible(page, "menu")
        menu.get_by_role("button", name=re.compile("Colours")).tap()
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(opener).to_be_focused()
        opener.tap()
        page.touchscreen.tap(20, 600)
        expect(menu).to_be_hidden()
        press_at_top(page, "#zones-open")
        expect(page.locator("#zones-title")).to_be_focused()
        expect(menu).to_be_hidden()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()
        press_at_top(page, "#help-open")
        page.get_by_role("dialog", name="Keys of this page").get_by_role("button").tap()
        press_at_top(page, "#board-open")
        expect(page.locator("#board")).to_be_visible()
        page.touchscreen.tap(100, 300)
        expect(page.locator("body")).to_have_class(re.compile("has-hand"))
        page.locator("#board [data-does=leave]").tap()
        expect(page.locator("#board")).to_be_hidden()


def looked_at(page: Page) -> dict[str, str]:
    """What the address holds, by its names."""
    return dict(part.split("=") for part in str(page.evaluate("location.hash.slice(1)")).split("&") if "=" in part)


def test_skip_links_lead_to_list_and_map_and_keep_the_address(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server, reduced_motion="reduce") as page:
        log_in_and_be_live(page, alice)
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
        page.locator("#list").get_by_text(van.label, exact=True).click()
        page.fill("#search", "Van")
        wanted = {"search": "Van", "vehicle": str(van.pk)}
        # The view is another one for a moment, until the fleet has come together.
        wait_until(lambda: wanted.items() <= looked_at(page).items() and "map" in looked_at(page), "the address")
        page.evaluate("window.isSame = true")
        skips = page.locator(".skip")
        page.evaluate("document.querySelector('.skip').focus()")
        expect(skips.first).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#search")).to_be_focused()
        assert looked_at(page).keys() == {"map", "search", "vehicle"}
        page.evaluate("document.querySelector('.skip').focus()")
        page.keyboard.press("Tab")
        expect(skips.last).to_be_focused()
        expect(skips.last).to_have_text("Skip to the map")
        page.keyboard.press("Enter")
        expect(page.locator("#map canvas")).to_be_focused()
        assert looked_at(page).keys() == {"map", "search", "vehicle"}
        before = looked_at(page)["map"]
        page.keyboard.press("ArrowLeft")
        wait_until(lambda: looked_at(page)["map"] != before, "the map hears keys")
        assert wanted.items() <= looked_at(page).items()
        assert page.evaluate("window.isSame")


def test_page_can_be_installed(running_server: Daphne, tmp_path: Path) -> None:
    with open_browser() as browser, browser.own_profile(tmp_path / "profile") as page:
        page.goto(running_server.url)
        session = page.context.new_cdp_session(page)
        manifest = session.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert session.send("Page.getInstallabilityErrors") == {"installabilityErrors": []}
        assert session.send("Page.getAppId")["appId"] == f"{running_server.url}/"
        apple = page.locator("link[rel=apple-touch-icon]").get_attribute("href")
        icons = page.evaluate("text => JSON.parse(text).icons", manifest["data"])
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in icons if icon["type"] == "image/png"}
    assert sizes == {(size, use) for size in ("192x192", "512x512") for use in ("any", "maskable")}
    base = manifest["url"].rpartition("/")[0]
    drawn = {f"{base}/{icon['src']}": icon["sizes"] for icon in icons if icon["type"] == "image/png"}
    for address, size in {**drawn, f"{running_server.url}{apple}": "180x180"}.items():
        content = httpx.get(address, timeout=PATIENCE_S).content
        assert "{}x{}".format(*struct.unpack(">II", content[16:24])) == size


def test_bar_above_the_page_has_its_colours(server: Daphne) -> None:
    with open_page(server, color_scheme="dark") as page:
        bar = page.locator("meta[name=theme-color]")
        expect(bar).to_have_attribute("content", "#141c22")
        page.emulate_media(color_scheme="light")
        expect(bar).to_have_attribute("content", "#ffffff")


def test_buttons_of_the_map_are_seen_in_forced_colours(server: Daphne, alice: User) -> None:
    with open_page(server, forced_colors="active", color_scheme="dark") as page:
        log_in_and_be_live(page, alice)
        page.wait_for_selector(".maplibregl-canvas")
        for button in page.locator(".maplibregl-ctrl button").all():
            shot = button.screenshot()
            assert colours_in(page, shot) > 1, button.get_attribute("aria-label")


def colours_in(page: Page, png: bytes) -> int:
    """How many colours the inner part of a picture has, whose border says nothing."""
    return int(
        page.evaluate(
            """async (bytes) => {
          const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
          const { width, height } = picture;
          const pen = new OffscreenCanvas(width, height).getContext("2d");
          pen.drawImage(picture, 0, 0);
          const { data } = pen.getImageData(6, 6, width - 12, height - 12);
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
            list(png),
        )
    )
