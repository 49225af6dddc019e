"""Alerts on the monitoring page: the bell, the list, what pops up, and without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from accounts.models import User
from alerts.models import AlertReading, AlertRule
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import PATIENCE_MS, elsewhere, needs_chromium
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker
from trackers.services.trackers import update_tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


@pytest.fixture
def van(transactional_db: None, alice: User, register: Register) -> Tracker:
    register(alice)
    return register(alice, "Truck")


@pytest.fixture
def rule(van: Tracker) -> AlertRule:
    return make_rule(van)


def readings() -> int:
    return elsewhere(AlertReading.objects.count)


def test_alert_pops_up_and_is_shown_on_the_map(server: Daphne, alice: User, van: Tracker, rule: AlertRule) -> None:
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        elsewhere(raise_alerts, rule, van, is_emergency=True)
        page.get_by_role("button", name="Alerts, 1 unread").wait_for()
        page.locator(".notice", has_text="pressed the button").get_by_role("button", name="Show").click()
        page.wait_for_selector("#detail:visible")
        assert van.label in page.inner_text("#detail h2")
        page.wait_for_selector(".happened")
        page.get_by_role("button", name="Alerts", exact=True).wait_for()
        wait_until(lambda: readings() == 1, "the alert is read", 20)


def test_alert_that_is_old_or_not_pushed_is_only_listed(
    server: Daphne, alice: User, van: Tracker, rule: AlertRule
) -> None:
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        elsewhere(raise_alerts, rule, van, event="inzone", message="old", time=timezone.now() - timedelta(hours=1))
        elsewhere(raise_alerts, rule, van, event="inzone", message="silent", is_pushed=False)
        elsewhere(raise_alerts, rule, van, event="inzone", message="new")
        page.locator(".notice", has_text="new").wait_for()
        assert page.locator(".notice").count() == 1
        page.get_by_role("button", name="Alerts, 3 unread").click()
        assert page.locator("#alerts li").count() == 3


def test_alert_that_comes_while_they_are_read_is_counted(
    server: Daphne, alice: User, van: Tracker, rule: AlertRule
) -> None:
    held: list[Route] = []
    with open_page(server) as page:
        page.route("**/history/unread/count*", lambda route: route.continue_() if held else held.append(route))
        with page.expect_request("**/history/unread/count*"):
            log_in_and_be_live(page, alice)
        before = held[0].fetch()
        elsewhere(raise_alerts, rule, van, message="new")
        page.locator(".notice", has_text="new").wait_for()
        with page.expect_request("**/history/unread/count*"):
            held[0].fulfill(response=before)
        page.get_by_role("button", name="Alerts, 1 unread").wait_for()


def test_alert_that_came_between_the_number_and_the_list_is_counted(
    server: Daphne, alice: User, van: Tracker, rule: AlertRule
) -> None:
    raise_alerts(rule, van, message="new")
    with open_page(server) as page:
        numbers = "**/history/unread/count*"
        # As it was a moment before, each time until the list is there.
        page.route(numbers, lambda route: route.fulfill(json={"success": True, "count": 0}))
        page.route("**/history/user/list*", lambda route: (page.unroute(numbers), route.continue_()))
        log_in_and_be_live(page, alice)
        page.get_by_role("button", name="Alerts, 1 unread").wait_for()


def test_only_vehicles_with_an_alert_are_offered_to_filter_by(
    server: Daphne, alice: User, van: Tracker, register: Register, rule: AlertRule
) -> None:
    other = register(alice, "Bus 10")
    later = make_rule(other)
    raise_alerts(rule, van, message="told first")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.get_by_role("button", name="Alerts, 1 unread").click()
        vehicles = page.get_by_role("combobox", name="Vehicle", exact=True)
        expect(vehicles.locator("option")).to_have_text(["All vehicles", van.label])
        elsewhere(raise_alerts, later, other, message="told later")
        expect(vehicles.locator("option")).to_have_text(["All vehicles", other.label, van.label])
        elsewhere(update_tracker, van, label="Ambulance", group=None)
        expect(vehicles.locator("option")).to_have_text(["All vehicles", "Ambulance", other.label], timeout=PATIENCE_MS)
        vehicles.focus()
        page.keyboard.type("Bus")
        expect(page.locator("#alerts li button b")).to_have_text([re.compile("told later")])


def test_alerts_are_filtered_and_read_by_the_keyboard(
    server: Daphne, alice: User, van: Tracker, rule: AlertRule
) -> None:
    for event in ("inzone", "outzone"):
        raise_alerts(rule, van, event=event, message=f"told by {event}")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        bell = page.get_by_role("button", name="Alerts, 2 unread")
        bell.wait_for()
        bell.press("Enter")
        page.wait_for_selector("#alerts:visible")
        page.select_option("#alerts [name=tracker]", str(van.pk))
        page.select_option("#alerts [name=event]", "outzone")
        items = page.locator("#alerts li button")
        wait_until(lambda: items.count() == 1, "one alert is left", 20)
        items.first.press("Enter")
        page.wait_for_selector("#detail:visible")
        page.get_by_role("button", name="Mark all read").press("Enter")
        page.get_by_role("button", name="Alerts", exact=True).wait_for()
        wait_until(lambda: readings() == 2, "both alerts are read", 20)
        page.press("#alerts [name=unread]", "Space")
        page.locator("#alerts .more", has_text="No alerts.").wait_for()
        page.press("#alerts [name=unread]", "Escape")
        page.wait_for_selector("#alerts", state="hidden")
        assert page.evaluate("document.activeElement.id") == "alerts-open"
