"""`tracker/readings/*` and the older calls: what devices read last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.services.sessions import create_session
from tests.api import Api
from tests.strategies import EPOCH
from trackers.engine.counters import CounterType
from trackers.engine.last_reports import RecentReport, encode_values
from trackers.engine.state import Gps, State
from trackers.models import Sensor, Tracker
from trackers.rendering.points import last_gps_point
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_sensor, set_counter_value
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

Register = Callable[..., Tracker]


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def date(minute: float) -> str:
    return f"{at(minute):%Y-%m-%d %H:%M:%S}"


def tell(tracker: Tracker, minute: float, **parts: Any) -> None:
    ingest([Report(tracker.source.device_id, at(minute), **parts)], received_at=at(minute))


def sensor(tracker: Tracker, name: str, kind: str = "metering", sensor_type: str = "fuel", **fields: Any) -> int:
    row = Sensor(source=tracker.source, kind=kind, sensor_type=sensor_type, name=name, **fields)
    save_sensor(row)
    return row.pk


@pytest.fixture
def equipped(van: Tracker) -> Tracker:
    """A van with two tanks and their sum, a thermometer, an ignition and an odometer, after a report of it all."""
    parts = [sensor(van, f"Tank {number}", input_name=f"lls_level_{number}") for number in (1, 2)]
    sensor(van, "Fuel", parameters={"parent_ids": parts})
    sensor(van, "Cargo", sensor_type="temperature", input_name="ext_temp_sensor_1")
    sensor(
        van,
        "Ignition",
        kind="virtual",
        sensor_type="virtual_ignition",
        input_name="board_voltage",
        parameters={"calc_method": "in_range", "range_from": 13.2},
    )
    set_counter_value(van.source, CounterType.ODOMETER, 5.0)
    measured = {"lls_level_1": 40.0, "lls_level_2": 2.5, "ext_temp_sensor_1": -18.0, "board_voltage": 14.0}
    tell(van, 0, measurements=measured, attributes={"note": "x", "load": 5})
    return van


def labels(readings: list[dict[str, Any]]) -> list[str]:
    return [one["label"] for one in readings]


def test_readings_have_four_lists(api: Api, equipped: Tracker) -> None:
    answer = api("tracker/readings/list", tracker_id=equipped.pk)
    assert set(answer) == {"success", "inputs", "virtual_sensors", "states", "counters"}
    assert [(one["label"], one["value"]) for one in answer["inputs"]] == [
        ("Tank 1", 40),
        ("Tank 2", 2.5),
        ("Fuel", 42.5),
        ("Cargo", -18),
    ]
    assert [(one["label"], one["value"]) for one in answer["virtual_sensors"]] == [("Ignition", "On")]
    assert answer["states"] == [
        {"field": "note", "value": "x", "update_time": date(0)},
        {"field": "load", "value": 5, "update_time": date(0)},
    ]
    assert [(one["type"], one["value"]) for one in answer["counters"]] == [("odometer", 5)]


@pytest.mark.api(28)
@pytest.mark.parametrize(
    ("sensor_type", "inputs", "virtual_sensors"),
    [
        ("fuel", ["Tank 1", "Tank 2", "Fuel"], []),
        ("temperature", ["Cargo"], []),
        ("virtual_ignition", [], ["Ignition"]),
        ("rpm", [], []),
    ],
)
def test_a_sensor_type_excludes_states_and_counters(
    api: Api, equipped: Tracker, sensor_type: str, inputs: list[str], virtual_sensors: list[str]
) -> None:
    answer = api("tracker/readings/list", tracker_id=equipped.pk, sensor_type=sensor_type)
    assert set(answer) == {"success", "inputs", "virtual_sensors"}
    assert (labels(answer["inputs"]), labels(answer["virtual_sensors"])) == (inputs, virtual_sensors)
    several = api("tracker/readings/batch_list", trackers=[equipped.pk], sensor_type=sensor_type)["result"]
    assert several == {str(equipped.pk): {name: answer[name] for name in ("inputs", "virtual_sensors")}}


@pytest.mark.api(28)
@pytest.mark.parametrize(("include", "inputs"), [(True, 4), ("true", 4), (False, 2), ("false", 2), (None, 4)])
def test_parts_of_sums_can_be_left_out(api: Api, equipped: Tracker, include: Any, inputs: int) -> None:
    answer = api("tracker/readings/list", tracker_id=equipped.pk, include_components=include)
    assert len(answer["inputs"]) == inputs
    assert {"states", "counters"} <= set(answer)
    assert inputs == 4 or labels(answer["inputs"]) == ["Fuel", "Cargo"]


@pytest.mark.parametrize("call", ["list", "batch_list"])
@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        *[({"sensor_type": value}, "sensor_type") for value in ("", "door", "x" * 99, "fuel\x00", [], True)],
        *[({"include_components": value}, "include_components") for value in ("yes", 1, [])],
    ],
)
def test_a_bad_filter_is_named(api: Api, equipped: Tracker, call: str, changes: dict[str, Any], at_fault: str) -> None:
    answer = api(f"tracker/readings/{call}", tracker_id=equipped.pk, trackers=[equipped.pk], **changes)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)


def test_readings_of_several_are_keyed_by_tracker_id(
    api: Api, alice: User, charlie: User, equipped: Tracker, register: Register
) -> None:
    bare, hers = register(alice), register(charlie)
    answer = api("tracker/readings/batch_list", trackers=[bare.pk, equipped.pk, bare.pk])
    one = api("tracker/readings/list", tracker_id=equipped.pk)
    nothing: dict[str, Any] = {"inputs": [], "virtual_sensors": [], "states": [], "counters": []}
    assert answer["result"] == {
        str(bare.pk): nothing,
        str(equipped.pk): {name: value for name, value in one.items() if name != "success"},
    }
    assert api.code("tracker/readings/batch_list", trackers=[equipped.pk, hers.pk]) == 217
    assert api.code("tracker/readings/batch_list", trackers=list(range(2001))) == 221
    set_blocked(bare.source_id, is_blocked=True)
    assert api.code("tracker/readings/batch_list", trackers=[equipped.pk, bare.pk]) == 217


@pytest.mark.parametrize("call", ["readings/batch_list", "batch_get_inputs"])
def test_several_take_no_query_per_tracker(
    api: Api, alice: User, register: Register, django_assert_max_num_queries: Any, call: str
) -> None:
    vans = [register(alice) for _ in range(10)]
    for van in vans:
        sensor(van, "Door", kind="discrete", sensor_type="door", input_number=1)
    with django_assert_max_num_queries(4):
        answer = api(f"tracker/{call}", trackers=[van.pk for van in vans])
    assert len(answer.get("result") or answer["data"]) == 10


@pytest.mark.api(10, 11)
def test_dates_are_the_callers(api: Api, alice: User, equipped: Tracker) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    (cargo,) = api("tracker/readings/list", tracker_id=equipped.pk, sensor_type="temperature")["inputs"]
    assert cargo["update_time"] == date(9 * 60)
    answer = api("tracker/get_readings", tracker_id=equipped.pk, iso_datetime=True)
    assert answer["update_time"] == f"{at(9 * 60):%Y-%m-%dT%H:%M:%S}+09:00"


def test_older_calls_share_the_sensors_among_them(api: Api, van: Tracker) -> None:
    for name, sensor_type, input_name in (
        ("Tank", "fuel", "can_fuel"),
        ("Engine", "rpm", "obd_rpm"),
        ("Coolant", "temperature", "can_coolant_t"),
        ("Board", "power", "board_voltage"),
    ):
        sensor(van, name, sensor_type=sensor_type, input_name=input_name)
    tell(van, 0, measurements={"can_fuel": 40.0, "obd_rpm": 889.0, "board_voltage": 13.5})
    tell(van, 1, measurements={"can_coolant_t": 80.0}, attributes={"obd_vin": "123", "note": "x", "can_door_state": 1})
    answers = {call: api(f"tracker/get_{call}", tracker_id=van.pk) for call in ("fuel", "readings", "diagnostics")}
    assert {call: labels(answer["inputs"]) for call, answer in answers.items()} == {
        "fuel": ["Tank"],
        "readings": ["Board"],
        "diagnostics": ["Engine", "Coolant"],
    }
    assert [answer["update_time"] for answer in answers.values()] == [date(0), date(0), date(1)]
    assert answers["diagnostics"]["states"] == {"obd_vin": "123", "can_door_state": 1}


@pytest.mark.parametrize("call", ["get_fuel", "get_readings", "get_diagnostics", "get_inputs"])
def test_a_silent_device_shows_nothing(api: Api, van: Tracker, call: str) -> None:
    answer = api(f"tracker/{call}", tracker_id=van.pk)
    assert (answer["inputs"], answer["update_time"]) == ([], None)


def test_inputs_are_shown_with_wired_sensors(api: Api, alice: User, van: Tracker, register: Register) -> None:
    sensor(van, "Key", kind="discrete", sensor_type="ignition", input_number=1)
    sensor(van, "Door", kind="discrete", sensor_type="door", input_number=2)
    sensor(van, "Alarm", kind="discrete", sensor_type="car_alarm", input_number=3)
    tell(van, 0, inputs=(True, False))
    tell(van, 1, battery_percent=5)
    answer = api("tracker/get_inputs", tracker_id=van.pk)
    shown = {
        "inputs": [True, False],
        "states": [
            {"type": "ignition", "name": "Key", "status": True, "input_number": 1},
            {"type": "door", "name": "Door", "status": False, "input_number": 2},
            {"type": "car_alarm", "name": "Alarm", "status": False, "input_number": 3},
        ],
        "update_time": date(0),
    }
    assert {name: answer[name] for name in shown} == shown
    bare = register(alice)
    several = api("tracker/batch_get_inputs", trackers=[van.pk, bare.pk])
    assert several["data"] == {str(van.pk): shown, str(bare.pk): {"inputs": [], "states": [], "update_time": None}}
    assert api.code("tracker/batch_get_inputs", trackers=[van.pk, 987_654]) == 217
    assert api.code("tracker/batch_get_inputs", trackers=list(range(2001))) == 221


def last_point(api: Api, tracker: Tracker) -> Any:
    return api("tracker/get_last_gps_point", tracker_id=tracker.pk)["value"]


def test_the_last_point_tells_its_satellites(api: Api, van: Tracker) -> None:
    assert last_point(api, van) is None
    tell(van, 0, fix=Fix(22, 33, 19.6, 11, satellites=5, precision_m=100))
    point = {"get_time": date(0), "heading": 11, "lat": 22, "lng": 33, "satellites": 5, "speed": 20, "precision": 100}
    assert last_point(api, van) == point
    for minute in range(1, 14):
        tell(van, minute, battery_percent=5)
    assert last_point(api, van) == point | {"satellites": None}


def test_points_of_cell_towers_are_passed_over(api: Api, van: Tracker) -> None:
    tell(van, 0, fix=Fix(22, 33, satellites=7))
    tell(van, 1, fix=Fix(50, 60, is_cell_based=True))
    tell(van, 2, fix=Fix(51, 61, satellites=2, is_valid=False))
    assert api("tracker/get_state", tracker_id=van.pk)["state"]["gps"]["gsm_lbs"] is True
    assert last_point(api, van) == {
        "get_time": date(0),
        "heading": None,
        "lat": 22,
        "lng": 33,
        "satellites": 7,
        "speed": None,
    }
    for minute in range(3, 15):
        tell(van, minute, fix=Fix(50, 60, is_cell_based=True))
    assert last_point(api, van) is None


SAID = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(-400, 400),
    st.sampled_from(["", "5", "LBS", "GNSS"]),
    st.lists(st.integers(), max_size=2),
)


@given(
    values=st.dictionaries(
        st.sampled_from(
            ["latitude", "longitude", "satellites", "speed", "heading", "precision", "source_type", "fix_type"]
        ),
        SAID,
    ),
    is_cell_based=st.booleans(),
)
def test_any_attributes_make_a_point_or_none(values: dict[str, Any], is_cell_based: bool) -> None:
    gps = Gps(EPOCH, 1.0, 2.0, is_cell_based=is_cell_based)
    report = RecentReport(1, 0, EPOCH, EPOCH, encode_values(values))
    point = last_gps_point(State(1, EPOCH, gps=gps), [report])
    if point is None:
        assert is_cell_based
        return
    assert -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180
    assert point.satellites is None or point.satellites >= 0


@pytest.mark.api(23)
def test_a_sub_user_reads_bound_trackers_only(bob: User, alice: User, equipped: Tracker, register: Register) -> None:
    other = register(alice)
    bind_sub_users(equipped, [bob])
    his = Api()
    his.hash = create_session(bob)
    assert his("tracker/readings/list", tracker_id=equipped.pk)["inputs"]
    assert his.code("tracker/readings/list", tracker_id=other.pk) == 204
    assert his.code("tracker/get_inputs", tracker_id=other.pk) == 201
    assert his.code("tracker/readings/batch_list", trackers=[equipped.pk, other.pk]) == 217


def test_who_has_a_clone_reads_the_same(api: Api, charlie: User, equipped: Tracker) -> None:
    clone = clone_tracker(equipped, account=charlie, label="Borrowed")
    hers = Api()
    hers.hash = create_session(charlie)
    assert hers("tracker/readings/list", tracker_id=clone.pk) == api("tracker/readings/list", tracker_id=equipped.pk)
