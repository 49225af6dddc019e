"""Share links in Chromium: made in a vehicle's card, looked at in another site's frame, ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from accounts.models import ShareLink, User
from accounts.services.share_links import remove_links
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, Nginx
from tests.end_to_end.test_accessibility import assert_accessible
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from tests.sharing import share
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


@contextmanager
def shop_with(address: str) -> Iterator[str]:
    """The address of another site, which shows a page in a frame.

    A real one: a browser may refuse a page of this machine to a site of which it cannot tell that it is here, too.
    """
    html = f"<!doctype html><title>Shop</title><iframe src='{address}' width='900' height='600'></iframe>".encode()

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(html)))
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *line: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as shop:
        thread = Thread(target=shop.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{shop.server_port}/"
        finally:
            shop.shutdown()
            thread.join()


@pytest.mark.api(88)
def test_link_of_the_card_shows_the_vehicle_in_a_frame_until_it_ends(
    server: Daphne, alice: User, register: Register
) -> None:
    van, other = register(alice), register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.locator("#list").get_by_text(van.label, exact=True).click()
        page.locator("#sharing summary").click()
        make, address = page.get_by_role("button", name="Make a link"), page.get_by_label("The link")
        page.locator("#sharing [name=whom]").select_option(label="those that the filter shows: 2, at most 100")
        make.click()
        expect(address).to_have_value(re.compile("/share/[0-9a-f]{32}$"))
        shown = elsewhere(ShareLink.objects.get).trackers
        assert {tracker["tracker_id"] for tracker in shown} == {van.pk, other.pk}
        page.locator("#sharing [name=whom]").select_option("this vehicle")
        page.get_by_role("button", name="End it").click()
        expect(address).to_be_hidden()
        assert not elsewhere(ShareLink.objects.exists)
        make.click()
        expect(address).to_have_value(re.compile("/share/[0-9a-f]{32}$"))
        with shop_with(address.input_value()) as shop_address:
            page.goto(shop_address)
            shared = page.frame_locator("iframe")
            expect(shared.locator("#link")).to_have_attribute("data-state", "live")
            assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
            expect(shared.locator("#list .row:visible")).to_have_count(1)
            expect(shared.locator("#list .row:visible")).to_contain_text("37 km/h")
            expect(shared.locator("body")).not_to_contain_text(other.label)
            elsewhere(lambda: remove_links(ShareLink.objects.all()))
            expect(shared.locator("h1")).to_have_text("Nothing is shared here")


def test_shared_page_is_accessible_and_drops_what_is_blocked(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice), register(alice)]
    link, token = elsewhere(share, alice, vans)
    with open_page(server) as page:
        page.goto(f"{server.url}/share/{token}")
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        expect(page.locator("#list .row:visible")).to_have_count(2)
        assert_accessible(page, "share")
        elsewhere(set_blocked, vans[0].source_id, is_blocked=True)
        expect(page.locator("#list .row:visible")).to_have_count(1)
        elsewhere(set_blocked, vans[0].source_id, is_blocked=False)
        expect(page.locator("#list .row:visible")).to_have_count(2)
        elsewhere(remove_links, ShareLink.objects.filter(pk=link.pk))
        expect(page.locator("h1")).to_have_text("Nothing is shared here")
        assert_accessible(page, "nothing shared")


@pytest.mark.api(85)
def test_proxy_keeps_tokens_out_of_its_log(nginx_site: Nginx, alice: User, register: Register) -> None:
    token = share(alice, [register(alice)])[1]
    assert httpx.get(f"{nginx_site.url}/share/{token}").status_code == 200
    assert httpx.get(f"{nginx_site.url}/share/{token[:-1]}/").status_code == 404
    assert '"GET /share/..." 200' in nginx_site.log_text()
    assert token[:16] not in nginx_site.log_text()
