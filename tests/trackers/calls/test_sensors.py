"""`tracker/sensor/*`: the sensors of devices."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError
from accounts.wire.parameters import Parameters
from tests.api import Api
from tests.notices import Hear
from tests.strategies import EPOCH, json_values
from trackers.calls.sensor_documents import NEW_SENSOR
from trackers.engine.counters import CounterType
from trackers.engine.notices import InstrumentsChanged
from trackers.models import Counter, Sensor, Source, Tracker
from trackers.rendering.input_names import METERED, STATE_FIELDS
from trackers.reports import ngp, traccar
from trackers.reports.report import Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_counter, save_sensor
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

Register = Callable[..., Tracker]

TANK = {
    "type": "metering",
    "sensor_type": "fuel",
    "name": "Tank",
    "input_name": "lls_level_1",
    "divider": 10.0,
    "accuracy": 0.25,
    "units": "l",
    "units_type": "litre",
}
DOOR = {"type": "discrete", "sensor_type": "door", "name": "Door", "input_number": 2}
IGNITION = {
    "type": "virtual",
    "sensor_type": "virtual_ignition",
    "name": "Ignition",
    "input_name": "board_voltage",
    "custom_field_name": False,
    "parameters": {"calc_method": "in_range", "range_from": 13.2, "value_titles": [{"value": "1", "title": "Runs"}]},
}
KINDS = [TANK, DOOR, IGNITION]


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


def sensors_of(api: Api, tracker: Tracker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("tracker/sensor/list", tracker_id=tracker.pk)["list"]
    return found


def create(api: Api, tracker: Tracker, sensor: dict[str, Any]) -> int:
    sensor_id: int = api("tracker/sensor/create", tracker_id=tracker.pk, sensor=sensor)["id"]
    return sensor_id


def readings_of(api: Api, tracker: Tracker) -> dict[str, float]:
    inputs = api("tracker/readings/list", tracker_id=tracker.pk)["inputs"]
    return {one["label"]: one["value"] for one in inputs}


@pytest.mark.parametrize("sensor", KINDS, ids=lambda sensor: sensor["type"])
def test_a_sensor_is_listed_as_it_was_created(api: Api, van: Tracker, sensor: dict[str, Any]) -> None:
    sensor_id = create(api, van, {"id": 5, **sensor})
    assert sensors_of(api, van) == [{**sensor, "id": sensor_id}]


def test_text_values_are_read_null_is_nothing(api: Api, van: Tracker) -> None:
    sensor = TANK | {
        "divider": "10",
        "units": None,
        "parameters": {"min": "0", "max": None, "ignore_drains_in_move": "true"},
    }
    create(api, van, sensor)
    (found,) = sensors_of(api, van)
    assert (found["divider"], found["units"]) == (10, "")
    assert found["parameters"] == {"min": 0, "ignore_drains_in_move": True}


def test_a_sensor_comes_as_text_in_a_form(api: Api, van: Tracker) -> None:
    fields = {"hash": api.hash, "tracker_id": van.pk, "sensor": json.dumps(DOOR)}
    assert Client().post("/tracker/sensor/create", fields).json()["success"]
    assert [sensor["name"] for sensor in sensors_of(api, van)] == ["Door"]


def test_what_concerns_fuel_alone_is_kept(api: Api, van: Tracker) -> None:
    parameters = {
        "volume": 0.7,
        "max_lowering_by_time": 120,
        "max_lowering_by_mileage": 120.5,
        "ignore_refuels_in_move": True,
        "refuel_gap_minutes": 11,
        "custom_field_name": True,
    }
    create(api, van, TANK | {"parameters": parameters | {"surprise": 1}})
    assert sensors_of(api, van)[0]["parameters"] == parameters


def test_a_new_sensor_reads_the_next_report(api: Api, alice: User, van: Tracker, hear: Hear) -> None:
    with hear(alice) as heard:
        create(api, van, TANK)
    assert [type(notice) for notice in heard["alice"]] == [InstrumentsChanged]
    ingest([Report(van.source.device_id, EPOCH, measurements={"lls_level_1": 640.0})], received_at=EPOCH)
    assert readings_of(api, van) == {"Tank": 64}


def test_a_sum_has_parts(api: Api, van: Tracker) -> None:
    first = create(api, van, TANK)
    second = create(api, van, TANK | {"name": "Tank 2", "input_name": "lls_level_2"})
    both = {"input_name": "composite", "divider": 1, "parameters": {"parent_ids": [first, second]}}
    for name in ("Both", "Both again"):
        create(api, van, TANK | both | {"name": name})
    measurements = {"lls_level_1": 100.0, "lls_level_2": 50.0}
    ingest([Report(van.source.device_id, EPOCH, measurements=measurements)], received_at=EPOCH)
    assert readings_of(api, van) == {"Tank": 10, "Tank 2": 5, "Both": 15, "Both again": 15}


def test_an_update_replaces_the_sensor(api: Api, van: Tracker) -> None:
    sensor_id = create(api, van, TANK | {"parameters": {"max": 100}})
    changed = TANK | {"id": sensor_id, "name": "Left tank", "divider": 2, "units_type": "custom"}
    assert api("tracker/sensor/update", tracker_id=van.pk, sensor=changed) == {"success": True}
    assert sensors_of(api, van) == [changed]
    ingest([Report(van.source.device_id, EPOCH, measurements={"lls_level_1": 640.0})], received_at=EPOCH)
    assert readings_of(api, van) == {"Left tank": 320}


def test_a_deleted_sensor_goes_with_its_reading(api: Api, van: Tracker) -> None:
    sensor_id = create(api, van, TANK)
    ingest([Report(van.source.device_id, EPOCH, measurements={"lls_level_1": 640.0})], received_at=EPOCH)
    assert api("tracker/sensor/delete", tracker_id=van.pk, sensor_id=sensor_id) == {"success": True}
    assert (sensors_of(api, van), readings_of(api, van)) == ([], {})
    assert api.code("tracker/sensor/delete", tracker_id=van.pk, sensor_id=sensor_id) == 201


LONG = "x" * 101
BAD_SENSORS: list[tuple[Any, str]] = [
    *[(sensor, "sensor") for sensor in (None, "", "tank", [], 5, True)],
    *[({**TANK, "type": value}, "sensor.type") for value in (None, "", "other", 5)],
    *[({**TANK, "sensor_type": value}, "sensor.sensor_type") for value in (None, "door", "state", 5, [])],
    *[({**TANK, "name": value}, "sensor.name") for value in (None, "", " ", LONG, "<b>", "a\x00", "\ud800", 5, [])],
    *[({**TANK, "input_name": value}, "sensor.input_name") for value in ("", " ", "x" * 65, "a\x00", 5, {})],
    *[({**TANK, "divider": value}, "sensor.divider") for value in (0, "x", 1e16, "nan", True, [])],
    *[({**TANK, "accuracy": value}, "sensor.accuracy") for value in (-1, 100.25, 0.3, "x")],
    *[({**TANK, "units": value}, "sensor.units") for value in ("x" * 33, "a\n", 5)],
    *[({**TANK, "units_type": value}, "sensor.units_type") for value in ("", "x" * 33, "Litre", "a b", 5)],
    *[({**TANK, "parameters": value}, "sensor.parameters") for value in ("x", [], 5)],
    *[({**TANK, "parameters": {"parent_ids": value}}, "sensor.parameters.parent_ids") for value in ("x", 5, {}, "[1]")],
    *[({**TANK, "parameters": {"parent_ids": [value]}}, "sensor.parameters.parent_ids[0]") for value in (0, "x", None)],
    ({**TANK, "parameters": {"parent_ids": [2**70]}}, "sensor.parameters.parent_ids[0]"),
    *[
        ({**TANK, "parameters": {"parent_ids": value}}, "sensor.parameters")
        for value in ([987_654], list(range(1, 40)))
    ],
    *[({**TANK, "parameters": {"min": value}}, "sensor.parameters.min") for value in ("x", [], True, 1e16)],
    *[
        ({**TANK, "parameters": {"refuel_gap_minutes": value}}, "sensor.parameters.refuel_gap_minutes")
        for value in (-1, 1441, "x", 1.5)
    ],
    *[({**DOOR, "sensor_type": value}, "sensor.sensor_type") for value in ("fuel", "virtual_ignition")],
    *[({**DOOR, "input_number": value}, "sensor.input_number") for value in (None, 0, 9, "x", 1.5, [])],
    *[({**IGNITION, "sensor_type": value}, "sensor.sensor_type") for value in ("ignition", "fuel")],
    *[({**IGNITION, "input_name": value}, "sensor.input_name") for value in (None, "", "x" * 65)],
    *[({**IGNITION, "custom_field_name": value}, "sensor.custom_field_name") for value in ("maybe", [])],
    *[
        ({**IGNITION, "parameters": {"calc_method": value}}, "sensor.parameters.calc_method")
        for value in ("sum", 5, "", [])
    ],
    ({**IGNITION, "parameters": {"calc_method": "in_range"}}, "sensor.parameters"),
    ({**IGNITION, "parameters": {"calc_method": "bit_index"}}, "sensor.parameters"),
    *[
        ({**IGNITION, "parameters": {"calc_method": "bit_index", "bit_index": value}}, "sensor.parameters.bit_index")
        for value in (0, 65, "x", 1.5)
    ],
    *[
        ({**IGNITION, "parameters": {"value_titles": [title]}}, "sensor.parameters.value_titles")
        for title in (
            {"value": "", "title": "a"},
            {"value": "x" * 65, "title": "a"},
            {"value": "1", "title": "x" * 65},
            {"value": "1", "title": "a\x00"},
        )
    ],
    ({**IGNITION, "parameters": {"value_titles": [{"value": "1", "title": "a"}] * 2}}, "sensor.parameters"),
    (
        {**IGNITION, "parameters": {"value_titles": [{"value": str(n), "title": "a"} for n in range(101)]}},
        "sensor.parameters",
    ),
    ({**IGNITION, "parameters": {"value_titles": [{"value": "1"}]}}, "sensor.parameters.value_titles[0].title"),
    *[({**TANK, "id": value}, "sensor.id") for value in (0, -1, "x", 2**63, [])],
]


@pytest.mark.api(8)
@pytest.mark.parametrize(
    ("call", "sensor", "at_fault"),
    # Both read sensors by the same rules; a few show that they do.
    [*[("create", *bad) for bad in BAD_SENSORS], *[("update", *bad) for bad in BAD_SENSORS[::9]]],
)
def test_what_is_no_sensor_is_named(api: Api, van: Tracker, call: str, sensor: Any, at_fault: str) -> None:
    kind = sensor.get("type") if isinstance(sensor, dict) else None
    stored = next((one for one in KINDS if one["type"] == kind), TANK)
    if call == "update":
        sensor_id = create(api, van, stored)
        sensor = {"id": sensor_id, **sensor} if isinstance(sensor, dict) else sensor
    before = sensors_of(api, van)
    answer = api(f"tracker/sensor/{call}", tracker_id=van.pk, sensor=sensor)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert sensors_of(api, van) == before


def test_an_update_needs_id_and_same_kind(api: Api, van: Tracker) -> None:
    sensor_id = create(api, van, TANK)
    for sensor, at_fault in ((TANK, "sensor.id"), (DOOR | {"id": sensor_id}, "sensor.type")):
        answer = api("tracker/sensor/update", tracker_id=van.pk, sensor=sensor)
        assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert sensors_of(api, van) == [TANK | {"id": sensor_id}]


@pytest.mark.parametrize(
    ("there", "sensor", "code"),
    [
        (TANK, TANK | {"sensor_type": "custom"}, 232),
        (TANK, TANK | {"parameters": {"custom_field_name": True}}, 232),
        (TANK, TANK | {"input_name": "lls_level_2"}, None),
        (TANK, IGNITION | {"input_name": "lls_level_1"}, None),
        (DOOR, DOOR | {"sensor_type": "charge"}, 232),
        (DOOR, DOOR | {"input_number": 3}, None),
        (DOOR | {"sensor_type": "ignition"}, DOOR | {"sensor_type": "ignition", "input_number": 3}, 270),
        (IGNITION, IGNITION | {"input_name": "b"}, 270),
        (IGNITION | {"sensor_type": "state"}, IGNITION, None),
    ],
)
def test_input_sensors_and_ignition_are_unique(
    api: Api, van: Tracker, there: dict[str, Any], sensor: dict[str, Any], code: int | None
) -> None:
    sensor_id = create(api, van, there)
    answer = api("tracker/sensor/create", tracker_id=van.pk, sensor=sensor)
    assert answer.get("status", {}).get("code") == code
    if code == 232:
        free: dict[str, Any] = {"input_number": 8} if there["type"] == "discrete" else {"input_name": "free"}
        other_id = create(api, van, there | free)
        assert api.code("tracker/sensor/update", tracker_id=van.pk, sensor=there | {"id": other_id}) == code
    assert api("tracker/sensor/update", tracker_id=van.pk, sensor=there | {"id": sensor_id})["success"]


def test_a_type_has_at_most_32_sensors(api: Api, van: Tracker) -> None:
    Sensor.objects.bulk_create(
        Sensor(source=van.source, kind="metering", sensor_type="fuel", name="Tank", input_name=f"tank_{number}")
        for number in range(31)
    )
    create(api, van, TANK)
    assert api.code("tracker/sensor/create", tracker_id=van.pk, sensor=TANK | {"input_name": "one_more"}) == 270
    create(api, van, TANK | {"sensor_type": "custom", "input_name": "one_more"})


@pytest.mark.parametrize("call", ["update", "delete"])
def test_only_sensors_of_the_tracker_are_found(
    api: Api, alice: User, van: Tracker, register: Register, call: str
) -> None:
    other = register(alice)
    sensor_id = create(api, other, TANK)
    for one in (sensor_id, 987_654, 2**62):
        fields = {"sensor": TANK | {"id": one}, "sensor_id": one}
        assert api.code(f"tracker/sensor/{call}", tracker_id=van.pk, **fields) == 201
    assert len(sensors_of(api, other)) == 1


def test_a_list_by_tracker_has_everybodys_sensors(
    api: Api, alice: User, charlie: User, van: Tracker, register: Register
) -> None:
    other, bare, hers = register(alice), register(alice), register(charlie)
    tank, door = create(api, van, TANK), create(api, other, DOOR)
    wanted = [van.pk, other.pk, bare.pk]
    answer = api("tracker/sensor/batch_list", trackers=wanted)
    assert answer["result"] == {
        str(van.pk): [TANK | {"id": tank}],
        str(other.pk): [DOOR | {"id": door}],
        str(bare.pk): [],
    }
    assert api.code("tracker/sensor/batch_list", trackers=[*wanted, hers.pk]) == 217
    assert (api.code("tracker/sensor/batch_list", trackers=list(range(501))), api.status) == (221, 403)
    assert api.code("tracker/sensor/batch_list", trackers=list(range(500))) == 217
    set_blocked(bare.source_id, is_blocked=True)
    assert api.code("tracker/sensor/batch_list", trackers=wanted) == 217


def test_a_list_takes_no_query_per_tracker(
    api: Api, alice: User, register: Register, django_assert_max_num_queries: Any
) -> None:
    vans = [register(alice) for _ in range(10)]
    for van in vans:
        save_sensor(Sensor(source=van.source, kind="discrete", sensor_type="door", name="Door", input_number=1))
    with django_assert_max_num_queries(4):
        answer = api("tracker/sensor/batch_list", trackers=[van.pk for van in vans])
    assert [len(sensors) for sensors in answer["result"].values()] == [1] * 10


def test_copied_sensors_replace_what_was_there(api: Api, alice: User, van: Tracker, register: Register) -> None:
    others = [register(alice), register(alice)]
    old = create(api, others[0], TANK | {"name": "Old", "input_name": "a"})
    save_counter(Counter(source=others[0].source, counter_type=CounterType.ODOMETER, sensor_id=old))
    parts = [create(api, van, TANK | {"name": f"Tank {n}", "input_name": f"lls_level_{n}"}) for n in (1, 2)]
    create(api, van, TANK | {"name": "Both", "divider": 1, "parameters": {"parent_ids": parts}})
    create(api, van, IGNITION)
    before = sensors_of(api, van)
    fields = {"base_tracker_id": van.pk, "trackers": [other.pk for other in others]}
    assert api("tracker/sensor/batch_copy", **fields) == {"success": True}
    assert api("tracker/sensor/batch_copy", **fields) == {"success": True}
    assert sensors_of(api, van) == before
    for other in others:
        copies = sensors_of(api, other)
        assert [one["name"] for one in copies] == ["Tank 1", "Tank 2", "Ignition", "Both"]
        assert copies[3]["parameters"]["parent_ids"] == [copies[0]["id"], copies[1]["id"]]
        measurements = {"lls_level_1": 100.0, "lls_level_2": 50.0}
        ingest([Report(other.source.device_id, EPOCH, measurements=measurements)], received_at=EPOCH)
        assert readings_of(api, other) == {"Tank 1": 10, "Tank 2": 5, "Both": 15}
    assert Counter.objects.get().sensor is None


def test_sensors_are_copied_between_usable_trackers(
    api: Api, alice: User, charlie: User, van: Tracker, register: Register
) -> None:
    other, blocked, clone = register(alice), register(alice), clone_tracker(register(charlie), account=alice, label="c")
    set_blocked(blocked.source_id, is_blocked=True)
    create(api, van, TANK)
    create(api, other, DOOR)

    def code(base: int, *trackers: Any) -> int:
        return api.code("tracker/sensor/batch_copy", base_tracker_id=base, trackers=list(trackers))

    assert code(van.pk, other.pk, van.pk) == 7
    assert [code(van.pk, other.pk, one) for one in (987_654, blocked.pk, clone.pk)] == [201, 208, 219]
    assert [code(one, other.pk) for one in (987_654, blocked.pk)] == [201, 208]
    assert code(van.pk, *range(10_000, 10_101)) == 221
    assert [code(van.pk), code(van.pk, None)] == [7, 7]
    Source.objects.filter(pk=other.source_id).update(model="traccar")
    assert (code(van.pk, other.pk), api.status) == (272, 400)
    assert [sensor["type"] for sensor in sensors_of(api, other)] == ["discrete"]


@pytest.mark.api(29)
def test_clone_owners_see_sensors_and_change_none(api: Api, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    sensor_id = create(api, van, TANK)
    hers = Api()
    hers.hash = create_session(charlie)
    fields = {"tracker_id": clone.pk, "sensor_id": sensor_id, "sensor": TANK | {"id": sensor_id}}
    assert [hers.code(f"tracker/sensor/{call}", **fields) for call in ("create", "update", "delete")] == [219] * 3
    assert sensors_of(hers, clone) == sensors_of(api, van) == [TANK | {"id": sensor_id}]


def test_a_sub_user_sees_sensors_and_changes_none(api: Api, bob: User, van: Tracker) -> None:
    sensor_id = create(api, van, TANK)
    bind_sub_users(van, [bob])
    his = Api()
    his.hash = create_session(bob)
    fields = {"tracker_id": van.pk, "sensor_id": sensor_id, "sensor": TANK | {"id": sensor_id}}
    fields |= {"base_tracker_id": van.pk, "trackers": [van.pk]}
    calls = ("create", "update", "delete", "batch_copy")
    assert [his.code(f"tracker/sensor/{call}", **fields) for call in calls] == [13] * 4
    assert len(sensors_of(his, van)) == 1


def test_admin_sensors_are_listed_with_their_input(api: Api, van: Tracker) -> None:
    save_sensor(
        Sensor(
            source=van.source,
            kind="metering",
            sensor_type="custom",
            name="Load",
            input_name="analog_1",
            custom_field_name="axle",
            parameters={"note": "x", "custom_field_name": False},
        )
    )
    (found,) = sensors_of(api, van)
    assert (found["input_name"], found["parameters"]) == ("axle", {"custom_field_name": True})


def test_every_reportable_input_has_a_description(api: Api) -> None:
    listed = api("tracker/sensor/input_name/list")["list"]
    names = {one["input_name"] for one in listed}
    assert len(listed) == len(names) == len(METERED) + len(STATE_FIELDS)
    known = {*ngp.MEASUREMENTS.values(), *traccar.MEASUREMENTS.values()}
    assert {re.sub(r"_\d+$", "", name) for name in known} <= names


@given(
    sensor=json_values()
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["metering", "discrete", "virtual"])},
        optional={
            name: json_values()
            for name in (
                "id",
                "sensor_type",
                "name",
                "input_name",
                "input_number",
                "divider",
                "accuracy",
                "units",
                "parameters",
            )
        },
    )
)
def test_any_given_sensor_is_read_or_refused(sensor: Any) -> None:
    try:
        Parameters({"sensor": sensor}).read("sensor", NEW_SENSOR)
    except ApiError as error:
        assert error.code == 7
        assert [entry.parameter.partition(".")[0] for entry in error.errors] == ["sensor"]
