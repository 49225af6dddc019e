"""What the page and its worker do of pushes; the push service of a real browser is far away, and its part is played."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from accounts.models import User
from alerts.models import PushDevice
from tests.alerts.push_service import Browser
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

WORKER = "/static/events/alerts/worker.js"
REGISTER = f"""async () => {{
  const made = await navigator.serviceWorker.register("{WORKER}");
  const worker = made.installing ?? made.waiting ?? made.active;
  while (worker.state !== "activated") await new Promise((go) => worker.addEventListener("statechange", go));
}}"""
SHOWN = f"""async () => {{
  const known = await navigator.serviceWorker.getRegistration("{WORKER}");
  return (await known.getNotifications()).map(({{ title, body, tag, data }}) => ({{ title, body, tag, id: data.id }}));
}}"""
# The browser asks its own push service, which no test can reach: what it would answer is put in its place.
SERVICE = """(subscription) => {
  const made = { ...subscription, options: {}, toJSON: () => subscription, unsubscribe: async () => !(current = null) };
  let current = null;
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async (options) => {
    made.options = { applicationServerKey: options.applicationServerKey.buffer };
    return (current = made);
  };
}"""


def push(page: Page, cdp: CDPSession, registration_id: str, text: str) -> None:
    origin = page.url.rstrip("/")
    cdp.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration_id, "data": text})


def shown(page: Page) -> list[dict[str, Any]]:
    return page.evaluate(SHOWN)


def test_worker_shows_what_is_pushed_and_no_storm(server: Daphne, alice: User, transactional_db: None) -> None:
    with open_page(server) as page:
        page.context.grant_permissions(["notifications"])
        cdp = page.context.new_cdp_session(page)
        registrations: list[str] = []
        cdp.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
        )
        cdp.send("ServiceWorker.enable")
        page.evaluate(REGISTER)
        wait_until(lambda: page.evaluate("1") and bool(registrations), "the worker is known", 60)
        message = {"title": "Van", "tag": "41-7", "time": "2026-05-02T06:15:05Z", "emergency": False}
        for number in range(5):
            push(page, cdp, registrations[-1], json.dumps({**message, "id": number, "body": f"left {number}"}))

        def is_last_one_left() -> bool:
            if (bodies := [one["body"] for one in shown(page)]) == ["left 4"]:
                return True
            if not bodies:
                # A browser that is busy may drop what is delivered this way.
                push(page, cdp, registrations[-1], json.dumps({**message, "id": 4, "body": "left 4"}))
            return False

        wait_until(is_last_one_left, "one notification is left", 60)
        assert shown(page) == [{"title": "Van", "body": "left 4", "tag": "41-7", "id": 4}]

        def is_something_shown() -> bool:
            # As above.
            push(page, cdp, registrations[-1], "no JSON")
            return "Fleetsphere" in [one["title"] for one in shown(page)]

        wait_until(is_something_shown, "something is shown", 60)


def test_device_is_told_until_it_is_switched_off(server: Daphne, alice: User, transactional_db: None) -> None:
    with open_page(server) as page:
        page.context.grant_permissions(["notifications"])
        page.evaluate(SERVICE, Browser().subscription("https://push.example/device"))
        log_in_and_be_live(page, alice)
        page.get_by_role("button", name="Alerts", exact=True).press("Enter")
        page.get_by_text("Sound and pushes in this browser").press("Enter")
        page.fill("#alerts [name=quiet-from]", "22:00")
        page.fill("#alerts [name=quiet-to]", "06:00")
        box = page.get_by_role("checkbox", name="Tell me on this device")
        box.press("Space")
        wait_until(lambda: devices() == ["https://push.example/device 22:00:00"], "the server knows the device", 60)
        page.fill("#alerts [name=quiet-from]", "21:00")
        wait_until(lambda: devices() == ["https://push.example/device 21:00:00"], "the server knows the hours", 60)
        assert box.is_checked()
        box.press("Space")
        wait_until(lambda: devices() == [], "the device is forgotten", 60)


def devices() -> list[str]:
    return elsewhere(lambda: [f"{one.endpoint} {one.quiet_from}" for one in PushDevice.objects.all()])


def test_notification_leads_to_its_alert(server: Daphne, alice: User, register: Any, transactional_db: None) -> None:
    van: Tracker = register(alice)
    (alert,) = raise_alerts(make_rule(van), van)
    with open_page(server) as page:
        # Written over at once, as the page does that has to tell where its map is.
        page.evaluate(
            "id => { location.hash = `#alert-${id}`; history.replaceState(null, '', '#map=3/1/1'); }", alert.pk
        )
        log_in_and_be_live(page, alice)
        page.wait_for_selector("#detail:visible")
        assert van.label in page.inner_text("#detail h2")
        wait_until(lambda: f"vehicle={van.pk}" in page.evaluate("location.hash"), "the address names what is seen", 60)
