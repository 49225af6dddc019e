"""A fleet too large to be followed as a whole, on the page: those in its window are followed, the others counted."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page, shown
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

HEAR = """window.heard = [];
const parse = JSON.parse;
JSON.parse = (text, ...more) => {
  heard.push(String(text));
  return parse(text, ...more);
};"""
TOWN, ELSEWHERE = (47.5, 19.04), (48.2, 16.37)


def count_as_large(page: Page, server: Daphne) -> None:
    """Has the page take three trackers for more than it should follow."""

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.text().replace('"area_from_trackers": 20000', '"area_from_trackers": 2')
        route.fulfill(response=response, body=body)

    page.route(f"{server.url}/", answer)
    page.add_init_script(HEAR)


def hears(page: Page, part: str) -> None:
    """Returns when the server has said something with this in it, over whatever transport."""
    page.wait_for_function("(part) => window.heard.some((text) => text.includes(part))", arg=part)


def put(server: Daphne, van: Tracker, place: tuple[float, float], **more: float) -> None:
    assert report(server, van.source.device_id, int(time.time()), lat=place[0], lon=place[1], **more) == 200


def look_at(page: Page, server: Daphne, place: tuple[float, float]) -> None:
    page.goto("about:blank")
    page.goto(f"{server.url}/#map=13/{place[0]}/{place[1]}")


def test_those_in_the_window_are_followed_and_the_others_counted(
    server: Daphne, alice: User, register: Callable[..., Tracker]
) -> None:
    here, leaving, away = register(alice), register(alice), register(alice)
    put(server, here, TOWN)
    put(server, leaving, TOWN)
    put(server, away, ELSEWHERE)
    with open_page(server, reduced_motion="reduce") as page:
        count_as_large(page, server)
        look_at(page, server, TOWN)
        log_in_and_be_live(page, alice)
        for van in (here, leaving):
            becomes(page, van, lat=TOWN[0])
        # Told by the server alone, of those who are elsewhere, too.
        expect(page.locator("#summary").get_by_role("button", name="All")).to_contain_text("3")
        put(server, away, (48.3, 16.37))
        put(server, here, (47.501, 19.041))
        becomes(page, here, lat=47.501)
        assert shown(page)[away.source_id]["lat"] != 48.3
        put(server, leaving, ELSEWHERE)
        becomes(page, leaving, lat=ELSEWHERE[0])
        put(server, away, (47.502, 19.042))
        becomes(page, away, lat=47.502)
        look_at(page, server, ELSEWHERE)
        page.wait_for_selector("#link[data-state=live]")
        becomes(page, leaving, lat=ELSEWHERE[0])
        put(server, leaving, (48.21, 16.38))
        becomes(page, leaving, lat=48.21)


def test_area_is_followed_still_when_the_link_was_asked_whether_it_lives(
    server: Daphne, alice: User, register: Callable[..., Tracker]
) -> None:
    here, *_ = (register(alice) for _ in range(3))
    put(server, here, TOWN)
    with open_page(server, reduced_motion="reduce") as page:
        count_as_large(page, server)
        look_at(page, server, TOWN)
        log_in_and_be_live(page, alice)
        becomes(page, here, lat=TOWN[0])
        page.evaluate("() => dispatchEvent(new Event('online'))")
        hears(page, "subscription/unsubscribe")
        put(server, here, (47.501, 19.041))
        becomes(page, here, lat=47.501)


def test_states_that_come_before_a_long_list_are_shown_with_it(
    server: Daphne, alice: User, register: Callable[..., Tracker]
) -> None:
    here, *_ = (register(alice) for _ in range(3))
    put(server, here, TOWN)
    with open_page(server, reduced_motion="reduce") as page:
        count_as_large(page, server)
        # Its first bytes are there, the last ones are not.
        page.add_init_script(
            """const json = Response.prototype.json;
            Response.prototype.json = async function () {
              if (this.url.endsWith("tracker/list_compact")) await new Promise((done) => (window.endList = done));
              return json.call(this);
            };"""
        )
        look_at(page, server, TOWN)
        log_in_and_be_live(page, alice)
        put(server, here, (47.501, 19.041))
        hears(page, "47.501")
        assert shown(page) == {}
        # Who is there is not known yet.
        expect(page.locator("#list-empty")).to_be_hidden()
        page.evaluate("() => endList()")
        becomes(page, here, lat=47.501)
        expect(page.locator("#summary").get_by_role("button", name="All")).to_contain_text("3")


def test_list_that_breaks_off_is_asked_for_again(server: Daphne, alice: User, register: Callable[..., Tracker]) -> None:
    here, *_ = (register(alice) for _ in range(3))
    put(server, here, TOWN)
    lists: list[str] = []

    def answer(route: Route) -> None:
        lists.append(route.request.url)
        if len(lists) > 1:
            route.continue_()
        else:
            route.fulfill(body='{"success": true, "list": [', headers={"X-Total-Count": "3"})

    with open_page(server, reduced_motion="reduce") as page:
        count_as_large(page, server)
        page.route("**/tracker/list_compact", answer)
        look_at(page, server, TOWN)
        log_in_and_be_live(page, alice)
        becomes(page, here, lat=TOWN[0])
        assert len(lists) == 2


def test_alerts_of_a_large_fleet_are_heard(server: Daphne, alice: User, register: Callable[..., Tracker]) -> None:
    away, *_ = (register(alice) for _ in range(3))
    rule = make_rule(away)
    with open_page(server) as page:
        count_as_large(page, server)
        look_at(page, server, TOWN)
        with page.expect_response("**/history/unread/count*"):
            log_in_and_be_live(page, alice)
        elsewhere(raise_alerts, rule, away, message="new")
        page.locator(".notice", has_text="new").wait_for()
