"""The calls about what devices read last: sensors, inputs, positions (api §3.2, §3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire import schema
from accounts.wire.description import Example
from accounts.wire.schema import by_id, list_of, map_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, INTEGER, NUMBER, between, one_of, text
from trackers.calls.lookup import Seen, Seen204, SeveralTrackers
from trackers.calls.sensor_documents import INPUT_NUMBER
from trackers.engine.labelled_readings import InputReading
from trackers.engine.sensor_checks import TYPES
from trackers.engine.sensors import SensorKind
from trackers.rendering.older_calls import is_diagnostic, is_diagnostic_field, is_of_fuel, is_plain
from trackers.rendering.points import last_gps_point, past_gps_point, render_point
from trackers.rendering.readings import ReadingsFilter, render_inputs, render_readings, render_switches
from trackers.rendering.schema import EXAMPLE_READINGS, INPUT_READING, READINGS, SCALAR
from trackers.services.history import last_fix
from trackers.services.retention import shown_since
from trackers.services.selectors import SourceReadings, readings_of, readings_of_one
from trackers.storage.last_reports import recent_reports

SENSOR_TYPE = one_of(*TYPES[SensorKind.METERING].split(), *TYPES[SensorKind.VIRTUAL].split(), most=32)
FAMILY: schema.Fields = {
    "user_time": DATE,
    "inputs": list_of(INPUT_READING),
    "update_time": said(nullable(DATE), "of the newest of them"),
}
_WIRED = object_of({"type": text(), "name": text(), "status": FLAG, "input_number": INPUT_NUMBER})
SWITCHES: schema.Fields = {
    "inputs": said(list_of(FLAG), "from input 1 on"),
    "states": said(list_of(_WIRED), "what is wired to them"),
    "update_time": nullable(DATE),
}
POINT = record(
    "GpsPoint",
    get_time=DATE,
    heading=said(nullable(between(0, 360)), "degrees"),
    lat=said(between(-90.0, 90.0), "degrees"),
    lng=said(between(-180.0, 180.0), "degrees"),
    satellites=said(nullable(INTEGER), "null where the last reports do not tell"),
    speed=said(nullable(INTEGER), "km/h"),
    precision=optional(said(NUMBER, "metres")),
)


Components = Annotated[bool, "also the sensors that another sensor adds up"]
OfType = Annotated[str | None, SENSOR_TYPE, "sensors of this type only, neither states nor counters"]


@call("tracker/readings/list", gives=READINGS, example=Example({"tracker_id": 1}, EXAMPLE_READINGS))
def list_readings(
    call: UserCall, tracker: Seen204, include_components: Components = True, sensor_type: OfType = None
) -> Fields:
    """The last values of a device's sensors, fields and counters."""
    return _render(call, readings_of_one(tracker.source_id), ReadingsFilter(sensor_type, include_components))


@call("tracker/readings/batch_list", gives={"result": said(by_id(object_of(READINGS)), "by tracker id")})
def list_readings_of_several(
    call: UserCall, trackers: SeveralTrackers, include_components: Components = True, sensor_type: OfType = None
) -> Fields:
    """The last values of several devices."""
    wanted = ReadingsFilter(sensor_type, include_components)
    found = readings_of([tracker.source_id for tracker in trackers])
    return {"result": {str(tracker.pk): _render(call, found[tracker.source_id], wanted) for tracker in trackers}}


@call("tracker/get_readings", gives=FAMILY)
def get_readings(call: UserCall, tracker: Seen) -> Fields:
    """The last values of metering sensors, without those of `tracker/get_fuel` and `tracker/get_diagnostics`."""
    return _render_family(call, readings_of_one(tracker.source_id), is_plain)


@call("tracker/get_fuel", gives=FAMILY)
def get_fuel(call: UserCall, tracker: Seen) -> Fields:
    """The last values of fuel sensors."""
    return _render_family(call, readings_of_one(tracker.source_id), is_of_fuel)


@call("tracker/get_diagnostics", gives={**FAMILY, "states": map_of(SCALAR)})
def get_diagnostics(call: UserCall, tracker: Seen) -> Fields:
    """The last values of the vehicle's own electronics, as engine speed or coolant temperature."""
    found = readings_of_one(tracker.source_id)
    states = {name: one.value for name, one in found.state.additional.items() if is_diagnostic_field(name)}
    return {**_render_family(call, found, is_diagnostic), "states": states}


@call("tracker/get_inputs", gives={"user_time": DATE, **SWITCHES})
def get_inputs(call: UserCall, tracker: Seen) -> Fields:
    """Which inputs of a device are on, and what is wired to them."""
    return {"user_time": call.now, **_render_inputs(call, readings_of_one(tracker.source_id))}


@call("tracker/batch_get_inputs", gives={"user_time": DATE, "data": said(by_id(object_of(SWITCHES)), "by tracker id")})
def get_inputs_of_several(call: UserCall, trackers: SeveralTrackers) -> Fields:
    """Which inputs of several devices are on, and what is wired to them."""
    found = readings_of([tracker.source_id for tracker in trackers])
    data = {str(tracker.pk): _render_inputs(call, found[tracker.source_id]) for tracker in trackers}
    return {"user_time": call.now, "data": data}


@call("tracker/get_last_gps_point", gives={"value": said(nullable(POINT), "null where none is known")})
def get_last_gps_point(call: UserCall, tracker: Seen) -> Fields:
    """The newest position of a device that is not from cell towers."""
    state = readings_of_one(tracker.source_id).state
    point = last_gps_point(state, recent_reports([state.source_id]).get(state.source_id, []))
    if point is None and state.last_update is not None:
        fix = last_fix(state.source_id, state.last_update, shown_since(call.caller.account_id, timezone.now()))
        point = None if fix is None else past_gps_point(fix)
    return {"value": None if point is None else render_point(point, call.caller.zone, iso=call.iso)}


def _render(call: UserCall, found: SourceReadings, wanted: ReadingsFilter) -> Fields:
    return render_readings(found.shown, found.state.additional, wanted, call.caller.zone, iso=call.iso)


def _render_family(call: UserCall, found: SourceReadings, is_wanted: Callable[[InputReading], bool]) -> Fields:
    inputs = filter(is_wanted, found.shown.inputs)
    return {"user_time": call.now, **render_inputs(inputs, call.caller.zone, iso=call.iso)}


def _render_inputs(call: UserCall, found: SourceReadings) -> Fields:
    return render_switches(found.state, found.sensors, call.caller.zone, iso=call.iso)
