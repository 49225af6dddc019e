"""The calls about sensors of devices (api §3.5)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from accounts.api.call import ApiCall, Fields
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.rights import Right
from trackers.calls.lookup import find_original, find_originals, find_tracker, find_trackers, read_tracker_ids
from trackers.calls.sensor_documents import PARAMETER_NAMES, read_sensor, render_sensor
from trackers.calls.validation import told_as_parameters
from trackers.models import Sensor
from trackers.rendering.input_names import list_inputs
from trackers.services import sensors
from trackers.services.settings import remove_sensor

MAX_TRACKERS_PER_LIST = 500
MAX_COPIES = 100


def list_sensors(call: ApiCall) -> Fields:
    """`tracker/sensor/list`: the sensors of a device."""
    tracker = find_tracker(call.principal(), call.parameters.integer("tracker_id"))
    return {"list": [render_sensor(row) for row in Sensor.objects.filter(source=tracker.source_id)]}


def list_sensors_of_several(call: ApiCall) -> Fields:
    """`tracker/sensor/batch_list`: the sensors of several devices, by tracker id."""
    principal = call.principal()
    trackers = find_trackers(principal, read_tracker_ids(call.parameters, most=MAX_TRACKERS_PER_LIST))
    by_source: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Sensor.objects.filter(source__in=[tracker.source_id for tracker in trackers]):
        by_source[row.source_id].append(render_sensor(row))
    return {"result": {str(tracker.pk): by_source[tracker.source_id] for tracker in trackers}}


def create_sensor(call: ApiCall) -> Fields:
    """`tracker/sensor/create`: a new sensor, which reads from the next report on."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id = call.parameters.integer("tracker_id")
    sensor = read_sensor(call.parameters)
    sensor.pk = None
    sensor.source = find_original(principal, tracker_id).source
    with told_as_parameters(PARAMETER_NAMES):
        sensors.create_sensor(sensor)
    return {"id": sensor.pk}


def update_sensor(call: ApiCall) -> Fields:
    """`tracker/sensor/update`: another sensor in the place of the one with its id."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id = call.parameters.integer("tracker_id")
    sensor = read_sensor(call.parameters)
    if sensor.pk is None:
        raise invalid_parameter("sensor.id", "must not be null")
    sensor.source = find_original(principal, tracker_id).source
    with told_as_parameters(PARAMETER_NAMES):
        sensors.change_sensor(sensor)
    return {}


def delete_sensor(call: ApiCall) -> Fields:
    """`tracker/sensor/delete`: removes a sensor with its reading."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id, sensor_id = call.parameters.integer("tracker_id"), call.parameters.integer("sensor_id")
    tracker = find_original(principal, tracker_id)
    sensor = Sensor.objects.filter(pk=sensor_id, source=tracker.source_id).first()
    if sensor is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    remove_sensor(sensor)
    return {}


def copy_sensors(call: ApiCall) -> Fields:
    """`tracker/sensor/batch_copy`: the sensors of one device for others, in place of theirs."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    base_id = call.parameters.integer("base_tracker_id")
    tracker_ids = read_tracker_ids(call.parameters, most=MAX_COPIES)
    if base_id in tracker_ids:
        raise invalid_parameter("trackers", "must not have the base tracker")
    base = find_tracker(principal, base_id)
    targets = [target.source_id for target in find_originals(principal, tracker_ids)]
    sensors.copy_sensors(base.source_id, targets)
    return {}


def list_input_names(call: ApiCall) -> Fields:
    """`tracker/sensor/input_name/list`: what inputs are called."""
    call.principal()
    return {"list": list_inputs()}
