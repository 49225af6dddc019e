"""What the other types of rules find, from a report to the log (alerts §3, §5.3 to §5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.services.judging import judge_time
from alerts.services.vigil import keep_vigil
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, at, report, send
from trackers.models import Sensor, Tracker
from trackers.services.ingestion import ingest, pass_time_for_due
from trackers.services.sensors import create_sensor
from trackers.services.trackers import set_blocked

pytestmark = pytest.mark.django_db
MINUTE = 60


def pass_time(seconds: float) -> None:
    """Has time come to a moment, as housekeeping does."""
    keep_vigil(at(seconds))
    pass_time_for_due(at(seconds))
    judge_time(at(seconds))


@pytest.mark.alerts(29)
def test_speeding_fires_once_an_excess(yard: Yard, van: Tracker) -> None:
    yard.make("speedup", van, param=90)
    speeds = [(0, 80), (10, 90), (20, 91), (30, 120), (40, 90), (60, 95), (900, 80), (930, 95)]
    send(*(report(van, second, OUTSIDE, speed=speed) for second, speed in speeds))
    assert yard.fired() == [("speedup", 20), ("speedup", 930)]


@pytest.mark.alerts(30)
@pytest.mark.parametrize(("inverted", "expected"), [(False, [("speedup", 30)]), (True, [("speedup", 10)])])
def test_speeding_may_be_limited_to_zones(yard: Yard, van: Tracker, inverted: bool, expected: Any) -> None:
    yard.make("speedup", van, param=50, zone_ids=[yard.zone_id], extended_params={"zone_limit_inverted": inverted})
    send(report(van, 0, OUTSIDE, speed=40), report(van, 10, OUTSIDE, speed=60), report(van, 30, INSIDE, speed=60))
    assert yard.fired() == expected


def test_speeding_may_have_to_last(yard: Yard, van: Tracker) -> None:
    yard.make("speedup", van, param=50, extended_params={"min_duration_seconds": 60})
    fast = [0, 10, 40, 70, 100]
    send(report(van, -10, OUTSIDE, speed=40), *(report(van, second, OUTSIDE, speed=60) for second in fast))
    assert yard.fired() == [("speedup", 70)]


@pytest.mark.alerts(31)
def test_an_input_fires_on_and_off(yard: Yard, van: Tracker) -> None:
    yard.make("input_change", van, param=2)
    switched = [(0, False), (20, True), (40, True), (60, False)]
    send(*(report(van, second, inputs=(True, is_on)) for second, is_on in switched))
    assert [(one["event"], one["message"]) for one in yard.entries(add_tracker_label=False)] == [
        ("input_change", "first"),
        ("input_change", "second"),
    ]


@pytest.mark.alerts(31)
def test_an_input_without_a_text_is_silent(yard: Yard, van: Tracker) -> None:
    yard.make("input_change", van, param=1, secondary_text="")
    send(*(report(van, 20 * number, inputs=(number % 2 == 1,)) for number in range(6)))
    assert [seconds for _, seconds in yard.fired()] == [20, 60, 100]


@pytest.mark.alerts(32)
def test_sos_fires_once_in_thirty_seconds(yard: Yard, van: Tracker) -> None:
    yard.make("sos", van)
    send(*(report(van, second, INSIDE, event_code=202) for second in (0, 20, 45)))
    assert yard.fired() == [("sos", 0), ("sos", 45)]
    send(report(van, 600, OUTSIDE), report(van, 300, event_code=202))
    assert yard.fired() == [("sos", 0), ("sos", 45), ("sos", 300)]


def test_an_alarm_fires_when_it_appears(yard: Yard, van: Tracker) -> None:
    yard.make("sos", van)
    send(*(report(van, 40 * number, INSIDE, attributes={"alarm": "overspeed,sos"}) for number in range(4)))
    send(report(van, 200, INSIDE), report(van, 240, INSIDE, attributes={"alarm": "sos"}))
    assert yard.fired() == [("sos", 0), ("sos", 240)]


def test_an_alarm_that_lasts_does_not_fire_a_new_rule(yard: Yard, van: Tracker) -> None:
    send(report(van, 0, INSIDE, attributes={"alarm": "sos"}))
    yard.make("sos", van)
    send(report(van, 40, INSIDE, attributes={"alarm": "sos"}))
    assert yard.fired() == []


def test_power_is_lost_and_restored(yard: Yard, van: Tracker) -> None:
    yard.make("battery_off", van)
    send(report(van, 0, event_code=2), report(van, 10, event_code=4), report(van, 20, event_code=2))
    assert yard.fired() == [("battery_off", 0), ("battery_on", 10)]


def test_a_low_charge_fires_once(yard: Yard, van: Tracker) -> None:
    yard.make("lowpower", van)
    send(*(report(van, 60 * number, battery_percent=percent) for number, percent in enumerate([40, 9, 8, 50, 10])))
    assert yard.fired() == [("lowpower", 60)]


@pytest.mark.alerts(33)
@pytest.mark.history(54)
@pytest.mark.parametrize("by_rule", [True, False])
def test_trips_begin_and_end(yard: Yard, van: Tracker, settings: Any, by_rule: bool) -> None:
    settings.LOG_TRIPS = True
    if by_rule:
        yard.make("track_change", van)
    send(*(report(van, MINUTE * number, OUTSIDE, speed=50) for number in range(3)))
    send(*(report(van, MINUTE * number, OUTSIDE) for number in range(3, 5)))
    pass_time(MINUTE * 9)
    send(report(van, MINUTE * 20, OUTSIDE, speed=50))
    events = [("track_start", 0), ("track_end", MINUTE * 8), ("track_start", MINUTE * 20)]
    assert yard.fired() == events
    assert {one["rule_id"] is not None for one in yard.entries()} == {by_rule}
    assert {one["is_read"] for one in yard.entries()} == {not by_rule}


def test_a_stop_in_a_backlog_ends_the_trip(yard: Yard, van: Tracker) -> None:
    yard.make("track_change", van)
    drive = [(0, 50), (60, 50), (120, 0), (180, 0), (900, 60)]
    ingest([report(van, second, OUTSIDE, speed=speed) for second, speed in drive], received_at=at(86_400))
    assert yard.fired() == [("track_start", 0), ("track_end", 420), ("track_start", 900)]


@pytest.mark.alerts(34)
def test_offline_comes_after_its_minutes(yard: Yard, van: Tracker) -> None:
    yard.make("offline", van, param=7)
    send(report(van, 0, OUTSIDE))
    for minute in range(1, 17):
        pass_time(MINUTE * minute)
    assert yard.fired() == []
    pass_time(MINUTE * 17.5)
    assert yard.fired() == [("offline", MINUTE * 17)]
    assert yard.entries()[0]["extra"]["last_known_location"] is True
    send(report(van, MINUTE * 30, OUTSIDE))
    send(report(van, MINUTE * 31, OUTSIDE))
    assert yard.fired() == [("offline", MINUTE * 17), ("online", MINUTE * 30)]


def test_who_is_back_in_time_was_never_offline(yard: Yard, van: Tracker) -> None:
    yard.make("offline", van, param=7)
    send(report(van, 0, OUTSIDE))
    pass_time(MINUTE * 11)
    send(report(van, MINUTE * 12, OUTSIDE))
    pass_time(MINUTE * 20)
    assert yard.fired() == []


def test_an_outage_of_the_server_is_nobodys_silence(yard: Yard, van: Tracker) -> None:
    yard.make("offline", van, param=0)
    send(report(van, 0, OUTSIDE))
    pass_time(MINUTE)
    pass_time(MINUTE * 60)
    assert yard.fired() == []
    for minute in range(61, 70):
        pass_time(MINUTE * minute)
    assert yard.fired() == []
    pass_time(MINUTE * 70)
    assert yard.fired() == [("offline", MINUTE * 70)]


def test_a_rule_of_silence_does_not_fire_for_who_is_silent_already(yard: Yard, van: Tracker) -> None:
    send(report(van, 0, OUTSIDE))
    pass_time(MINUTE * 11)
    yard.make("offline", van, param=0)
    pass_time(MINUTE * 12)
    assert yard.fired() == []


@pytest.mark.alerts(36)
def test_parking_too_long_fires_once_a_stop(yard: Yard, van: Tracker) -> None:
    yard.make("excessive_parking", van, extended_params={"max_parking_duration": 10})
    send(report(van, 0, OUTSIDE, speed=50), *(report(van, MINUTE * number, OUTSIDE) for number in range(1, 12)))
    for minute in range(12, 20):
        pass_time(MINUTE * minute)
        send(report(van, MINUTE * minute + 1, OUTSIDE))
    assert yard.fired() == [("excessive_parking", MINUTE * 16)]
    send(report(van, MINUTE * 30, OUTSIDE, speed=50))
    assert yard.fired() == [("excessive_parking", MINUTE * 16), ("excessive_parking_finished", MINUTE * 30)]


@pytest.mark.alerts(36)
def test_idling_fires_at_the_minute(yard: Yard, van: Tracker) -> None:
    yard.make("idling_soft", van, param=3)
    send(report(van, 0, OUTSIDE, speed=50, ignition=True))
    send(*(report(van, MINUTE * number, OUTSIDE, ignition=True) for number in range(1, 12)))
    send(report(van, MINUTE * 12, OUTSIDE, ignition=False))
    assert yard.fired() == [("idle_start", MINUTE * 9), ("idle_end", MINUTE * 12)]


def test_a_blocked_tracker_does_not_park_too_long(yard: Yard, van: Tracker) -> None:
    yard.make("excessive_parking", van, extended_params={"max_parking_duration": 10})
    send(report(van, 0, OUTSIDE, speed=50), report(van, MINUTE, OUTSIDE), report(van, MINUTE * 7, OUTSIDE))
    set_blocked(van.source_id, is_blocked=True)
    pass_time(MINUTE * 60)
    assert yard.fired() == []


@pytest.mark.alerts(35)
def test_a_sensor_keeps_its_threshold(yard: Yard, van: Tracker) -> None:
    sensor = Sensor(
        source=van.source, kind="metering", sensor_type="temperature", name="Cargo", input_name="temp_sensor"
    )
    create_sensor(sensor)
    extended = {"sensor_id": sensor.pk, "min": 2, "max": 8, "threshold": 0.5}
    yard.make("sensor_range", van, extended_params=extended)
    values = [5, 8.2, 8.4, 7.9, 8.6, 8.3, 7.8, 7.4, 8.3]
    send(*(report(van, 20 * number, measurements={"temp_sensor": value}) for number, value in enumerate(values)))
    out, back = yard.entries()
    assert [(one["event"], one["time"][-5:]) for one in (out, back)] == [
        ("sensor_outrange", "01:20"),
        ("sensor_inrange", "02:20"),
    ]
    extra = out["extra"]
    assert (extra["sensor_id"], extra["sensor_name"], extra["sensor_calculated_value"]) == (sensor.pk, "Cargo", "8.6")


def test_a_state_field_is_watched(yard: Yard, van: Tracker) -> None:
    yard.make("state_field_control", van, extended_params={"state_field": "door", "trigger_value": "open"})
    said = ["shut", "open", "open", "shut", "open"]
    send(*(report(van, 400 * number, attributes={"door": value}) for number, value in enumerate(said)))
    assert yard.fired() == [("state_field_control", 400), ("state_field_control", 1600)]


def test_a_route_is_left_and_found_again(yard: Yard, van: Tracker) -> None:
    line = [{"lat": 47.0, "lng": 19.0}, {"lat": 47.0, "lng": 19.2}]
    zone = {"type": "sausage", "label": "Route", "radius": 200}
    route = yard.api("zone/create", zone=zone, points=line)["id"]
    extended = {"allow_exit_at_endpoints": True}
    yard.make("route", van, zone_ids=[route], extended_params=extended)
    places = [(47.0, 19.1), (47.02, 19.1), (47.0, 19.1), (47.0, 19.25)]
    send(*(report(van, 60 * number, place, speed=50) for number, place in enumerate(places)))
    assert yard.fired() == [("outroute", 60), ("inroute", 120)]


@pytest.mark.alerts(20)
@pytest.mark.parametrize("place", ["alerts", "extended_params"])
def test_either_spelling_makes_an_emergency(yard: Yard, van: Tracker, place: str) -> None:
    yard.make("sos", van, **{place: {"emergency": True}})
    yard.make("sos", van)
    send(report(van, 0, INSIDE, event_code=202))
    assert len(yard.entries()) == 2
    (found,) = yard.entries(only_emergency=True)
    assert found["extra"]["emergency"] is True
