"""Reports on zones and events (records §9.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SecurityGroup, User
from records.services.reports.making import make_next
from tests.alerts.driving import INSIDE, METRES_PER_DEGREE, OUTSIDE, Yard, beyond, report, send
from tests.api import Api
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users

pytestmark = pytest.mark.django_db
DAY = {"from": "2025-03-04 00:00:00", "to": "2025-03-04 23:59:59"}


@pytest.fixture(autouse=True)
def history_is_kept(settings: Any) -> None:
    settings.HISTORY_DAYS = 0


def made(api: Api, tracker: Tracker, **plugin: Any) -> list[dict[str, Any]]:
    """The sheets of a report."""
    asked = api("report/tracker/generate", trackers=[tracker.pk], plugin=plugin, **DAY)
    while make_next(timezone.now()):
        pass
    found: list[dict[str, Any]] = api("report/tracker/retrieve", report_id=asked["id"])["report"]["sheets"]
    return found


def rows(section: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for block in section["data"] for row in block["rows"]]


@pytest.fixture
def watched(yard: Yard, van: Tracker) -> Tracker:
    """A van that enters the depot, moves about on its border, leaves, and passes through."""
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 60, INSIDE), report(van, 120, beyond(10)), report(van, 600, OUTSIDE))
    send(report(van, 660, INSIDE), report(van, 690, OUTSIDE))
    return van


@pytest.mark.records(53)
def test_visits_are_those_that_alerts_tell(api: Api, yard: Yard, watched: Tracker) -> None:
    overview, sheet = made(api, watched, plugin_id=8, show_seconds=True, show_mileage=True)
    table, summary = sheet["sections"]
    told = [(entry["event"], entry["time"][-8:]) for entry in yard.entries()]
    found = [(row["start"]["v"], row["end"]["v"]) for row in rows(table)]
    assert [("inzone", found[0][0]), ("outzone", found[0][1])] == told[:2]
    assert found == [("08:01:00", "08:10:00"), ("08:11:00", "08:11:30")]
    first = rows(table)[0]
    assert (first["zone"]["v"], first["zone"]["raw"], first["time"]["raw"]) == ("Depot", yard.zone_id, 540)
    assert first["length"]["raw"] == pytest.approx((beyond(10)[0] - INSIDE[0]) * METRES_PER_DEGREE / 1000, abs=0.005)
    assert {row["name"]: row["raw"] for row in summary["rows"]}["Time in geofences"] == 570
    assert rows(overview["sections"][0])[0]["value_0"]["raw"] == 2


@pytest.mark.records(53)
def test_short_visits_and_other_zones_may_be_left_out(api: Api, yard: Yard, watched: Tracker) -> None:
    other = {"type": "circle", "label": "Other", "radius": 100, "center": {"lat": 10, "lng": 10}}
    other_id = api("zone/create", zone=other)["id"]
    sheet = made(api, watched, plugin_id=8, min_minutes_in_zone=5, show_not_visited_zones=True)[-1]
    table, _, missed = sheet["sections"]
    assert [row["time"]["raw"] for row in rows(table)] == [540]
    assert [row["zone"]["v"] for row in rows(missed)] == ["Other"]
    sheet = made(api, watched, plugin_id=8, zone_ids=[other_id])[-1]
    assert rows(sheet["sections"][0]) == []


@pytest.mark.records(53)
def test_a_sub_user_reads_of_its_zones_alone(
    api: Api, alice: User, bob: User, yard: Yard, watched: Tracker, log_in: Callable[[User], Api]
) -> None:
    bind_sub_users(watched, [bob])
    bob.security_group = SecurityGroup.objects.create(account=alice, label="Office", rights=["reports"])
    bob.save()
    bobs = log_in(bob)
    assert rows(made(bobs, watched, plugin_id=8)[-1]["sections"][0]) == []
    api("subuser/zones/bind", subuser_id=bob.pk, zone_ids=[yard.zone_id])
    assert len(rows(made(bobs, watched, plugin_id=8)[-1]["sections"][0])) == 2


@pytest.mark.records(54)
def test_events_are_those_of_the_log(api: Api, yard: Yard, watched: Tracker) -> None:
    table, summary = made(api, watched, plugin_id=11, show_seconds=True)[-1]["sections"]
    assert [row["time"]["v"] for row in rows(table)] == [entry["time"][-8:] for entry in yard.entries()]
    assert rows(table)[0]["event"]["v"] == "Entered a zone"
    assert (rows(table)[0]["address"]["location"]["lat"], rows(table)[0]["message"]["v"]) == (INSIDE[0], "first")
    assert summary["rows"][0]["raw"] == len(yard.entries())
    by_type = made(api, watched, plugin_id=11, group_by_type=True, event_types=["outzone", "drain"])[-1]["sections"]
    assert [one["header"] for one in by_type] == ["Left a zone", "Summary"]
