"""`tracker/get_counters` and `tracker/counter/*`: kilometres and engine hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.api import Api
from tests.strategies import EPOCH
from trackers.engine.counters import CounterType
from trackers.models import Counter, Sensor, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_counter, save_sensor, set_counter_value
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

Register = Callable[..., Tracker]


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def odometer(van: Tracker) -> Counter:
    counter = Counter(source=van.source, counter_type=CounterType.ODOMETER)
    save_counter(counter)
    return counter


def drive(tracker: Tracker, minutes: int = 3) -> None:
    """A kilometre and a bit each minute."""
    for minute in range(minutes):
        time = EPOCH + timedelta(minutes=minute)
        fix = Fix(52 + minute / 100, 13, speed_kmh=60)
        ingest([Report(tracker.source.device_id, time, fix=fix)], received_at=time)


def value_of(api: Api, tracker: Tracker, counter_type: str = "odometer") -> float:
    value: float = api("tracker/counter/value/get", tracker_id=tracker.pk, type=counter_type)["value"]
    return value


def test_a_counter_is_shown_with_its_date(api: Api, alice: User, van: Tracker, odometer: Counter) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    drive(van)
    answer = api("tracker/get_counters", tracker_id=van.pk)
    date = f"{EPOCH + timedelta(hours=9, minutes=2):%Y-%m-%d %H:%M:%S}"
    assert answer["list"] == [{"type": "odometer", "value": 2.22, "update_time": date}]
    assert value_of(api, van) == 2.22
    iso = api("tracker/get_counters", tracker_id=van.pk, iso_datetime=True)
    assert iso["list"][0]["update_time"].endswith("+09:00") and iso["user_time"].endswith("+09:00")


def test_without_a_value_there_is_nothing_to_get(api: Api, van: Tracker, odometer: Counter) -> None:
    for counter_type in CounterType:
        code = api.code("tracker/counter/value/get", tracker_id=van.pk, type=counter_type)
        assert (code, api.status) == (204, 404)
    assert api("tracker/get_counters", tracker_id=van.pk)["list"] == []
    drive(van, 1)
    assert value_of(api, van) == 0


@pytest.mark.parametrize(("value", "shown"), [(120_000, 120_000), ("233.21", 233.21), (0, 0), (1e9, 1e9)])
@pytest.mark.parametrize("counter_type", CounterType)
def test_a_value_is_set_and_its_counter_made(
    api: Api, van: Tracker, counter_type: CounterType, value: Any, shown: float
) -> None:
    fields = {"tracker_id": van.pk, "type": counter_type.value}
    assert api.code("tracker/counter/read", **fields) == 204
    assert api("tracker/counter/value/set", **fields, value=value) == {"success": True}
    assert value_of(api, van, counter_type) == shown
    assert api("tracker/counter/read", **fields)["value"]["multiplier"] == 1


def test_a_multiplier_holds_for_the_next_report(api: Api, van: Tracker, odometer: Counter) -> None:
    fields = {"tracker_id": van.pk, "type": "odometer"}
    assert api("tracker/counter/update", **fields, multiplier="2.5") == {"success": True}
    assert api("tracker/counter/read", **fields)["value"] == {"id": odometer.pk, "type": "odometer", "multiplier": 2.5}
    drive(van)
    assert value_of(api, van) == 5.56


def test_an_odometer_follows_its_sensor_until_changed(api: Api, van: Tracker, odometer: Counter) -> None:
    sensor = Sensor(source=van.source, kind="metering", sensor_type="custom", name="Odometer", input_name="hw_mileage")
    save_sensor(sensor)
    fields = {"tracker_id": van.pk, "type": "odometer", "multiplier": 1}
    api("tracker/counter/update", **fields, sensor_id=sensor.pk)
    assert Counter.objects.get().sensor == sensor
    api("tracker/counter/update", **fields)
    assert Counter.objects.get().sensor is None


@pytest.mark.parametrize(
    ("call", "changes", "at_fault"),
    [
        *[
            ("update", {"multiplier": value}, "multiplier")
            for value in (None, 0, -1, 1001, "x", True, [], "nan", "1e400")
        ],
        *[("update", {"sensor_id": value}, "sensor_id") for value in (-1, 0, 987_654, "x", 1.5, [], 2**63)],
        ("update", {"type": "engine_hours", "sensor_id": 1}, "sensor_id"),
        *[("value/set", {"value": value}, "value") for value in (None, -0.01, 1e9 + 1, "", "inf", True, {}, 10**400)],
        *[
            (call, {"type": value}, "type")
            for call in ("read", "update", "value/get", "value/set", "value/list")
            for value in (None, "", "fuel", 5, [])
        ],
    ],
)
def test_what_cannot_be_is_named(
    api: Api, van: Tracker, odometer: Counter, call: str, changes: dict[str, Any], at_fault: str
) -> None:
    fields = {"tracker_id": van.pk, "trackers": [van.pk], "type": "odometer", "multiplier": 2, "value": 5}
    answer = api(f"tracker/counter/{call}", **(fields | changes))
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert Counter.objects.get().multiplier == 1
    assert api("tracker/get_counters", tracker_id=van.pk)["list"] == []


@pytest.mark.parametrize("kind", ["discrete", "of another source"])
def test_an_odometer_follows_own_metering_sensors_only(
    api: Api, alice: User, van: Tracker, odometer: Counter, register: Register, kind: str
) -> None:
    if kind == "discrete":
        sensor = Sensor(source=van.source, kind="discrete", sensor_type="door", name="Door", input_number=1)
    else:
        sensor = Sensor(
            source=register(alice).source, kind="metering", sensor_type="custom", name="Odometer", input_name="a"
        )
    save_sensor(sensor)
    fields = {"tracker_id": van.pk, "type": "odometer", "multiplier": 1, "sensor_id": sensor.pk}
    assert api.code("tracker/counter/update", **fields) == 7
    assert Counter.objects.get().sensor is None


def test_a_missing_counter_is_not_changed(api: Api, van: Tracker) -> None:
    fields = {"tracker_id": van.pk, "type": "odometer", "multiplier": 2}
    assert api.code("tracker/counter/update", **fields) == 204
    assert not Counter.objects.exists()


@pytest.mark.api(29)
def test_clone_owners_see_counters_and_set_none(api: Api, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    set_counter_value(van.source, CounterType.ODOMETER, 7.0)
    hers = Api()
    hers.hash = create_session(charlie)
    fields = {"tracker_id": clone.pk, "type": "odometer", "multiplier": 2, "value": 5}
    assert [hers.code(f"tracker/counter/{call}", **fields) for call in ("read", "update", "value/set")] == [219] * 3
    assert (value_of(hers, clone), value_of(api, van)) == (7, 7)


def test_values_of_several_trackers_are_listed_by_id(api: Api, alice: User, charlie: User, register: Register) -> None:
    vans = [register(alice) for _ in range(3)]
    for number, van in enumerate(vans[:2]):
        set_counter_value(van.source, CounterType.ODOMETER, number)
    fields = {"type": "odometer"}
    wanted = [van.pk for van in vans]
    answer = api("tracker/counter/value/list", **fields, trackers=[wanted[1], wanted[0], wanted[1]])
    assert answer == {"success": True, "value": {str(wanted[0]): 0, str(wanted[1]): 1}}
    assert api.code("tracker/counter/value/list", **fields, trackers=wanted) == 204
    assert api.code("tracker/counter/value/list", **fields, trackers=[wanted[0], register(charlie).pk]) == 217
    assert api.code("tracker/counter/value/list", **fields, trackers=list(range(2001))) == 221
    set_blocked(vans[1].source_id, is_blocked=True)
    assert api.code("tracker/counter/value/list", **fields, trackers=wanted[:2]) == 217


def test_a_list_takes_no_query_per_tracker(
    api: Api, alice: User, register: Register, django_assert_max_num_queries: Any
) -> None:
    vans = [register(alice) for _ in range(10)]
    for van in vans:
        set_counter_value(van.source, CounterType.ODOMETER, 1)
    with django_assert_max_num_queries(4):
        answer = api("tracker/counter/value/list", type="odometer", trackers=[van.pk for van in vans])
    assert len(answer["value"]) == 10


def test_a_sub_user_sees_counters_and_sets_none(bob: User, van: Tracker) -> None:
    set_counter_value(van.source, CounterType.ODOMETER, 7.0)
    bind_sub_users(van, [bob])
    his = Api()
    his.hash = create_session(bob)
    assert value_of(his, van) == 7
    fields = {"tracker_id": van.pk, "type": "odometer", "multiplier": 2, "value": 5}
    assert [his.code(f"tracker/counter/{call}", **fields) for call in ("update", "value/set")] == [13, 13]
    assert Counter.objects.filter(multiplier=1).count() == 1


@pytest.mark.parametrize("sensor_value", [1e300, -1e300, 1e14])
def test_counters_stay_numbers_whatever_a_sensor_says(api: Api, van: Tracker, sensor_value: float) -> None:
    sensor = Sensor(
        source=van.source, kind="metering", sensor_type="custom", name="Odometer", input_name="a", divider=1e-9
    )
    save_sensor(sensor)
    save_counter(Counter(source=van.source, counter_type="odometer", sensor=sensor, multiplier=1000))
    for minute, value in enumerate((0.0, sensor_value, 0.0, sensor_value, 1e-9)):
        time = EPOCH + timedelta(minutes=minute)
        ingest([Report(van.source.device_id, time, measurements={"a": value})], received_at=time)
    assert value_of(api, van) == 1000
    assert api("tracker/get_state", tracker_id=van.pk)["success"]
