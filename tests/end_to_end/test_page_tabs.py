"""Tabs of one browser: one login for all, each with a view of its own, and one of them sounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services.passwords import restore_password
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
COUNT_TONES = """
  window.tones = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""


def open_tab(beside: Page, server: Daphne) -> Page:
    page = beside.context.new_page()
    page.goto(server.url)
    return page


def test_login_and_logout_in_one_tab_hold_for_all(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as first:
        second = open_tab(first, server)
        log_in_and_be_live(first, alice)
        second.wait_for_selector("#link[data-state=live]")
        third = open_tab(first, server)
        third.wait_for_selector("#link[data-state=live]")
        second.fill("#search", "nobody")
        third.click("#logout")
        for page in (first, second):
            expect(page.locator("#login-notice")).to_have_text("You logged out in another tab.")
            assert page.evaluate("fleetsphere.states()") == []
        log_in_and_be_live(first, alice)
        for page in (second, third):
            page.wait_for_selector("#link[data-state=live]")
        expect(second.locator("#search")).to_have_value("nobody")
        expect(third.locator("#search")).to_have_value("")
        elsewhere(restore_password, alice, "another long password")
        for page in (first, second, third):
            expect(page.locator("#login-notice")).to_contain_text("The password was changed.")


def test_one_tab_sounds_for_an_alert(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server) as first:
        first.context.add_init_script(COUNT_TONES)
        first.reload()
        log_in_and_be_live(first, alice)
        second = open_tab(first, server)
        second.wait_for_selector("#link[data-state=live]")
        second.locator("#search").click()
        rule = elsewhere(make_rule, van)
        elsewhere(raise_alerts, rule, van, is_emergency=True, message="first")
        for page in (first, second):
            page.locator(".notice", has_text="first").wait_for()
        tones = lambda: first.evaluate("tones") + second.evaluate("tones")  # noqa: E731
        wait_until(lambda: tones() > 0, "a sound")
        assert tones() == 4
        second.click("#alerts-open")
        second.click("#alerts summary")
        second.click("[data-does=mute]")
        elsewhere(raise_alerts, rule, van, is_emergency=True, message="second")
        for page in (first, second):
            page.locator(".notice", has_text="second").wait_for()
        second.get_by_role("button", name="Muted until").click()
        elsewhere(raise_alerts, rule, van, is_emergency=True, message="third")
        wait_until(lambda: tones() > 4, "a sound again")
        assert tones() == 8
