"""What holds for every call about trackers: who may call, what is asked for first, and that nothing else goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.rights import Right
from accounts.wire.schema import Optional
from config.reference.calls import CALLS, DECLARED
from tests.api import Api
from tests.described import compiled, loosened
from tests.trackers.instructions import bring_online
from tests.trackers.rights import give_rights
from trackers.engine.counters import CounterType
from trackers.models import Group, Sensor, Tracker
from trackers.services.settings import save_sensor, set_counter_value
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

GARBAGE: list[Any] = ["", "x\x00", [], {}, True, 1.5, 2**70, [None], {"a": 1}, "[1", "NaN", [[]], "9" * 30]
DOOR = {"type": "discrete", "sensor_type": "door", "name": "Door", "input_number": 3}
TRIPS = {
    "min_idle_duration_minutes": 5,
    "idle_speed_threshold": 3,
    "ignition_aware": False,
    "motion_sensor_aware": False,
}
READING = {
    "clock_rule": "device",
    "clock_offset_s": 0,
    "speed_unit": "m/s",
    "allows_zero_position": False,
    "max_precision_m": None,
    "max_speed_kmh": 300,
    "drops_duplicates": True,
    "takes_total_distance": False,
}
REGISTRATION = {"model": "osmand", "plugin_id": 44, "device_id": "new", "phone": "49301234567", "require_key": False}


@dataclass(frozen=True)
class Expected:
    """A call that works with these parameters beside those that name the tracker, and what it answers otherwise."""

    more: dict[str, Any] = field(default_factory=dict)
    missing: int | None = 201
    """For another account's tracker; None: it names none."""
    blocked: int | None = 208
    clone: int | None = None


PERIOD = {"from": "2024-05-02 00:00:00", "to": "2024-05-03 00:00:00"}
NO_TRACKER = Expected(missing=None, blocked=None)
SEVERAL = {"missing": 217, "blocked": 217}
ODOMETER = {"type": "odometer"}

