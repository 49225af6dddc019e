"""The calls about the history of events (alerts §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from alerts.engine.kinds.table import KINDS
from alerts.models import Alert
from alerts.services.history import forget_alerts
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, at, report, send
from tests.api import Api
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

pytestmark = pytest.mark.django_db
MARCH = {"from": "2025-03-01 00:00:00", "to": "2025-03-31 00:00:00"}
SINCE = {"from": "2025-03-01 00:00:00"}


@pytest.fixture
def crossings(yard: Yard, van: Tracker) -> list[int]:
    """Four crossings, a minute apart, by the ids of their entries."""
    yard.make("inoutzone", van)
    places = [OUTSIDE, INSIDE, OUTSIDE, INSIDE, OUTSIDE]
    send(*(report(van, 60 * number, place) for number, place in enumerate(places)))
    return [entry["id"] for entry in yard.entries()]


@pytest.mark.alerts(41)
@pytest.mark.history(52, 53)
def test_lists_are_cut_sorted_and_counted(yard: Yard, van: Tracker, crossings: list[int]) -> None:
    answer = yard.api("history/tracker/list", trackers=[van.pk], limit=2, **MARCH)
    assert [entry["id"] for entry in answer["list"]] == crossings[:2]
    assert (answer["limit_exceeded"], answer["total"], answer["total_unread"]) == (True, 4, 4)
    answer = yard.api("history/tracker/list", trackers=[van.pk], ascending=False, events=["inzone"], **MARCH)
    assert [entry["id"] for entry in answer["list"]] == [crossings[2], crossings[0]]
    assert (answer["limit_exceeded"], answer["total"]) == (False, 2)
    assert yard.entries(events=["spaceship"]) == []


@pytest.mark.alerts(41)
def test_both_ends_of_the_period_belong_to_it(yard: Yard, crossings: list[int]) -> None:
    period = {"from": "2025-03-04 08:02:00", "to": "2025-03-04 08:03:00"}
    assert [entry["id"] for entry in yard.entries(**period)] == crossings[1:3]


@pytest.mark.alerts(42)
@pytest.mark.history(53)
def test_limits_and_periods_that_are_too_large(yard: Yard) -> None:
    assert yard.api.code("history/user/list", limit=1001, **MARCH) == 212
    assert yard.api.code("history/unread/list", limit=1001) == 212
    assert yard.api.code("history/user/list", limit=0, **MARCH) == 7
    backwards = {"from": MARCH["to"], "to": MARCH["from"]}
    assert yard.api.code("history/user/list", **backwards) == 7
    years = {"from": "2023-01-01 00:00:00", "to": "2025-03-31 00:00:00"}
    assert yard.api.code("history/user/list", **years) == 211


@pytest.mark.alerts(43, 50)
def test_trackers_that_are_not_there_are_217(
    yard: Yard, van: Tracker, charlie: User, register: Callable[..., Tracker]
) -> None:
    theirs = register(charlie)
    for wanted in ([999_999], [theirs.pk], [van.pk, theirs.pk]):
        assert yard.api.code("history/tracker/list", trackers=wanted, **MARCH) == 217
    set_blocked(van.source_id, is_blocked=True)
    assert yard.api.code("history/tracker/list", trackers=[van.pk], **MARCH) == 217


@pytest.mark.alerts(43)
def test_without_trackers_all_are_meant(yard: Yard, crossings: list[int]) -> None:
    listed = yard.api("history/tracker/list", **MARCH)["list"]
    assert [entry["id"] for entry in listed] == crossings


@pytest.mark.alerts(44)
def test_long_messages_are_cut_and_kept_whole(yard: Yard, van: Tracker) -> None:
    yard.make("sos", van, primary_text="x" * 300)
    send(report(van, 0, INSIDE, event_code=202))
    (entry,) = yard.entries()
    whole = f"{van.label}: {'x' * 300}"
    assert (entry["message"], entry["extra"]["full_message"]) == (whole[:256], whole)
    (bare,) = yard.entries(add_tracker_label=False)
    assert bare["message"] == "x" * 256


@pytest.mark.alerts(46)
@pytest.mark.history(55)
def test_reading_lowers_the_count(yard: Yard, crossings: list[int]) -> None:
    yard.api("history/mark_read", id=crossings[0])
    assert yard.api("history/unread/count", **SINCE)["count"] == 3
    unread = yard.api("history/unread/list", limit=2, **SINCE)
    assert [entry["id"] for entry in unread["list"]] == [crossings[3], crossings[2]]
    assert yard.api.code("history/mark_read", id=crossings[0]) == 201
    assert [entry["is_read"] for entry in yard.entries()] == [True, False, False, False]
    yard.api("history/mark_read_all")
    assert yard.api("history/unread/count", **SINCE)["count"] == 0
    assert yard.entries(only_unread=True) == []


@pytest.mark.alerts(47, 50)
def test_one_logins_reading_leaves_anothers_unread(yard: Yard, van: Tracker, bob: User, crossings: list[int]) -> None:
    api = Api()
    api.log_in(bob.login)
    assert api("history/unread/count", **SINCE)["count"] == 0
    assert api.code("history/read", id=crossings[0]) == 201
    bob.bound_trackers.add(van)
    yard.api("history/mark_read_all")
    assert api("history/unread/count", **SINCE)["count"] == 4
    assert api("history/read", id=crossings[0])["value"]["is_read"] is False


@pytest.mark.alerts(50)
@pytest.mark.history(56)
def test_a_strangers_entry_is_not_there(crossings: list[int], charlie: User) -> None:
    api = Api()
    api.log_in(charlie.login)
    for call in ("read", "mark_read", "acknowledge"):
        assert api.code(f"history/{call}", id=crossings[0]) == 201


@pytest.mark.alerts(48)
@pytest.mark.history(57)
def test_every_event_of_the_types_is_described(api: Api) -> None:
    types = {one["type"]: one["description"] for one in api("history/type/list", locale="en")["list"]}
    assert set(types) == {event for kind in KINDS.values() for event in kind.events}
    assert all(types.values())


@pytest.mark.alerts(49)
def test_dates_are_in_the_callers_zone(yard: Yard, alice: User, crossings: list[int]) -> None:
    alice.time_zone = "Europe/Budapest"
    alice.save()
    period = {"from": "2025-03-04 09:01:00", "to": "2025-03-04 09:01:59"}
    (entry,) = yard.entries(**period)
    assert entry["time"] == "2025-03-04 09:01:00"
    (entry,) = yard.entries(**period, iso_datetime=True)
    assert entry["time"] == "2025-03-04T09:01:00+01:00"
    (entry,) = yard.entries(**{"from": "2025-03-04T08:01:00Z", "to": "2025-03-04T08:01:59Z"})
    assert entry["id"] == crossings[0]


def test_lists_may_come_as_text_in_a_query(yard: Yard, van: Tracker, crossings: list[int]) -> None:
    query = {"hash": yard.api.hash, "trackers": f"[{van.pk}]", "events": '["inzone"]', **MARCH}
    answer = Client().get("/history/tracker/list/", query).json()
    assert [entry["id"] for entry in answer["list"]] == [crossings[0], crossings[2]]


def test_who_has_seen_to_an_alert_is_told_to_all(yard: Yard, van: Tracker, bob: User, crossings: list[int]) -> None:
    bob.bound_trackers.add(van)
    api = Api()
    api.log_in(bob.login)
    api("history/acknowledge", id=crossings[0], note="called the driver")
    seen = yard.api("history/read", id=crossings[0])["value"]
    assert seen["is_read"] is False
    assert seen["extra"]["acknowledged"]["title"] == "Bob"
    assert seen["extra"]["acknowledged"]["note"] == "called the driver"
    assert api("history/read", id=crossings[0])["value"]["is_read"] is True


def test_old_alerts_are_forgotten(yard: Yard, crossings: list[int], settings: Any) -> None:
    settings.ALERT_DAYS = 30
    assert forget_alerts(at(0) + timedelta(days=29)) == 0
    assert forget_alerts(timezone.now()) == 4
    assert Alert.objects.count() == 0


def test_what_is_kept_no_longer_is_not_shown(yard: Yard, crossings: list[int], settings: Any) -> None:
    settings.ALERT_DAYS = 30
    answer = yard.api("history/user/list", **MARCH)
    assert (answer["list"], answer["limit_exceeded"]) == ([], True)


def test_there_are_no_announcements(api: Api) -> None:
    assert api("notification/list")["list"] == []


@pytest.mark.history(34)
def test_tracks_tell_how_many_entries_they_have(yard: Yard, van: Tracker, settings: Any) -> None:
    settings.HISTORY_DAYS, settings.LOG_TRIPS = 0, True
    yard.make("sos", van)
    drive = [(10 * minute, OUTSIDE if minute % 2 else INSIDE, 50) for minute in range(6)]
    parked = [(60 + 300 * number, OUTSIDE, 0) for number in range(4)]
    alarms = {10, 40, 960}
    for seconds, place, speed in [*drive, *parked, (1200, OUTSIDE, 50), (1210, INSIDE, 50)]:
        said = {"event_code": 202} if seconds in alarms else {}
        send(report(van, seconds, place, speed=speed, **said))
    period = {"from": "2025-03-04 08:00:00", "to": "2025-03-04 09:00:00"}
    counted = yard.api("track/list", tracker_id=van.pk, filter=False, count_events=True, **period)["list"]
    assert [track["event_count"] for track in counted] == [3, 1]
    assert "event_count" not in yard.api("track/list", tracker_id=van.pk, filter=False, **period)["list"][0]
    (whole,) = yard.api("track/list", tracker_id=van.pk, split=False, filter=False, count_events=True, **period)["list"]
    assert whole["event_count"] == len(yard.entries())
