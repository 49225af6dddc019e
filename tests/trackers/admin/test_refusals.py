"""Refused reports in the admin: looked at, searched, and the way to a tracker for an unknown device."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

from accounts.models import User
from tests.admin import Admin
from trackers.models import RefusedReport, Tracker
from trackers.reports.refusal import Refused, refusal_of
from trackers.services.refusals import store_refused

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
LIST = "trackers_refusedreport_changelist"


def refuse(device_id: str, reason: str = "unknown device", *, way: str = "osmand", second: int = 0) -> None:
    time = NOW + timedelta(seconds=second)
    store_refused([Refused(refusal_of(way, "192.0.2.1", device_id, reason), time, 3)])


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]+)">Register a tracker for this device', page)]


def test_refused_reports_are_listed_newest_first(staff: Admin) -> None:
    refuse("van-one")
    refuse("van-two", second=60)
    page = staff.open(LIST).content.decode()
    assert page.index("van-two") < page.index("van-one")
    assert "2024-05-02 08:16:00" in page and "192.0.2.1" in page


def test_every_page_opens(staff: Admin) -> None:
    refuse("van-1")
    # Nobody may delete one by hand.
    assert {status for address, status in staff.open_everything(RefusedReport) if address != "delete"} == {200}


def test_refused_reports_are_searched_by_device_and_filtered_by_way(staff: Admin) -> None:
    refuse("truck-1")
    refuse("ship-2", way="ngp")
    found = staff.open(LIST, query="?q=truck").content.decode()
    assert "truck-1" in found and "ship-2" not in found
    found = staff.open(LIST, query="?way=ngp").content.decode()
    assert "ship-2" in found and "truck-1" not in found


def test_unknown_device_is_registered_by_its_link(staff: Admin, alice: User) -> None:
    refuse("lorry:7/a")
    (link,) = links(staff.open(LIST).content.decode())
    form = staff.open("trackers_tracker_add", query=f"?{urlsplit(link).query}").content.decode()
    assert re.search(r'<input[^>]*name="device_id"[^>]*value="lorry:7/a"|value="lorry:7/a"[^>]*name="device_id"', form)
    staff.change("trackers_tracker_add", account=alice.pk, label="Lorry", device_id="lorry:7/a", model="osmand")
    assert Tracker.objects.get().source.device_id == "lorry:7/a"
    page = staff.open(LIST).content.decode()
    assert links(page) == [] and "registered by now" in page


def test_only_unknown_devices_can_be_registered(staff: Admin, alice: User, register: Callable[..., Tracker]) -> None:
    refuse(register(alice).source.device_id, "blocked")
    refuse("", "body: is not JSON")
    assert links(staff.open(LIST).content.decode()) == []


def test_refused_reports_are_neither_added_changed_nor_deleted(staff: Admin) -> None:
    refuse("van-1")
    row = RefusedReport.objects.get()
    assert staff.open("trackers_refusedreport_add").status_code == 403
    assert staff.open("trackers_refusedreport_delete", row.pk).status_code == 403
    assert staff.send("trackers_refusedreport_change", row.pk, device_id="other").status_code == 403


def test_what_a_stranger_wrote_is_no_markup(staff: Admin) -> None:
    refuse("<script>alert(1)</script>\u202e")
    page = staff.open(LIST).content.decode()
    assert "<script>alert" not in page and "\u202e" not in page