EXPECTED: dict[str, Expected] = {
    "tracker/list": Expected({"labels": ["a"]}, missing=None, blocked=None),
    "tracker/list_compact": Expected({"labels": ["a"]}, missing=None, blocked=None),
    "tracker/read": Expected(blocked=None),
    "tracker/get_state": Expected(),
    "tracker/get_states": Expected({"list_blocked": False, "allow_not_exist": False}, missing=217),
    "tracker/register": Expected({"label": "New", "group_id": 0, **REGISTRATION}, missing=None, blocked=None),
    "tracker/pairing/list": NO_TRACKER,
    "tracker/pairing/create": Expected({"app": "osmand", "new_key": True}, clone=219),
    "tracker/source/update": Expected({"blocked": True}, blocked=13, clone=219),
    "tracker/corrupt": Expected(clone=219),
    "tracker/delete": Expected(),
    "tracker/list_models": Expected({"compact_view": True, "codes": ["osmand"]}, missing=None, blocked=None),
    "tracker/settings/read": Expected(),
    "tracker/settings/update": Expected({"label": "New", "group_id": 0}),
    "tracker/settings/trip_detection/read": Expected(missing=204),
    "tracker/settings/trip_detection/update": Expected(TRIPS, missing=204, clone=219),
    "tracker/settings/report_reading/read": Expected(missing=204),
    "tracker/settings/report_reading/update": Expected(READING, missing=204, clone=219),
    "tracker/readings/list": Expected({"sensor_type": "fuel", "include_components": True}, missing=204),
    "tracker/readings/batch_list": Expected({"sensor_type": "fuel", "include_components": True}, **SEVERAL),
    "tracker/get_readings": Expected(),
    "tracker/get_fuel": Expected(),
    "tracker/get_diagnostics": Expected(),
    "tracker/get_inputs": Expected(),
    "tracker/batch_get_inputs": Expected(**SEVERAL),
    "tracker/get_last_gps_point": Expected(),
    "tracker/stats/mileage/read": Expected(PERIOD, **SEVERAL),
    "tracker/stats/engine_hours/read": Expected(PERIOD, missing=204, clone=219),
    "tracker/sensor/data/read": Expected(PERIOD | {"sensor_id": 0, "raw_data": False}),
    "tracker/counter/data/read": Expected(PERIOD | ODOMETER, missing=204),
    "tracker/raw_data/get_inputs": Expected(),
    "tracker/refusals/list": Expected({"all": False, "limit": 5}, missing=217, blocked=None),
    "tracker/get_counters": Expected(missing=204),
    "tracker/counter/read": Expected(ODOMETER, missing=204, clone=219),
    "tracker/counter/update": Expected(ODOMETER | {"multiplier": 2, "sensor_id": None}, missing=204, clone=219),
    "tracker/counter/value/get": Expected(ODOMETER, missing=204),
    "tracker/counter/value/list": Expected(ODOMETER, **SEVERAL),
    "tracker/counter/value/set": Expected(ODOMETER | {"value": 5}, missing=204, clone=219),
    "tracker/sensor/list": Expected(),
    "tracker/sensor/batch_list": Expected(**SEVERAL),
    "tracker/sensor/create": Expected({"sensor": DOOR}, clone=219),
    "tracker/sensor/update": Expected({"sensor": DOOR}, clone=219),
    "tracker/sensor/delete": Expected({"sensor_id": 0}, clone=219),
    "tracker/sensor/batch_copy": Expected(clone=219),
    "tracker/sensor/input_name/list": NO_TRACKER,
    "tracker/output/set": Expected({"output": 1, "enable": True}, missing=204, clone=219),
    "tracker/output/set_all": Expected({"outputs": [True] * 8}, missing=204, clone=219),
    "tracker/raw_command/send": Expected({"command": "reboot", "type": "text", "reliable": False}, clone=219),
    "tracker/raw_command/list": Expected({"limit": 5}),
    "tracker/command/unconfirmed/count": Expected(missing=204),
    "tracker/command/unconfirmed/reset": Expected(missing=204),
    "tracker/group/list": NO_TRACKER,
    "tracker/group/create": Expected({"title": "New", "color": "000000"}, missing=None, blocked=None),
    "tracker/group/update": Expected({"id": 0, "title": "New", "color": "000000"}, missing=None, blocked=None),
    "tracker/group/delete": Expected({"id": 0}, missing=None, blocked=None),
    "tracker/group/assign": Expected({"id": 0}, **SEVERAL),
}
ONE_TRACKER = sorted(route for route, expected in EXPECTED.items() if expected.missing is not None)
MOST = {
    "tracker/stats/mileage/read": 128,
    "tracker/refusals/list": 500,
    "tracker/sensor/batch_list": 500,
    "tracker/sensor/batch_copy": 100,
}
CHANGES = sorted(route for route in EXPECTED if CALLS[route].right is not None)
RIGHTS = (Right.TRACKER_REGISTER, Right.TRACKER_UPDATE, Right.TRACKER_SET_OUTPUT, Right.TRACKER_CONFIGURE)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker], settings: Any) -> Tracker:
    """A van with all that the calls ask for."""
    settings.MQTT_COMMANDS = True
    van = register(alice)
    save_sensor(Sensor(source=van.source, kind="discrete", sensor_type="door", name="Door", input_number=1))
    set_counter_value(van.source, CounterType.ODOMETER, 1.0)
    set_counter_value(van.source, CounterType.ENGINE_HOURS, 1.0)
    Group.objects.create(account=alice, title="Vans")
    return van


def parameters_of(route: str, tracker: Tracker) -> dict[str, Any]:
    """Parameters with which the call works for whoever may see the tracker and change it."""
    if route.startswith(("tracker/output/", "tracker/raw_command/")):
        bring_online(tracker)
    fields = dict(EXPECTED[route].more)
    described = CALLS[route].parameters
    if route == "tracker/sensor/batch_copy":
        other = Tracker.objects.exclude(pk=tracker.pk).filter(account=tracker.account_id).first()
        return {"base_tracker_id": tracker.pk, "trackers": [other.pk if other else 987_654]}
    if "tracker_id" in described:
        fields["tracker_id"] = tracker.pk
    if "trackers" in described:
        fields["trackers"] = [tracker.pk]
    sensor = Sensor.objects.get()
    if "sensor_id" in fields and route in ("tracker/sensor/delete", "tracker/sensor/data/read"):
        fields["sensor_id"] = sensor.pk
    if route == "tracker/sensor/update":
        fields["sensor"] = {**DOOR, "id": sensor.pk}
    if fields.get("id") == 0 and route != "tracker/group/assign":
        fields["id"] = Group.objects.get().pk
    return fields


def as_user(user: User) -> Api:
    api = Api()
    api.hash = create_session(user)
    return api


def test_every_call_is_expected_to_do_something() -> None:
    # Of this app: rules and records have tests of their own.
    own = [one for one in DECLARED if one.function.__module__.startswith("trackers.")]
    schemas = [schema for one in own for schema in one.schemas]
    described = {one.route for one in schemas if one.route.startswith("tracker/") and not one.media_types}
    assert described == set(EXPECTED)


