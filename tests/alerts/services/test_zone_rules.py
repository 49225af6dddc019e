"""Crossings, from a report to the log (alerts §5.1, §5.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import User
from alerts.models import Alert
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, at, beyond, report, send
from tests.api import Api
from trackers.models import Tracker
from trackers.services.access import move_tracker
from trackers.services.ingestion import ingest
from trackers.services.trackers import clone_tracker, set_blocked

pytestmark = pytest.mark.django_db


@pytest.mark.alerts(21, 45)
def test_a_crossing_is_an_entry_of_its_report(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE), report(van, 60, OUTSIDE))
    entered, left = yard.entries()
    assert (entered["event"], entered["time"], entered["rule_id"]) == ("inzone", "2025-03-04 08:00:30", rule_id)
    assert (entered["tracker_id"], entered["message"], entered["track_id"]) == (van.pk, f"{van.label}: first", 0)
    assert (entered["location"]["lat"], entered["location"]["lng"]) == INSIDE
    assert (entered["extra"]["zone_ids"], entered["extra"]["zone_labels"]) == ([yard.zone_id], ["Depot"])
    assert (entered["address"], entered["type"], entered["extra"]["tracker_label"]) == ("", "tracker", van.label)
    assert (left["event"], left["message"]) == ("outzone", f"{van.label}: second")


@pytest.mark.alerts(22)
def test_moving_about_on_one_side_fires_nothing(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(*(report(van, second, beyond(150 + second)) for second in range(0, 200, 20)))
    assert yard.fired() == []


@pytest.mark.alerts(23)
def test_a_car_on_the_border_enters_once(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    send(*(report(van, 6 * number, beyond(-10 if number % 2 else 10)) for number in range(1, 21)))
    assert yard.fired() == [("inzone", 6)]


def test_an_hour_along_the_border_is_one_entry_and_one_exit(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    jitter = [15, -15, 3, -8, 12, -2, -15, 9]
    send(report(van, 0, OUTSIDE))
    send(*(report(van, 30 * number, beyond(jitter[number % 8])) for number in range(1, 121)))
    send(report(van, 3700, OUTSIDE))
    assert yard.fired() == [("inzone", 30), ("outzone", 3700)]


@pytest.mark.alerts(24)
def test_the_reset_timer_runs_for_each_direction(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, -5, OUTSIDE), report(van, 0, INSIDE), report(van, 15, OUTSIDE))
    send(report(van, 30, INSIDE), report(van, 80, OUTSIDE))
    assert yard.fired() == [("inzone", 0), ("outzone", 15), ("outzone", 80)]


def test_what_the_timer_swallowed_is_put_right(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, -5, OUTSIDE), report(van, 0, INSIDE), report(van, 15, OUTSIDE))
    send(report(van, 30, INSIDE), report(van, 50, INSIDE), report(van, 65, INSIDE), report(van, 70, INSIDE))
    assert yard.fired() == [("inzone", 0), ("outzone", 15), ("inzone", 65)]


@pytest.mark.alerts(25)
def test_a_rule_made_around_a_standing_car_does_not_fire(yard: Yard, van: Tracker) -> None:
    send(report(van, 0, INSIDE))
    rule_id = yard.make("inoutzone", van)
    send(report(van, 10, INSIDE))
    assert yard.fired() == []
    yard.api("tracker/rule/unbind", rule_id=rule_id, trackers=[van.pk])
    yard.api("tracker/rule/bind", rule_id=rule_id, trackers=[van.pk])
    send(report(van, 20, INSIDE))
    assert yard.fired() == []
    send(report(van, 30, OUTSIDE))
    assert yard.fired() == [("outzone", 30)]


@pytest.mark.alerts(18)
def test_a_suspended_rule_is_silent_until_the_next_crossing(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    yard.api("tracker/rule/update", rule={**yard.document("inoutzone", van, suspended=True), "id": rule_id})
    send(report(van, 30, INSIDE))
    yard.api("tracker/rule/update", rule={**yard.document("inoutzone", van), "id": rule_id})
    send(report(van, 60, INSIDE))
    assert yard.fired() == []
    send(report(van, 90, OUTSIDE))
    assert yard.fired() == [("outzone", 90)]


def test_a_first_fix_inside_is_only_remembered(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, INSIDE), report(van, 30, OUTSIDE))
    assert yard.fired() == [("outzone", 30)]


def test_new_texts_forget_nothing(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van)
    send(report(van, 0, INSIDE), report(van, 30, OUTSIDE))
    yard.api("tracker/rule/update", rule={**yard.document("inoutzone", van, primary_text="came"), "id": rule_id})
    send(report(van, 60, INSIDE))
    assert [entry["message"] for entry in yard.entries(add_tracker_label=False)] == ["second", "came"]


def test_a_moved_zone_lets_its_rules_begin_anew(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    far = {"lat": OUTSIDE[0], "lng": OUTSIDE[1]}
    yard.api("zone/update", zone={"id": yard.zone_id, "type": "circle", "center": far})
    send(report(van, 30, OUTSIDE))
    assert yard.fired() == []
    send(report(van, 60, beyond(-300)))
    assert yard.fired() == [("outzone", 60)]


@pytest.mark.alerts(26)
def test_a_late_report_fires_nothing_and_moves_nothing(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 60, OUTSIDE), report(van, 30, INSIDE), report(van, 90, OUTSIDE))
    assert yard.fired() == []
    send(report(van, 120, INSIDE))
    assert yard.fired() == [("inzone", 120)]


@pytest.mark.alerts(27)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_backlog_fires_as_of_its_own_times(yard: Yard, van: Tracker, order: tuple[int, ...]) -> None:
    yard.make("inoutzone", van)
    send(report(van, -600, OUTSIDE))
    backlog = [report(van, 0, OUTSIDE), report(van, 300, INSIDE), report(van, 900, OUTSIDE)]
    ingest([backlog[number] for number in order], received_at=at(0) + timedelta(hours=6))
    assert yard.fired() == [("inzone", 300), ("outzone", 900)]


@pytest.mark.alerts(28)
def test_a_repeated_report_adds_nothing(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    ingest([report(van, 30, INSIDE)] * 8, received_at=at(40))
    send(report(van, 30, INSIDE), report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    assert yard.fired() == [("inzone", 30)]


@pytest.mark.alerts(37)
def test_a_blocked_tracker_fires_nothing(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    set_blocked(van.source_id, is_blocked=True)
    send(report(van, 30, INSIDE))
    assert yard.fired() == []
    set_blocked(van.source_id, is_blocked=False)
    send(report(van, 60, OUTSIDE), report(van, 90, INSIDE))
    assert yard.fired() == [("inzone", 90)]


@pytest.mark.alerts(38)
def test_each_account_of_a_source_has_its_own_alerts(yard: Yard, van: Tracker, charlie: User) -> None:
    clone = clone_tracker(van, account=charlie, label="Theirs")
    of_charlie = Api()
    of_charlie.log_in(charlie.login)
    theirs = Yard(of_charlie)
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    assert theirs.fired() == []
    theirs.make("inoutzone", clone)
    send(report(van, 60, OUTSIDE))
    assert (yard.fired(), theirs.fired()) == ([("inzone", 30), ("outzone", 60)], [("outzone", 60)])
    assert {one["tracker_id"] for one in theirs.entries()} == {clone.pk}


def test_a_tracker_that_moved_away_is_judged_no_longer(yard: Yard, van: Tracker, charlie: User) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    move_tracker(van, charlie)
    send(report(van, 30, INSIDE))
    assert Alert.objects.count() == 0


@pytest.mark.alerts(19)
def test_a_schedule_is_read_by_the_accounts_clock(yard: Yard, van: Tracker, alice: User) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    # Tuesday 8:00 at UTC is 17:00 in Tokyo.
    evening = {
        "type": "weekly",
        "from": {"weekday": 2, "time": "17:01:00"},
        "to": {"weekday": 2, "time": "23:59:59"},
    }
    yard.make("inoutzone", van, schedule=[evening])
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE), report(van, 59, OUTSIDE), report(van, 90, INSIDE))
    assert [entry["event"] for entry in yard.entries()] == ["inzone"]


def test_a_position_from_towers_that_reaches_over_the_border_says_nothing(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE, is_cell_based=True, precision=900))
    assert yard.fired() == []
    send(report(van, 60, INSIDE, is_cell_based=True, precision=100))
    assert yard.fired() == [("inzone", 60)]


def test_zones_left_are_told_before_zones_entered(yard: Yard, van: Tracker) -> None:
    place = beyond(500)
    other = {"type": "circle", "label": "Mill", "radius": 100, "center": {"lat": place[0], "lng": place[1]}}
    mill = yard.api("zone/create", zone=other)["id"]
    yard.make("inoutzone", van, zone_ids=[yard.zone_id, mill], extended_params={"append_zone_title": True})
    send(report(van, 0, INSIDE), report(van, 300, place))
    entries = yard.entries(add_tracker_label=False)
    assert [(one["event"], one["message"]) for one in entries] == [
        ("outzone", "second (Depot)"),
        ("inzone", "first (Mill)"),
    ]


def test_an_emptied_text_silences_its_direction(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van, primary_text="")
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE), report(van, 60, OUTSIDE))
    assert yard.fired() == [("outzone", 60)]


def test_an_alert_outlives_its_rule_but_not_its_tracker(
    yard: Yard, van: Tracker, register: Callable[..., Tracker]
) -> None:
    rule_id = yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    yard.api("tracker/rule/delete", rule_id=rule_id)
    assert [entry["rule_id"] for entry in yard.entries()] == [rule_id]
    send(report(van, 60, OUTSIDE))
    assert yard.fired() == [("inzone", 30)]
    van.delete()
    assert yard.fired() == []
