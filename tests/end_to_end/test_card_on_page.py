"""What the card of a vehicle says beyond its lines: charts, why it is silent, what developers look at, its trail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from tests.end_to_end.browser import PATIENCE_MS, elsewhere, needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_accessibility import assert_accessible
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import RefusedReport, Sensor, Tracker
from trackers.services.settings import save_sensor
from trackers.services.trackers import bind_sub_users, corrupt_tracker, set_blocked, set_ingest_key

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
PHONE = {"width": 360, "height": 640}


def card_of(page: Page, van: Tracker) -> Locator:
    page.locator("#list").get_by_text(van.label, exact=True).click()
    page.wait_for_selector("#detail:visible")
    return page.locator("#detail")


def drive(server: Daphne, van: Tracker, count: int) -> None:
    """So many reports, the last one of now, with speeds of 0, 10, 20… knots and a tank that gets empty."""
    now = int(time.time())
    for index in range(count):
        moment = now - 10 * (count - 1 - index)
        values = {
            "lat": 47.5 + index / 1000,
            "lon": 19.04,
            "speed": 10 * index,
            "lls_level_1": 60 - index,
            "batt": 90 - index,
        }
        assert report(server, van.source.device_id, moment, **values) == 200


def test_charts_show_what_was_before_and_what_comes(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    tank = Sensor(
        source=van.source, kind="metering", sensor_type="fuel", name="Tank", input_name="lls_level_1", units="l"
    )
    elsewhere(save_sensor, tank)
    drive(server, van, 4)
    with open_page(server, viewport=PHONE) as page:
        log_in_and_be_live(page, alice)
        charts = card_of(page, van).locator("#charts")
        expect(
            charts.get_by_role("img", name=re.compile(r"^Speed: 56 km.h at .* Between 0 km.h and 56 km.h"))
        ).to_be_visible()
        expect(
            charts.get_by_role("img", name=re.compile(r"^Battery: 87 % at .* Between 87 % and 90 %"))
        ).to_be_visible()
        # Of the sensor the page has heard one value; the server has the others.
        expect(charts.get_by_role("img", name=re.compile(r"^Tank: 57 l at .* Between 57 l and 60 l"))).to_be_visible()
        assert report(server, van.source.device_id, int(time.time()) + 1, lat=47.6, lon=19.04, speed=50) == 200
        expect(charts.get_by_role("img", name=re.compile(r"^Speed: 93 km.h"))).to_be_visible()
        assert_accessible(page, "charts", "#detail")
        charts.locator("summary").click()
        # A browser says so a moment later, and the page remembers it then.
        wait_until(lambda: page.evaluate("localStorage.getItem('fleetsphere.charts')") == "closed", "it is remembered")
        page.reload()
        page.wait_for_selector("#link[data-state=live]")
        expect(page.locator("#charts")).to_be_visible()
        expect(page.locator("#charts figure")).to_have_count(0)


def test_card_says_why_a_vehicle_is_silent(server: Daphne, alice: User, register: Register) -> None:
    van, other = register(alice), register(alice)
    elsewhere(set_ingest_key, [van.source_id])
    for _ in range(2):
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 403
    kept = RefusedReport.objects.filter(device_id=van.source.device_id, count=2)
    wait_until(kept.exists, "refusals are written a little later")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        why = card_of(page, other).get_by_role("region", name="Why is it silent?")
        expect(why.get_by_role("listitem")).to_have_text(
            re.compile(r"No report of it was ever stored.*its pairing sheet")
        )
        refused = re.compile(r"are refused: its ingest key is missing. 2 times by osmand.*Make a new key")
        card_of(page, van)
        expect(why.get_by_role("listitem")).to_have_text([refused, "No report of it was ever stored."])
        assert_accessible(page, "silence", "#detail")
        elsewhere(set_blocked, van.source_id, is_blocked=True)
        expect(why.get_by_role("listitem").first).to_contain_text("It is blocked")
        elsewhere(set_blocked, van.source_id, is_blocked=False)
        assert report(server, other.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
        card_of(page, other)
        expect(why).to_be_hidden()


def fact(page: Page, key: str) -> Locator:
    """A line of what is known of a silent vehicle."""
    return page.locator(f"#silence [data-fact={key}] dd")


def test_card_says_what_the_server_answered_for_a_silent_vehicle(
    server: Daphne, alice: User, bob: User, register: Register
) -> None:
    van, hidden, foreign = register(alice), register(alice, "Hidden"), register(alice, "Gone")
    elsewhere(bind_sub_users, van, [bob])
    elsewhere(corrupt_tracker, foreign)

    def list_more(route: Route) -> None:
        """What the page was told before one was taken from Bob, and another one removed."""
        body = route.fetch().json()
        [own] = body["list"]
        for tracker in (hidden, foreign):
            source = {**own["source"], "id": tracker.source_id}
            body["list"].append({**own, "id": tracker.pk, "label": tracker.label, "source": source})
        route.fulfill(json=body)

    with open_page(server) as page:
        page.route("**/tracker/list_compact", list_more)
        log_in_and_be_live(page, bob)
        card_of(page, van)
        expect(fact(page, "verdict")).to_contain_text("Normal: the server tells the page all that it reports.")
        expect(fact(page, "kinds")).to_contain_text(
            "each change of its state, batches of states, sensors and counters, its last reports and alerts"
        )
        expect(fact(page, "transport")).to_have_text("by a websocket")
        expect(fact(page, "waiting")).to_contain_text("nothing waits")
        assert report(server, van.source.device_id, int(time.time()) - 7200, lat=47.5, lon=19.04) == 200
        expect(fact(page, "fix")).to_contain_text("(2 h ago)")
        expect(fact(page, "queue")).to_contain_text("1, the newest made 2 h ago, received ")
        expect(fact(page, "block")).to_have_text("not blocked")
        assert_accessible(page, "facts of a silent vehicle", "#detail")
        elsewhere(set_blocked, van.source_id, is_blocked=True)
        expect(fact(page, "verdict")).to_contain_text("Blocked: the server tells nothing of it until it is unblocked.")
        expect(fact(page, "block")).to_have_text("blocked: what it sends is refused")
        card_of(page, hidden)
        expect(fact(page, "verdict")).to_contain_text("Disallowed: the account has it, but this login may not see it.")
        expect(fact(page, "kinds")).to_have_text("nothing of it")
        card_of(page, foreign)
        expect(fact(page, "verdict")).to_contain_text("Unknown: the server knows of no such vehicle")


def test_developers_find_messages_ids_and_code(server: Daphne, alice: User, register: Register) -> None:
    van, other = register(alice), register(alice)
    drive(server, van, 2)
    with open_page(server) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        log_in_and_be_live(page, alice)
        card_of(page, van)
        page.keyboard.press("d")
        drawer = page.locator("#developer")
        messages = drawer.get_by_role("list", name="Last messages about it").get_by_role("listitem")
        expect(messages.filter(has_text="iot_monitor")).not_to_have_count(0)
        assert report(server, van.source.device_id, int(time.time()) + 1, lat=47.6, lon=19.04, speed=50) == 200
        expect(messages.filter(has_text='"speed":93').first).to_be_visible()
        expect(drawer.get_by_text("websocket", exact=True)).to_be_visible()
        expect(drawer.get_by_text(re.compile("messages and .* kB a second"))).to_be_visible()
        drawer.get_by_role("button", name="Copy: Device id").click()
        assert page.evaluate("navigator.clipboard.readText()") == van.source.device_id
        drawer.get_by_role("button", name="Copy the code").click()
        code = page.evaluate("navigator.clipboard.readText()")
        assert f'"trackers":[{van.pk}]' in code
        assert f"{server.port}/event/subscription" in code
        drawer.get_by_role("button", name="Copy all").click()
        secret = page.evaluate(
            "localStorage.getItem('fleetsphere.session') ?? sessionStorage.getItem('fleetsphere.session')"
        )
        assert secret
        shown = drawer.inner_text() + page.evaluate("navigator.clipboard.readText()")
        assert not set(re.findall(r"[0-9a-f]{32}", secret)) & set(re.findall(r"[0-9a-f]{32}", shown))
        assert_accessible(page, "developers", "#detail")
        card_of(page, other)
        expect(messages.filter(has_text='"speed":93')).to_have_count(0)
        drawer.locator("summary").focus()
        page.keyboard.press("d")
        expect(messages).to_have_count(0)


def test_code_for_developers_hears_the_vehicle(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    drive(server, van, 1)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        card_of(page, van)
        page.keyboard.press("d")
        key = page.evaluate("JSON.parse(sessionStorage.getItem('fleetsphere.session')).hash")
        shown = page.locator("#developer [data-part=code]")
        expect(shown).to_contain_text("WebSocket")
        code = shown.inner_text().replace("API_KEY", key)
        with page.expect_console_message(lambda line: f'"source_id":{van.source_id}' in line.text):
            page.evaluate(f"() => {{ {code} }}")


def test_length_of_the_trail_and_lines_of_the_card_are_kept(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    drive(server, van, 3)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        trail = card_of(page, van).get_by_label("Trail behind it")
        expect(trail).to_have_value("15")
        with page.expect_request("**/track/read") as asked:
            trail.select_option("60 min")
        assert f'"tracker_id":{van.pk},' in (asked.value.post_data or "")
        trail.select_option("off")
        card = page.locator("#detail")
        battery = card.get_by_role("term").filter(has_text="Battery")
        expect(battery).to_be_visible()
        card.get_by_text("What this card tells").click()
        card.get_by_label("Battery", exact=True).uncheck()
        expect(battery).to_be_hidden()
        page.reload()
        expect(card.get_by_role("term").filter(has_text="Last report")).to_be_visible()
        expect(battery).to_be_hidden()
        expect(card_of(page, van).get_by_label("Trail behind it")).to_have_value("0", timeout=PATIENCE_MS)
