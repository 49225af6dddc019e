"""The calls about what devices read last: sensors, inputs, positions (api §3.2, §3.4)."""

from __future__ import annotations

from collections.abc import Callable

from accounts.api.call import ApiCall, Fields
from accounts.selectors import Principal
from accounts.wire.errors import ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from trackers.calls.lookup import find_tracker, find_trackers, read_tracker_ids
from trackers.engine.labelled_readings import InputReading
from trackers.engine.sensor_checks import TYPES
from trackers.engine.sensors import SensorKind
from trackers.rendering.older_calls import is_diagnostic, is_diagnostic_field, is_of_fuel, is_plain
from trackers.rendering.points import last_gps_point, render_point
from trackers.rendering.readings import ReadingsFilter, render_inputs, render_readings, render_switches
from trackers.services.selectors import SourceReadings, readings_of
from trackers.storage.last_reports import recent_reports

SENSOR_TYPES = (*TYPES[SensorKind.METERING].split(), *TYPES[SensorKind.VIRTUAL].split())
MAX_SENSOR_TYPE_LENGTH = 32


def list_readings(call: ApiCall) -> Fields:
    """`tracker/readings/list`: the last values of a device's sensors, fields and counters."""
    principal = call.principal()
    tracker_id, wanted = call.parameters.integer("tracker_id"), _read_filter(call.parameters)
    source_id = find_tracker(principal, tracker_id, missing=ErrorCode.ENTITY_NOT_FOUND).source_id
    return _render(call, principal, readings_of([source_id])[source_id], wanted)


def list_readings_of_several(call: ApiCall) -> Fields:
    """`tracker/readings/batch_list`: the same of several devices, by tracker id."""
    principal = call.principal()
    tracker_ids, wanted = read_tracker_ids(call.parameters), _read_filter(call.parameters)
    trackers = find_trackers(principal, tracker_ids)
    found = readings_of([tracker.source_id for tracker in trackers])
    return {"result": {str(t.pk): _render(call, principal, found[t.source_id], wanted) for t in trackers}}


def get_readings(call: ApiCall) -> Fields:
    """`tracker/get_readings`: metering sensors, but for fuel and what a vehicle says of itself."""
    return _family(call, is_plain)[0]


def get_fuel(call: ApiCall) -> Fields:
    """`tracker/get_fuel`: sensors of fuel."""
    return _family(call, is_of_fuel)[0]


def get_diagnostics(call: ApiCall) -> Fields:
    """`tracker/get_diagnostics`: what a vehicle says of itself."""
    fields, found = _family(call, is_diagnostic)
    states = {name: one.value for name, one in found.state.additional.items() if is_diagnostic_field(name)}
    return fields | {"states": states}


def get_inputs(call: ApiCall) -> Fields:
    """`tracker/get_inputs`: which inputs are on, and what is wired to them."""
    principal = call.principal()
    found = _find(principal, call.parameters.integer("tracker_id"))
    return {"user_time": call.user_time(principal), **_render_inputs(call, principal, found)}


def get_inputs_of_several(call: ApiCall) -> Fields:
    """`tracker/batch_get_inputs`: the same of several devices, by tracker id."""
    principal = call.principal()
    trackers = find_trackers(principal, read_tracker_ids(call.parameters))
    found = readings_of([tracker.source_id for tracker in trackers])
    data = {str(t.pk): _render_inputs(call, principal, found[t.source_id]) for t in trackers}
    return {"user_time": call.user_time(principal), "data": data}


def get_last_gps_point(call: ApiCall) -> Fields:
    """`tracker/get_last_gps_point`: the newest position that is not from cell towers; null if none is kept."""
    principal = call.principal()
    found = _find(principal, call.parameters.integer("tracker_id"))
    point = last_gps_point(found.state, recent_reports([found.state.source_id]).get(found.state.source_id, []))
    return {"value": None if point is None else render_point(point, principal.zone, iso=call.iso)}


def _read_filter(parameters: Parameters) -> ReadingsFilter:
    include_components = parameters.boolean("include_components", True)
    if "sensor_type" not in parameters:
        return ReadingsFilter(None, include_components)
    sensor_type = parameters.text("sensor_type", max_length=MAX_SENSOR_TYPE_LENGTH)
    if sensor_type not in SENSOR_TYPES:
        raise invalid_parameter("sensor_type", f"must be one of: {', '.join(SENSOR_TYPES)}")
    return ReadingsFilter(sensor_type, include_components)


def _render(call: ApiCall, principal: Principal, found: SourceReadings, wanted: ReadingsFilter) -> Fields:
    fields: Fields = render_readings(found.shown, found.state.additional, wanted, principal.zone, iso=call.iso)
    return fields


def _family(call: ApiCall, is_wanted: Callable[[InputReading], bool]) -> tuple[Fields, SourceReadings]:
    principal = call.principal()
    found = _find(principal, call.parameters.integer("tracker_id"))
    inputs = filter(is_wanted, found.shown.inputs)
    return {
        "user_time": call.user_time(principal),
        **render_inputs(inputs, principal.zone, iso=call.iso),
    }, found


def _find(principal: Principal, tracker_id: int) -> SourceReadings:
    source_id = find_tracker(principal, tracker_id).source_id
    return readings_of([source_id])[source_id]


def _render_inputs(call: ApiCall, principal: Principal, found: SourceReadings) -> Fields:
    return render_switches(found.state, found.sensors, principal.zone, iso=call.iso)
