"""The live link of the monitoring page, on lines that a network hurts in one way or another."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.cutting_proxy import CuttingProxy, Websockets
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.silent_proxy import SilentProxy
from tests.end_to_end.test_page import becomes, log_in
from tests.patience import PATIENCE_S
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


@contextmanager
def open_page(url: str, user: User, line: str = "") -> Iterator[Page]:
    """The page, logged in and live, whose time the test can let pass; `line`: what the browser calls its line."""
    with open_browser() as browser:
        page = browser.new_page()
        if line:
            page.add_init_script(f"Object.defineProperty(navigator.connection, 'type', {{value: '{line}'}})")
        page.clock.install()
        page.goto(url)
        log_in(page, user)
        page.wait_for_selector("#link[data-state=live]")
        yield page


@pytest.mark.parametrize("websockets", [Websockets.REFUSED, Websockets.SWALLOWED])
def test_blocked_websocket_is_done_without(
    server: Daphne, alice: User, register: Register, websockets: Websockets
) -> None:
    van = register(alice)
    with CuttingProxy(server.port, websockets) as proxy, open_page(proxy.url, alice, "cellular") as page:
        assert page.evaluate("fleetsphere.transport") == "sse"
        expect(page.locator("#link")).to_have_text("Live · no websocket · every 5 s")
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
        becomes(page, van, status="moving", lat=47.5)
        proxy.websockets = Websockets.PASS
        page.clock.fast_forward("01:00")
        wait_until(lambda: page.evaluate("fleetsphere.transport") == "websocket", "a websocket again")
        assert report(server, van.source.device_id, int(time.time()) + 1, lat=47.6, lon=19.04, speed=20) == 200
        becomes(page, van, lat=47.6)


def test_card_of_a_silent_vehicle_tells_over_what_it_is_heard(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with CuttingProxy(server.port, Websockets.REFUSED) as proxy, open_page(proxy.url, alice) as page:
        page.locator("#list").get_by_text(van.label, exact=True).click()
        expect(page.locator("[data-fact=transport] dd")).to_have_text(
            "by server-sent events, as no websocket gets through"
        )
        expect(page.locator("[data-fact=verdict] dd")).to_contain_text("Normal")
        proxy.cut()
        expect(page.locator("[data-fact=transport] dd")).to_have_text("none: it is tried again by itself")
        expect(page.locator("[data-fact=verdict] dd")).to_contain_text(
            "Not asked for: the page does not hear the server"
        )
        expect(page.locator("[data-fact=kinds] dd")).to_have_text("nothing of it")
        proxy.let_in()
        page.clock.run_for(6_000)
        expect(page.locator("[data-fact=verdict] dd")).to_contain_text("Normal")


def test_busy_fleet_that_falls_silent_is_told(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with (
        SilentProxy(("127.0.0.1", server.port)) as network,
        open_page(f"http://127.0.0.1:{network.port}", alice) as page,
    ):
        for second in range(12):
            assert report(server, van.source.device_id, int(time.time()) + second, lat=47 + second / 100, lon=19) == 200
            becomes(page, van, lat=47 + second / 100)
            page.clock.run_for(200)
        network.silence()
        page.clock.run_for(5_500)
        expect(page.locator("#link")).to_have_attribute("data-state", "silent")
        expect(page.locator("#link")).to_contain_text("No news for")
        page.clock.run_for(4_000)
        page.wait_for_selector("#link[data-state=live]")
        assert report(server, van.source.device_id, int(time.time()) + 30, lat=48, lon=19) == 200
        becomes(page, van, lat=48)


def test_bundle_comes_compressed_and_may_be_kept(running_server: Daphne) -> None:
    page = httpx.get(running_server.url, timeout=PATIENCE_S).text
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', page)
    answer = httpx.get(f"{running_server.url}{script}", headers={"Accept-Encoding": "br"}, timeout=PATIENCE_S)
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
