"""What sensors and counters showed in the past (history §5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from tests.api import Api
from tests.trackers.drives import DAY, at, drive, say, take_in, text
from trackers.engine.counters import CounterType
from trackers.models import Counter, Sensor, Tracker
from trackers.reports.report import Fix
from trackers.services.settings import save_counter, save_sensor
from trackers.services.trackers import clone_tracker

DATA, COUNTS, HOURS = "tracker/sensor/data/read", "tracker/counter/data/read", "tracker/stats/engine_hours/read"


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def wire(tracker: Tracker, **fields: Any) -> Sensor:
    sensor = Sensor(source=tracker.source, name="One", **fields)
    save_sensor(sensor)
    tracker.source.refresh_from_db()
    return sensor


def test_a_sensor_is_read_as_it_was_live(api: Api, van: Tracker) -> None:
    sensor = wire(van, kind="metering", sensor_type="fuel", input_name="analog_1", divider=10)
    shown = []
    for minute, raw in enumerate([500, 490, 480]):
        say(van, minute, measurements={"analog_1": raw})
        say(van, minute + 0.5, battery_percent=50)
        (one,) = api("tracker/readings/list", tracker_id=van.pk)["inputs"]
        shown.append({"value": one["value"], "get_time": one["update_time"]})
    answer = api(DATA, tracker_id=van.pk, sensor_id=sensor.pk, **DAY)
    assert answer["list"] == shown == [{"value": 50 - n, "get_time": text(at(n))} for n in range(3)]
    raw = api(DATA, tracker_id=van.pk, sensor_id=sensor.pk, raw_data=True, **DAY)["list"]
    assert [one["value"] for one in raw] == [500, 490, 480]


def test_titles_and_switches_have_a_past(api: Api, van: Tracker) -> None:
    title = wire(
        van,
        kind="virtual",
        sensor_type="state",
        input_name="mode",
        parameters={"calc_method": "identity", "value_titles": [{"value": "2", "title": "Digging"}]},
    )
    door = wire(van, kind="discrete", sensor_type="door", input_number=3)
    say(van, 0, attributes={"mode": 2}, inputs=(False, False, True))
    say(van, 1, attributes={"mode": 3}, inputs=(False, False, False))
    values = [
        [one["value"] for one in api(DATA, tracker_id=van.pk, sensor_id=sensor.pk, **DAY)["list"]]
        for sensor in (title, door)
    ]
    assert values == [["Digging", "3"], [True, False]]


def test_a_sensor_of_another_tracker_is_not_there(api: Api, alice: User, van: Tracker, register: Any) -> None:
    sensor = wire(register(alice), kind="discrete", sensor_type="door", input_number=1)
    assert api.code(DATA, tracker_id=van.pk, sensor_id=sensor.pk, **DAY) == 201


def test_a_counter_stood_as_it_showed_live(api: Api, van: Tracker) -> None:
    save_counter(Counter(source=van.source, counter_type=CounterType.ODOMETER, multiplier=2))
    shown = []
    for report in drive(van):
        take_in([report])
        counters = api("tracker/get_counters", tracker_id=van.pk)["list"]
        shown += [{"value": one["value"], "update_time": one["update_time"]} for one in counters]
    api("tracker/counter/value/set", tracker_id=van.pk, type="odometer", value=shown[-1]["value"] + 1000)
    told = api(COUNTS, tracker_id=van.pk, type="odometer", **DAY)["list"]
    different = [one for one, before in zip(shown[1:], shown, strict=False) if one != before]
    assert [one["update_time"] for one in told[1:]] == [one["update_time"] for one in different]
    assert [one["value"] - 1000 for one in told[1:]] == [pytest.approx(one["value"], abs=0.02) for one in different]
    part = {"from": text(at(15)), "to": text(at(16))}
    assert api(COUNTS, tracker_id=van.pk, type="odometer", **part)["list"][-1] == next(
        one for one in told if one["update_time"] == text(at(16))
    )


def test_a_counter_that_shows_nothing_has_no_past(api: Api, van: Tracker) -> None:
    assert (api.code(COUNTS, tracker_id=van.pk, type="odometer", **DAY), api.status) == (204, 404)


def test_engine_hours_of_days_add_up(api: Api, charlie: User, van: Tracker) -> None:
    assert (api.code(HOURS, tracker_id=van.pk, **DAY), api.status) == (214, 400)
    for minute in range(690, 751, 10):
        say(van, minute, ignition=minute < 740)
    first = {"from": text(at(0)), "to": text(at(719.9))}
    second = {"from": text(at(720)), "to": text(at(1439))}
    hours = [api(HOURS, tracker_id=van.pk, **period)["value"] for period in (first, second)]
    assert hours == [pytest.approx(20 / 60, abs=0.01), pytest.approx(30 / 60, abs=0.01)]
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    other = Api()
    other.log_in(charlie.login)
    assert (other.code(HOURS, tracker_id=clone.pk, **DAY), other.status) == (219, 403)


@pytest.mark.history(60)
def test_the_last_point_outlives_days_in_a_garage(api: Api, van: Tracker) -> None:
    say(van, 0, fix=Fix(22, 33, 10, satellites=7))
    for minute in range(1, 15):
        say(van, minute * 60, fix=Fix(50, 60, is_cell_based=True))
    say(van, -5, fix=Fix(23, 34, 10))
    point = api("tracker/get_last_gps_point", tracker_id=van.pk)["value"]
    assert (point["get_time"], point["lat"], point["satellites"]) == (text(at(0)), 22, 7)


@pytest.mark.parametrize("route", [DATA, COUNTS, HOURS, "tracker/raw_data/read", "track/visit/list"])
@pytest.mark.parametrize(
    ("period", "code"),
    [
        ({"from": DAY["to"], "to": DAY["from"]}, 7),
        ({"from": DAY["from"]}, 7),
        ({"from": text(at(0) - timedelta(days=400)), "to": text(at(0))}, 211),
    ],
)
def test_periods_of_readings_are_bounded(api: Api, van: Tracker, route: str, period: dict[str, str], code: int) -> None:
    sensor = wire(van, kind="discrete", sensor_type="ignition", input_number=1)
    say(van, 0, fix=Fix(1, 2, 3))
    api("tracker/counter/value/set", tracker_id=van.pk, type="odometer", value=1)
    asked = {"sensor_id": sensor.pk, "type": "odometer", "columns": ["lat"]}
    assert api.code(route, tracker_id=van.pk, **asked, **period) == code
