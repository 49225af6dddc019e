"""Setting a fleet up on the monitoring page, without the admin: vehicles, people, and the user's own settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import SecurityGroup, User
from tests.end_to_end.browser import elsewhere, needs_chromium, press_at_top
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_accessibility import assert_accessible
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from tests.end_to_end.test_zones_on_page import press_until_at
from tests.trackers.rights import give_rights
from trackers.models import Group, Source, Tracker
from trackers.services.trackers import bind_sub_users

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
# The smallest phone that the page is made for: whatever fits there fits elsewhere.
PHONE = {"viewport": {"width": 360, "height": 640}, "timezone_id": "UTC", "locale": "en-GB"}


@contextmanager
def held_back(page: Page, pattern: str) -> Iterator[None]:
    """Requests of this pattern are sent when the block ends."""
    held: list[Route] = []
    is_over = Event()
    page.route(pattern, lambda route: route.continue_() if is_over.is_set() else held.append(route))
    yield
    is_over.set()
    for route in held:
        route.continue_()


def add_a_van(page: Page, label: str) -> str:
    """Adds a vehicle in a new group by keyboard; its device id, which the page made."""
    press_until_at(page, "[data-does=add]")
    page.keyboard.press("Enter")
    press_until_at(page, ".setup [name=label]")
    page.keyboard.type(label)
    page.select_option(".setup [name=group]", "new")
    page.fill(".setup [name=group-title]", "Vans")
    device_id = page.input_value(".setup [name=device-id]")
    assert_accessible(page, "a vehicle that is added", "#setup")
    page.press(".setup [name=device-id]", "Enter")
    page.wait_for_selector(".setup-sheet:visible")
    return device_id


def pair_it(page: Page, server: Daphne, device_id: str) -> None:
    """Has the sheet shown, and reports as it says: without the key first."""
    page.select_option(".setup-sheet [name=app]", "overland")
    page.click(".setup-sheet [type=submit]")
    page.wait_for_selector(".setup-heard[data-state=waiting]")
    expect(page.locator(".setup-sheet figure svg path").first).to_be_visible()
    assert page.locator(".setup-sheet dd code").first.inner_text().endswith("/ingest/overland")
    assert_accessible(page, "a sheet", "#setup")
    now = int(time.time())
    assert report(server, device_id, now, lat=47.5, lon=19) == 403
    page.locator(".setup-heard", has_text="ingest key missing").wait_for()
    key = page.locator(".setup-sheet dd code").last.inner_text()
    assert report(server, device_id, now, lat=47.5, lon=19, key=key) == 200
    page.wait_for_selector(".setup-heard[data-state=heard]")
    page.press(".setup-sheet [data-does=back]", "Enter")


def block_and_remove_it(page: Page, label: str) -> None:
    page.fill(".setup-find input", label)
    page.locator(".setup-row", has_text=label).press("Enter")
    page.click(".setup [data-does=block]")
    page.get_by_role("button", name="Unblock it").wait_for()
    page.locator(".setup form:visible [data-does=remove]").click()
    page.locator(".setup form:visible [data-does=really]").click()
    page.locator(".setup form:visible .failure", has_text="The device is blocked.").wait_for()
    page.click(".setup [data-does=block]")
    page.get_by_role("button", name="Block it").wait_for()
    page.locator(".setup form:visible [data-does=remove]").click()
    assert_accessible(page, "a vehicle that is to go", "#setup")
    page.locator(".setup form:visible [data-does=really]").click()
    expect(page.locator(".setup-row")).to_have_count(0)


def test_a_vehicle_is_added_paired_blocked_and_removed(server: Daphne, alice: User) -> None:
    with open_page(server, reduced_motion="reduce", **PHONE) as page:
        log_in_and_be_live(page, alice)
        press_until_at(page, "#more-open")
        page.keyboard.press("Enter")
        press_until_at(page, "#setup-open")
        page.keyboard.press("Enter")
        page.get_by_text("No vehicles yet. Add the first.").wait_for()
        device_id = add_a_van(page, "Van 7")
        assert elsewhere(Source.objects.get).device_id == device_id
        assert elsewhere(Group.objects.get).title == "Vans"
        pair_it(page, server, device_id)
        page.locator("#list").get_by_text("Van 7", exact=True).wait_for()
        block_and_remove_it(page, "Van 7")
        for _ in range(2):
            page.keyboard.press("Escape")
        expect(page.locator("#setup")).to_be_hidden()
    assert not elsewhere(Tracker.objects.exists)


def test_a_colleague_is_invited_and_withdrawn(
    server: Daphne, mail_room: MailRoom, alice: User, register: Register
) -> None:
    van = register(alice)
    with open_page(server, reduced_motion="reduce", **PHONE) as page:
        log_in_and_be_live(page, alice)
        with held_back(page, "**/subuser/security_group/list*"):
            press_at_top(page, "#setup-open")
            page.click("[data-shows=people]")
            expect(page.locator("[data-does=invite]")).to_be_disabled()
        page.click("[data-does=invite]")
        page.fill(".setup [name=email]", "dora@fleet.example")
        page.select_option(".setup [name=role]", "dispatcher")
        page.click(".setup [data-picks=vehicles] summary")
        page.locator(".setup [data-picks=vehicles]").get_by_label(van.label).check()
        assert_accessible(page, "an invitation", "#setup")
        page.get_by_role("button", name="Send the invitation").click()
        page.locator(".setup-row", has_text="dora@fleet.example").locator("i", has_text="invited").wait_for()
        assert mail_room.link_to("dora@fleet.example")
        dora = elsewhere(User.objects.select_related("security_group").get, login="dora@fleet.example")
        assert dora.security_group is not None and "zone_update" in dora.security_group.rights
        assert elsewhere(lambda: list(dora.bound_trackers.all())) == [van]
        page.locator(".setup-row", has_text="dora@fleet.example").click()
        page.get_by_role("button", name="Send the invitation again").click()
        page.get_by_text("Another letter is on its way").wait_for()
        page.locator(".setup form:visible [data-does=remove]").click()
        page.get_by_text("Withdraw the invitation of dora@fleet.example?").wait_for()
        page.locator(".setup form:visible [data-does=really]").click()
        page.get_by_text("Nobody else has been invited yet.").wait_for()
    assert elsewhere(SecurityGroup.objects.get).label == "Dispatcher"


def test_a_group_is_added_renamed_and_removed(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    with open_page(server, reduced_motion="reduce", **PHONE) as page:
        log_in_and_be_live(page, alice)
        press_at_top(page, "#setup-open")
        page.click("[data-shows=groups]")
        page.get_by_text("No groups yet.").wait_for()
        rows = page.locator("[data-part=groups] .setup-row")
        page.click("[data-does=add-group]")
        page.fill(".setup [name=title]", "Vans")
        assert_accessible(page, "a group", "#setup")
        page.press(".setup [name=title]", "Enter")
        rows.filter(has_text="Vans").locator("span", has_text="0 vehicles").wait_for()
        page.click("[data-shows=vehicles]")
        page.locator(".setup-row", has_text=van.label).click()
        page.select_option(".setup [name=group]", label="Vans")
        page.press(".setup [name=label]", "Enter")
        page.locator(".setup-row span", has_text="Vans").wait_for()
        page.click("[data-shows=groups]")
        rows.filter(has_text="Vans").locator("span", has_text="1 vehicle").wait_for()
        rows.filter(has_text="Vans").press("Enter")
        page.fill(".setup [name=title]", "Lorries")
        page.fill(".setup [name=color]", "#112233")
        page.press(".setup [name=title]", "Enter")
        expect(rows.filter(has_text="Lorries")).to_be_focused()
        assert elsewhere(lambda: list(Group.objects.values_list("title", "color"))) == [("Lorries", "112233")]
        page.keyboard.press("Enter")
        page.locator(".setup form:visible [data-does=remove]").click()
        page.get_by_text("Remove Lorries? Its vehicles stay, in no group.").wait_for()
        page.locator(".setup form:visible [data-does=really]").click()
        page.get_by_text("No groups yet.").wait_for()
    assert elsewhere(Tracker.objects.get).group_id is None


def test_who_may_change_nothing_chooses_units_and_clock(
    server: Daphne, alice: User, bob: User, register: Register
) -> None:
    van = register(alice)
    elsewhere(bind_sub_users, van, [bob])
    elsewhere(give_rights, bob)
    # Of yesterday, UTC.
    noon = int(time.time()) // 86_400 * 86_400 - 12 * 3600
    assert report(server, van.source.device_id, noon, lat=47.5, lon=19, speed=50) == 200
    with open_page(server, reduced_motion="reduce", **PHONE) as page:
        log_in_and_be_live(page, bob)
        page.locator("#list").get_by_text(van.label, exact=True).click()
        page.locator("#detail dd", has_text=", 12:00:00").first.wait_for()
        press_at_top(page, "#setup-open")
        page.wait_for_selector(".setup [name=time_zone] option[value='Asia/Kolkata']", state="attached")
        assert page.locator(".setup-parts button:visible").all_inner_texts() == ["My settings"]
        for name, value in [
            ("time_zone", "Asia/Kolkata"),
            ("measurement_system", "us"),
            ("hour_mode", "TWELVE_HOURS"),
            ("date_format", "yyyyMMdd_hyphens"),
        ]:
            page.select_option(f".setup [name={name}]", value)
        assert_accessible(page, "settings", "#setup")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.", exact=True).wait_for()
        page.locator("#detail dd", has_text=", 05:30:00").first.wait_for()
        page.reload()
        page.locator("#detail dd", has_text=", 05:30:00").first.wait_for()
    stored = elsewhere(User.objects.get, pk=bob.pk)
    assert (stored.time_zone, stored.measurement_system, stored.locale) == ("Asia/Kolkata", "us", "en")
