"""The calls about sensors of devices (api §3.5)."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import first_of
from accounts.wire.errors import invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import by_id, list_of, optional, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import ID, one_of, text
from trackers.calls.lookup import Original, Seen, find_originals, find_tracker, find_trackers, up_to
from trackers.calls.sensor_documents import PARAMETER_NAMES, SENSOR, KnownSensor, NewSensor, render_sensor
from trackers.calls.validation import told_as_parameters
from trackers.models import Sensor, Tracker
from trackers.rendering.input_names import list_inputs
from trackers.services import sensors
from trackers.services.settings import remove_sensor

MAX_TRACKERS_PER_LIST = 500
MAX_COPIES = 100
INPUT_NAME = record(
    "InputName",
    input_name=text(),
    description=said(text(), "with [N] the name stands for several, each followed by its number"),
    value_type=optional(said(one_of("Boolean", "Integer", "String"), "of fields of a state")),
)


@call("tracker/sensor/list", gives={"list": list_of(SENSOR)})
def list_sensors(call: UserCall, tracker: Seen) -> Fields:
    """The sensors of a device."""
    return {"list": [render_sensor(row) for row in Sensor.objects.filter(source=tracker.source_id)]}


@call("tracker/sensor/batch_list", gives={"result": said(by_id(list_of(SENSOR)), "by tracker id")})
def list_sensors_of_several(
    call: UserCall,
    trackers: Annotated[list[Tracker], Found("trackers", up_to(MAX_TRACKERS_PER_LIST), find_trackers, (217, 221))],
) -> Fields:
    """The sensors of several devices."""
    by_source: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Sensor.objects.filter(source__in=[tracker.source_id for tracker in trackers]):
        by_source[row.source_id].append(render_sensor(row))
    return {"result": {str(tracker.pk): by_source[tracker.source_id] for tracker in trackers}}


@call("tracker/sensor/create", right=Right.TRACKER_UPDATE, gives={"id": ID}, codes=(232, 270))
def create_sensor(call: UserCall, tracker: Original, sensor: NewSensor) -> Fields:
    """A new sensor, which reads from the next report on."""
    sensor.pk, sensor.source = None, tracker.source
    with told_as_parameters(PARAMETER_NAMES):
        sensors.create_sensor(sensor)
    return {"id": sensor.pk}


@call("tracker/sensor/update", right=Right.TRACKER_UPDATE, codes=(232, 270))
def update_sensor(call: UserCall, tracker: Original, sensor: KnownSensor) -> None:
    """Puts a sensor in the place of the one with its id."""
    sensor.source = tracker.source
    with told_as_parameters(PARAMETER_NAMES):
        sensors.change_sensor(sensor)


@call("tracker/sensor/delete", right=Right.TRACKER_UPDATE)
def delete_sensor(
    call: UserCall, tracker: Original, sensor_id: Annotated[int, "a sensor's `id` in `tracker/sensor/list`"]
) -> None:
    """Removes a sensor with its reading."""
    remove_sensor(first_of(Sensor.objects.filter(pk=sensor_id, source=tracker.source_id)))


@call("tracker/sensor/batch_copy", right=Right.TRACKER_UPDATE, codes=(201, 208, 219, 221, 272))
def copy_sensors(
    call: UserCall,
    base_tracker_id: Annotated[int, "whose sensors are copied"],
    trackers: Annotated[tuple[int, ...], up_to(MAX_COPIES)],
) -> None:
    """Gives other devices of the same model the sensors of one, in place of all that they had."""
    if base_tracker_id in trackers:
        raise invalid_parameter("trackers", "must not have the base tracker")
    base = find_tracker(call.caller, base_tracker_id)
    targets = [target.source_id for target in find_originals(call.caller, trackers)]
    sensors.copy_sensors(base.source_id, targets)


@call("tracker/sensor/input_name/list", gives={"list": list_of(INPUT_NAME)})
def list_input_names(call: UserCall) -> Fields:
    """What inputs are called."""
    return {"list": list_inputs()}
