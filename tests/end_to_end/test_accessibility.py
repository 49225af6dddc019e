"""Every page, as axe-core judges it: whoever cannot see, point or tell colours apart uses them as well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import Session, User
from accounts.services.sessions import close_sessions
from alerts.geometry.drawings import Drawing, ZoneShape
from alerts.geometry.places import Place
from alerts.services.zones import create_zones
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import PACKAGES, elsewhere, needs_chromium, open_browser, press_at_top
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import call, report
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page_history import drive_yesterday
from tests.end_to_end.test_reports_on_page import describe, make_all, order_trips
from tests.people import PASSWORD
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

# Nothing but contrast is another in the dark.
RULES: dict[Any, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
WIDTHS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
# Each finding with the element and, for contrast, the colours that were measured.
RUN_AXE = """async ([part, rules]) => {
  const { violations } = await axe.run(part, { resultTypes: ["violations"], ...rules });
  return violations.filter(({ impact }) => impact !== "minor").flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} at ${target}: ${failureSummary}`));
}"""

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.parametrize("width", WIDTHS),
]

Register = Callable[..., Tracker]
DEPOT = Drawing(ZoneShape.CIRCLE, "Depot", 2000, Place(47.5, 19.04))


@contextmanager
def looking_at(url: str, width: str) -> Iterator[Page]:
    """A page on a screen of this width, at rest: what moves has no contrast to measure."""
    with open_browser() as browser:
        page = browser.new_page(viewport=WIDTHS[width], reduced_motion="reduce")
        page.goto(url)
        yield page


def assert_accessible(page: Page, scene: str, part: str = "html") -> None:
    """Fails on whatever axe-core finds worse than minor in what a page or a part of it shows now, in either theme."""
    if not page.evaluate("'axe' in window"):
        # Not as a script of the page, which its policy would refuse.
        page.evaluate((PACKAGES / "axe-core" / "axe.min.js").read_text())
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RUN_AXE, [part, rules]) == [], f"{scene}, {theme}"


def test_monitoring_page_can_be_used_by_everybody(server: Daphne, alice: User, register: Register, width: str) -> None:
    vans = [register(alice) for _ in range(4)]
    drive_yesterday(vans[0])
    for number, van in enumerate(vans[:3]):
        sent = report(server, van.source.device_id, int(time.time()), lat=47.5 + number / 100, lon=19.04, speed=20)
        assert sent == 200
    elsewhere(set_blocked, vans[2].source_id, is_blocked=True)
    with looking_at(server.url, width) as page:
        page.wait_for_selector("input[name=login]:visible")
        assert_accessible(page, "login")
        log_in(page, alice, "a wrong password")
        page.wait_for_selector("#login-error:visible")
        assert_accessible(page, "login refused")
        log_in(page, alice, PASSWORD)
        page.wait_for_selector("#link[data-state=live]")
        page.locator("#list").get_by_text(vans[3].label, exact=True).wait_for()
        assert_accessible(page, "list")
        page.locator("#list").get_by_text(vans[0].label, exact=True).click()
        page.wait_for_selector("#detail:visible")
        assert_accessible(page, "card")
        open_history(page)
        assert_accessible(page, "history")
        elsewhere(set_blocked, vans[1].source_id, is_blocked=True)
        page.wait_for_selector(".notice")
        assert_accessible(page, "notice")
        elsewhere(raise_alerts, elsewhere(make_rule, vans[0]), vans[0], is_emergency=True)
        page.locator(".notice").get_by_role("button", name="Show").wait_for()
        page.click("#alerts-open")
        page.wait_for_selector("#alerts li")
        page.click("#alerts summary")
        assert_accessible(page, "alerts")
        page.press("#alerts-open", "Escape")
        page.context.set_offline(True)
        page.wait_for_selector("#link:not([data-state=live])")
        page.wait_for_selector("#banner:visible")
        assert_accessible(page, "not live")
        page.context.set_offline(False)
        page.wait_for_selector("#link[data-state=live]")
        elsewhere(lambda: close_sessions(Session.objects.all()))
        page.wait_for_selector("#login-notice:visible")
        assert_accessible(page, "logged out")


def test_zones_can_be_drawn_by_everybody(server: Daphne, alice: User, width: str) -> None:
    elsewhere(create_zones, alice.pk, [DEPOT], maker_id=alice.pk)
    with looking_at(server.url, width) as page:
        log_in(page, alice, PASSWORD)
        page.wait_for_selector(".maplibregl-canvas")
        press_at_top(page, "#zones-open")
        page.locator(".zones li").get_by_text("Depot", exact=True).wait_for()
        assert_accessible(page, "zones")
        page.click("[data-draws=polygon]")
        page.wait_for_selector(".map.drawing")
        for _ in range(2):
            page.click("#zones [data-does=point]")
        page.wait_for_selector(".zone-grip[aria-label^='Point 2 of 2']")
        page.fill(".zones [name=label]", "Yard")
        page.click(".zones [type=submit]")
        page.wait_for_selector(".failure:visible")
        assert_accessible(page, "zone that lacks a point")
        page.click("[data-does=cancel]")
        page.locator(".zones li button").click()
        page.click("[data-does=remove]")
        page.wait_for_selector(".question:visible")
        assert_accessible(page, "zone that is to go")


def test_rules_can_be_made_by_everybody(server: Daphne, alice: User, register: Register, width: str) -> None:
    elsewhere(make_rule, register(alice))
    with looking_at(server.url, width) as page:
        log_in(page, alice, PASSWORD)
        press_at_top(page, "#rules-open")
        page.click(".rules [data-does=new]")
        page.select_option(".rules [name=what]", "speedup.0")
        page.select_option(".rules [name=where]", "inside")
        page.select_option(".rules [name=when]", "hours")
        page.click("[data-picks=vehicles] summary")
        page.click(".rules [type=submit]")
        page.wait_for_selector(".rules .failure:visible")
        assert_accessible(page, "rule that lacks something", "#rules")
        page.click(".rules [data-does=cancel]")
        assert_accessible(page, "rules", "#rules")
        page.click(".rules li button")
        page.click(".rules [data-does=remove]")
        page.click(".rules-trial summary")
        page.click("[data-does=explain]")
        page.locator(".rules-trial [role=status] li").first.wait_for()
        page.click(".rules-trial .picker summary")
        assert_accessible(page, "rule that is tried and is to go", "#rules")


def test_reports_and_records_can_be_used_by_everybody(
    server: Daphne, alice: User, register: Register, width: str
) -> None:
    vans = [register(alice), register(alice)]
    for van in vans:
        drive_yesterday(van)
    describe(vans[0])
    elsewhere(order_trips, alice, vans)
    with looking_at(server.url, width) as page:
        log_in(page, alice, PASSWORD)
        page.click(".filter-open")
        page.select_option(".filter-fields [name=tag]", label="cold (1)")
        assert_accessible(page, "filter", ".side")
        page.locator("#list .row").first.click()
        page.click("#assign > summary")
        page.click("#assign [data-picks=tags] summary")
        assert_accessible(page, "driver and tags", "#detail")
        page.keyboard.press("Escape")
        page.click("#detail-close")
        press_at_top(page, "#reports-open")
        page.locator("#reports progress").wait_for()
        assert_accessible(page, "reports", "#reports")
        elsewhere(make_all)
        page.locator("#reports li button.line").click()
        page.locator("#reports figure").wait_for()
        page.click("#reports [data-does=remove]")
        assert_accessible(page, "report that is to go", "#reports")
        page.click("#reports [data-does=back]")
        page.click("#reports [data-does=new-schedule]")
        page.fill("#reports [name=emails]", "nobody")
        page.click("#reports [type=submit]")
        page.wait_for_selector("#reports .failure:visible")
        assert_accessible(page, "report by mail that lacks an address", "#reports")


def test_past_ruler_keys_and_wall_board_can_be_used_by_everybody(
    server: Daphne, alice: User, register: Register, width: str
) -> None:
    van = register(alice)
    with looking_at(server.url, width) as page:
        log_in(page, alice, PASSWORD)
        page.wait_for_selector("#link[data-state=live]")
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
        page.locator("#list .row[data-status=moving]").wait_for()
        page.locator(".replay-open").wait_for()
        # There is a past as soon as there is a second of it.
        wait_until(lambda: page.click(".replay-open") or page.locator("#replay").is_visible(), "the past")
        assert_accessible(page, "past")
        page.keyboard.press("Escape")
        page.click(".ruler-open")
        page.keyboard.press("Enter")
        assert_accessible(page, "ruler", ".stage")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_selector("#help[open]")
        assert_accessible(page, "keys")
        page.keyboard.press("Escape")
        page.goto(f"{server.url}/?board")
        page.wait_for_selector("#link[data-state=live]")
        page.locator("#board dd").first.wait_for()
        assert_accessible(page, "wall board")
        page.context.set_offline(True)
        page.wait_for_selector("#banner:visible")
        assert_accessible(page, "wall board that is not live")


def open_history(page: Page) -> None:
    """Yesterday's trips, with one chosen."""
    page.locator("#history > summary").click()
    page.get_by_role("button", name="Day before").click()
    page.get_by_role("list", name="Trips").get_by_role("button").first.click()
    page.get_by_role("group", name="Replay").wait_for()


def log_in(page: Page, user: User, password: str) -> None:
    page.fill("input[name=login]", user.login)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


def test_reference_and_console_can_be_used_by_everybody(
    server: Daphne, alice: User, register: Register, width: str
) -> None:
    van, blocked = register(alice), register(alice)
    elsewhere(set_blocked, blocked.source_id, is_blocked=True)
    assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
    with looking_at(f"{server.url}/docs/", width) as page:
        page.wait_for_selector(".entry", state="attached")
        for entry in ("call-user-auth", "call-tracker-sensor-create", "message-subscribe", "schema-State"):
            page.locator(f"#{entry} > summary").click()
        page.locator(".contents summary").click()
        assert_accessible(page, "reference")
        page.locator("form[name=subscription]").get_by_role("button", name="Subscribe", exact=True).click()
        page.wait_for_selector("#subscription-message[data-failed=true]")
        assert_accessible(page, "console that refuses", "#console")
        log_in(page, alice, PASSWORD)
        page.wait_for_selector("#credential-message:has-text('Logged in')")
        page.locator("form[name=subscription]").get_by_role("button", name="Subscribe", exact=True).click()
        page.wait_for_selector("#silence [data-kind=blocked]")
        page.locator(".frame[data-kind=state_batch] summary").first.click()
        page.click("#frames-pause")
        assert_accessible(page, "console", "#console")


def test_page_for_a_new_password_can_be_used_by_everybody(
    server: Daphne, mail_room: MailRoom, alice: User, width: str
) -> None:
    assert call(server, "user/restore_password", login=alice.login) == {"success": True}
    link = mail_room.link_to(alice.login).replace("http://127.0.0.1:8000", server.url)
    with looking_at(link, width) as page:
        assert_accessible(page, "form")
        for password, repeated, said in [
            ("one of two", "the other", "#said:has-text('two different passwords')"),
            ("quite another one", "quite another one", "#done:visible"),
        ]:
            page.fill("input[name=password]", password)
            page.fill("input[name=repeated]", repeated)
            page.click("button")
            page.wait_for_selector(said)
            assert_accessible(page, said)
