"""The monitoring page in Chromium, as a dispatcher uses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from accounts.services.sessions import close_sessions
from tests.end_to_end.browser import elsewhere, in_drawn_order, needs_chromium, open_browser
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, wait_until
from tests.people import PASSWORD
from trackers.models import Sensor, SourceState, Tracker
from trackers.services.settings import save_sensor
from trackers.services.trackers import corrupt_tracker, set_blocked

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


@contextmanager
def open_page(server: Daphne, **screen: Any) -> Iterator[Page]:
    """The page, before the login; the test fails when its script fails or its policy is broken."""
    with open_browser() as browser:
        page = browser.new_page(**screen)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(server.url)
        yield page
        assert faults == []


def log_in(page: Page, user: User, password: str = PASSWORD) -> None:
    page.fill("input[name=login]", user.login)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


def log_in_and_be_live(page: Page, user: User) -> None:
    log_in(page, user)
    page.wait_for_selector("#link[data-state=live]")


def shown(page: Page) -> dict[int, dict[str, Any]]:
    """What the page knows of each vehicle, by source id."""
    return {state["source_id"]: state for state in page.evaluate("fleetsphere.states()")}


def becomes(page: Page, van: Tracker, **fields: Any) -> None:
    """Returns when the page shows these values of a vehicle."""
    wait_until(lambda: fields.items() <= shown(page).get(van.source_id, {}).items(), f"{fields} on the page")


def test_dispatcher_logs_in_and_sees_the_fleet_move(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(3)]
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        assert set(shown(page)) == {van.source_id for van in vans}
        for van in vans:
            page.locator("#list").get_by_text(van.label, exact=True).wait_for()
        assert report(server, vans[0].source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
        becomes(page, vans[0], status="moving", lat=47.5, lng=19.04, speed=37)
        row = elsewhere(SourceState.objects.get, pk=vans[0].source_id)
        assert row.state.gps is not None
        assert (row.state.gps.latitude, row.state.gps.speed_kmh) == (47.5, 37)


def test_block_unblock_and_removal_show_at_once(server: Daphne, alice: User, register: Register) -> None:
    van, other = register(alice), register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        elsewhere(set_blocked, van.source_id, is_blocked=True)
        becomes(page, van, status="blocked")
        expect(page.locator("#list .row:visible").first).to_contain_text("Blocked")
        # What is read out are the changes from one frame to another, and frames may be far between.
        page.evaluate("() => new Promise(requestAnimationFrame)")
        elsewhere(set_blocked, van.source_id, is_blocked=False)
        becomes(page, van, status="new")
        expect(page.locator("#list-spoken")).to_contain_text(f"{van.label}: New")
        elsewhere(corrupt_tracker, van)
        wait_until(lambda: set(shown(page)) == {other.source_id}, "the vehicle leaves the page")


def test_wrong_password_is_told_right_one_works(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as page:
        log_in(page, alice, "a wrong password")
        page.wait_for_selector("text=Wrong login or password")
        log_in_and_be_live(page, alice)


def test_mailed_code_completes_the_login(server: Daphne, mail_room: MailRoom, alice: User, register: Register) -> None:
    register(alice)
    User.objects.update(has_second_factor=True)
    with open_page(server) as page:
        log_in(page, alice)
        page.wait_for_selector("input[name=code]:visible")
        code = mail_room.letter_to(alice.login).get_content().split()[0]
        page.fill("input[name=code]", "1")
        page.press("input[name=code]", "Enter")
        page.wait_for_selector("text=Wrong authentication code")
        page.fill("input[name=code]", code)
        page.press("input[name=code]", "Enter")
        page.wait_for_selector("#link[data-state=live]")


def test_late_code_asks_for_password_again(
    server: Daphne, mail_room: MailRoom, alice: User, register: Register
) -> None:
    register(alice)
    User.objects.update(has_second_factor=True)
    with open_page(server) as page:
        log_in(page, alice)
        page.wait_for_selector("input[name=code]:visible")
        code = mail_room.letter_to(alice.login).get_content().split()[0]
        elsewhere(lambda: close_sessions(Session.objects.all()))
        page.fill("input[name=code]", code)
        page.press("input[name=code]", "Enter")
        page.wait_for_selector("input[name=code]", state="hidden")
        elsewhere(User.objects.update, has_second_factor=False)
        log_in_and_be_live(page, alice)


def test_forgotten_password_has_a_link_mailed(server: Daphne, mail_room: MailRoom, alice: User) -> None:
    with open_page(server) as page:
        page.fill("input[name=login]", alice.login)
        page.click("button[name=forgotten]")
        page.wait_for_selector("text=on its way")
    assert "/password/restore#" in mail_room.link_to(alice.login)


@pytest.mark.parametrize("sent", ["abc\u202edef", "\u2067abc", "abc\u2069\u202edef", "שלום abc"])
def test_text_of_a_device_turns_nothing_beside_it(server: Daphne, alice: User, register: Register, sent: str) -> None:
    van = register(alice)
    driver = Sensor(source=van.source, kind="virtual", sensor_type="state", name="Driver", input_name="driver")
    driver.parameters = {"calc_method": "identity"}
    elsewhere(save_sensor, driver)
    # As it was stored before such labels were refused.
    elsewhere(Tracker.objects.filter(pk=van.pk).update, label=f"{sent} 77")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20, driver=sent) == 200
        becomes(page, van, status="moving")
        page.locator("#list .row").first.click()
        page.locator("#detail dd", has_text="abc").wait_for()
        assert in_drawn_order(page, "#detail > dl", "Driver", "abc") == ["Driver", "abc"]
        assert in_drawn_order(page, "#detail > dl", "47.50000", "19.04000") == ["47.50000", "19.04000"]
        assert in_drawn_order(page, "#list .row", "abc", "37 km/h") == ["abc", "37 km/h"]
        elsewhere(set_blocked, van.source_id, is_blocked=True)
        page.wait_for_selector(".notice")
        assert in_drawn_order(page, ".notice", "abc", "was", "blocked") == ["abc", "was", "blocked"]


def test_ended_login_freezes_page_and_asks_again(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        elsewhere(lambda: close_sessions(Session.objects.all()))
        page.wait_for_selector("#link:not([data-state=live])")
        page.wait_for_selector("input[name=login]:visible")
        log_in_and_be_live(page, alice)
