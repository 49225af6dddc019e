"""Reports, drivers and tags on the monitoring page, by keyboard as far as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from records.calls.reports import Plugin
from records.models import Employee, Report, ReportSchedule, Tag, TrackerTag, Vehicle
from records.services.reports.making import Order, make_next, note_order
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from tests.end_to_end.test_page_history import drive_yesterday
from tests.end_to_end.test_zones_on_page import press_until_at
from trackers.models import Tracker
from trackers.services.past_trips import Period
from trackers.services.trackers import bind_sub_users

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]


def describe(van: Tracker) -> None:
    """Writes down the plate, a driver and a tag of a van, and a driver without one."""
    Vehicle.objects.create(account=van.account, label=van.label, reg_number="B-FS 100", tracker=van)
    Employee.objects.create(account=van.account, first_name="Ada", last_name="Byron", tracker=van)
    Employee.objects.create(account=van.account, first_name="Grace", last_name="Hopper")
    Tag.objects.create(account=van.account, name="electric")
    TrackerTag.objects.create(tracker=van, tag=Tag.objects.create(account=van.account, name="cold"), ordinal=1)


def order_trips(user: User, vans: Sequence[Tracker]) -> None:
    """Asks for a report of the last days."""
    now = timezone.now()
    every_moment = {"from": "00:00:00", "to": "23:59:59", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    plugin = asdict(Plugin(plugin_id=4))
    period = Period(now - timedelta(days=3), now)
    note_order(user, Order("Trips", period, [van.pk for van in vans], every_moment, plugin), now)


def make_all() -> None:
    while make_next(timezone.now()):
        pass


def check_who_is_listed(page: Page, van: Tracker, other: Tracker) -> None:
    rows = page.locator("#list .row:visible")
    page.locator("#list").get_by_text("B-FS 100 · Ada Byron").wait_for()
    page.fill("#search", "byron")
    expect(rows).to_have_count(1)
    page.fill("#search", "")
    press_until_at(page, ".filter-open")
    page.keyboard.press("Enter")
    page.keyboard.type("cold")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Without the tag cold").press("Enter")
    expect(rows).to_have_count(2)
    assert {van.label, other.label} == set(rows.locator(".label").all_inner_texts())


def change_driver_and_tags(page: Page, van: Tracker) -> None:
    page.locator("#list").get_by_text(van.label, exact=True).click()
    page.click("#assign > summary")
    for picked, name in [("driver", "Grace Hopper"), ("tags", "electric")]:
        page.click(f"#assign [data-picks={picked}] summary")
        page.locator(f"#assign [data-picks={picked}]").get_by_label(name).check()
    page.locator("#assign").get_by_role("button", name="Save").click()
    page.locator("#assign").get_by_text("Saved.").wait_for()
    page.locator("#detail dd", has_text="Grace Hopper").wait_for()
    page.locator("#detail dd", has_text="cold, electric").wait_for()


def test_vehicles_are_found_and_changed_by_what_is_written_down(
    server: Daphne, alice: User, register: Register
) -> None:
    van, other = register(alice), register(alice)
    elsewhere(describe, van)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        check_who_is_listed(page, van, other)
        change_driver_and_tags(page, van)
    assert elsewhere(Employee.objects.get, tracker=van).first_name == "Grace"
    assert elsewhere(TrackerTag.objects.filter(tracker=van).count) == 2


def test_report_is_made_read_and_deleted_by_keyboard(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    drive_yesterday(van)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.wait_for_selector("#reports-open:visible")
        press_until_at(page, "#reports-open")
        page.keyboard.press("Enter")
        press_until_at(page, ".reports [data-does=new]")
        page.keyboard.press("Enter")
        press_until_at(page, ".reports [name=kind]")
        page.keyboard.type("Trip")
        press_until_at(page, ".reports [name=period]")
        page.keyboard.type("Last 7")
        press_until_at(page, ".reports [type=submit]")
        page.keyboard.press("Enter")
        page.get_by_role("progressbar", name="Trip report").wait_for()
        elsewhere(make_all)
        page.locator(".reports li button.line").wait_for()
        press_until_at(page, ".reports li button.line")
        page.keyboard.press("Enter")
        expect(page.get_by_role("table", name="Trips").locator("tbody tr")).to_have_count(4)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as CSV").press("Enter")
        assert download.value.suggested_filename.endswith(".csv")
        press_until_at(page, ".report [data-does=remove]")
        page.keyboard.press("Enter")
        page.locator(".report").get_by_role("button", name="Delete", exact=True).press("Enter")
        page.get_by_text("No reports yet.").wait_for()
    assert not elsewhere(Report.objects.exists)


def test_report_is_ordered_by_mail_and_ended(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.click("#reports-open")
        page.get_by_role("button", name="+ Report by mail").click()
        page.fill(".reports [name=emails]", "nobody")
        page.click(".reports [type=submit]")
        page.locator(".reports .failure", has_text="must be an email address").wait_for()
        page.fill(".reports [name=emails]", "office@fleet.example")
        page.click(".reports [type=submit]")
        page.locator(
            ".reports li", has_text="Each Mon at 06:00, of the week before, to office@fleet.example"
        ).wait_for()
        page.get_by_role("button", name="Delete").click()
        page.get_by_text("Nothing is sent by mail.").wait_for()
    assert not elsewhere(ReportSchedule.objects.exists)


def test_who_has_no_right_reads_only_what_is_written_down(
    server: Daphne, alice: User, bob: User, register: Register
) -> None:
    van = register(alice)
    bind_sub_users(van, [bob])
    elsewhere(describe, van)
    with open_page(server) as page:
        log_in_and_be_live(page, bob)
        page.locator("#list").get_by_text("B-FS 100 · Ada Byron").click()
        page.locator("#detail dd", has_text="B-FS 100").wait_for()
        assert page.locator("#reports-open:visible, #assign:visible").count() == 0


def test_speed_limit_of_a_report_is_in_the_units_of_the_account(
    server: Daphne, alice: User, register: Register
) -> None:
    drive_yesterday(register(alice))
    elsewhere(User.objects.filter(pk=alice.pk).update, measurement_system="imperial")
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.click("#reports-open")
        page.click(".reports [data-does=new]")
        page.select_option(".reports [name=kind]", label="Speed violation")
        limit = page.locator(".reports label", has_text="mph").locator("[name=max_speed]")
        expect(limit).to_have_value("56")
        limit.fill("55")
        with page.expect_request("**/report/tracker/generate") as asked:
            page.click(".reports [type=submit]")
        assert '"max_speed":89' in (asked.value.post_data or "")
        page.get_by_role("progressbar", name="Speed violation").wait_for()