@pytest.mark.parametrize("route", sorted(set(EXPECTED) - {"tracker/delete", "tracker/sensor/batch_copy"}))
def test_a_call_works_for_the_owner(api: Api, van: Tracker, route: str) -> None:
    assert api(route, **parameters_of(route, van))["success"]


@pytest.mark.parametrize("route", sorted(EXPECTED))
@pytest.mark.parametrize(("credential", "code"), [(None, 3), ("no hash", 3), ("0" * 32, 4)])
def test_the_credential_is_asked_for_first(van: Tracker, route: str, credential: str | None, code: int) -> None:
    assert Api().code(route, hash=credential) == code


@pytest.mark.api(23)
@pytest.mark.parametrize("route", CHANGES)
def test_the_right_is_asked_for_before_the_parameters(bob: User, van: Tracker, route: str) -> None:
    bind_sub_users(van, [bob])
    api = as_user(bob)
    assert CALLS[route].right in (Right.ADMIN, *RIGHTS)
    assert [api.code(route), api.code(route, **parameters_of(route, van))] == [13, 13]
    assert api.status == 403


@pytest.mark.api(23)
@pytest.mark.parametrize("route", [route for route in CHANGES if route in ONE_TRACKER and "group" not in route])
def test_a_right_is_one_to_bound_trackers_only(
    alice: User, bob: User, van: Tracker, register: Callable[..., Tracker], route: str
) -> None:
    give_rights(bob, *RIGHTS)
    api, fields, expected = as_user(bob), parameters_of(route, van), EXPECTED[route]
    if CALLS[route].right is Right.ADMIN:
        assert api.code(route, **fields) == 13
        return
    assert api.code(route, **fields) == expected.missing
    for tracker in (van, register(alice)):
        bind_sub_users(tracker, [bob])
    assert api(route, **parameters_of(route, van))["success"]


@pytest.mark.parametrize("route", ONE_TRACKER)
def test_a_strangers_tracker_is_not_there(charlie: User, van: Tracker, route: str) -> None:
    assert as_user(charlie).code(route, **parameters_of(route, van)) == EXPECTED[route].missing


@pytest.mark.parametrize("route", [route for route in sorted(EXPECTED) if "trackers" in CALLS[route].parameters])
def test_a_list_has_as_many_trackers_as_described(api: Api, van: Tracker, route: str) -> None:
    most, fields = MOST.get(route, 2000), parameters_of(route, van)
    assert f"at most {most} " in str(CALLS[route].parameters["trackers"])
    wanted = list(range(10_000, 10_000 + most + 1))
    assert api.code(route, **(fields | {"trackers": wanted})) == 221
    assert api.code(route, **(fields | {"trackers": wanted[:-1]})) == EXPECTED[route].missing


@pytest.mark.api(24)
@pytest.mark.parametrize("route", ONE_TRACKER)
def test_a_blocked_tracker_is_of_no_use(api: Api, van: Tracker, route: str) -> None:
    fields = parameters_of(route, van)
    set_blocked(van.source_id, is_blocked=True)
    expected = EXPECTED[route].blocked
    if expected is None:
        assert api(route, **fields)["success"]
    else:
        assert api.code(route, **fields) == expected


@pytest.mark.api(29)
@pytest.mark.parametrize("route", [route for route in ONE_TRACKER if route != "tracker/sensor/batch_copy"])
def test_a_clone_changes_nothing_of_the_device(charlie: User, van: Tracker, route: str) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    Group.objects.update(account=charlie)
    api, expected = as_user(charlie), EXPECTED[route].clone
    fields = parameters_of(route, clone)
    if expected is None:
        assert api(route, **fields)["success"]
    else:
        assert (api.code(route, **fields), api.status) == (expected, 403)


@pytest.mark.api(8)
@pytest.mark.parametrize(
    ("route", "name"),
    [(route, name) for route in sorted(EXPECTED) for name in CALLS[route].parameters if name != "iso_datetime"],
)
def test_garbage_is_named_and_nothing_is_unexpected(api: Api, van: Tracker, route: str, name: str) -> None:
    fields = parameters_of(route, van)
    described = CALLS[route].parameters[name]
    can_be = compiled(loosened(described.schema if isinstance(described, Optional) else described)).is_valid
    assert sum(map(can_be, GARBAGE)) <= len(GARBAGE) / 2
    for garbage in GARBAGE:
        answer = api(route, **(fields | {name: garbage}))
        assert api.status < 500
        if not can_be(garbage):
            assert (answer["success"], answer["status"]["code"]) == (False, 7), garbage
            assert {error["parameter"].partition(".")[0] for error in answer["errors"]} == {name}
