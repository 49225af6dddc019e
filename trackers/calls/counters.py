"""The calls about counters: kilometres and engine hours of a device (api §3.6)."""

from __future__ import annotations

from accounts.api.call import ApiCall, Fields
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.rights import Right
from trackers.calls.lookup import find_original, find_tracker, find_trackers, read_tracker_ids
from trackers.calls.validation import told_as_parameters
from trackers.engine.counters import CounterType
from trackers.engine.labelled_readings import CounterReading, ShownReadings
from trackers.engine.sensors import SensorKind
from trackers.models import Counter, Sensor, Source
from trackers.rendering.readings import render_counter, render_counter_value
from trackers.services.selectors import readings_of
from trackers.services.settings import save_counter, set_counter_value

MIN_MULTIPLIER, MAX_MULTIPLIER = 0.001, 1000.0
MAX_COUNTER_VALUE = 1e9
"""Kilometres or hours; in kilometres six times the way to the sun."""
MISSING = ErrorCode.ENTITY_NOT_FOUND


def get_counters(call: ApiCall) -> Fields:
    """`tracker/get_counters`: what the counters of a device show."""
    principal = call.principal()
    source_id = find_tracker(principal, call.parameters.integer("tracker_id"), missing=MISSING).source_id
    counters = readings_of([source_id])[source_id].shown.counters
    return {
        "user_time": call.user_time(principal),
        "list": [render_counter(one, principal.zone, iso=call.iso) for one in counters],
    }


def read_counter(call: ApiCall) -> Fields:
    """`tracker/counter/read`: how a counter counts."""
    principal = call.principal()
    tracker_id, counter_type = _read_one(call.parameters)
    counter = _find_counter(find_original(principal, tracker_id, missing=MISSING).source, counter_type)
    return {"value": {"id": counter.pk, "type": counter.counter_type, "multiplier": counter.multiplier}}


def update_counter(call: ApiCall) -> Fields:
    """`tracker/counter/update`: how a counter counts from now on; without `sensor_id` an odometer adds distances."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id, counter_type = _read_one(call.parameters)
    multiplier = call.parameters.number_within("multiplier", MIN_MULTIPLIER, MAX_MULTIPLIER)
    sensor_id = call.parameters.integer("sensor_id") if "sensor_id" in call.parameters else None
    if sensor_id is not None and counter_type is not CounterType.ODOMETER:
        raise invalid_parameter("sensor_id", "only an odometer follows a sensor")
    counter = _find_counter(find_original(principal, tracker_id, missing=MISSING).source, counter_type)
    counter.multiplier = multiplier
    counter.sensor = None if sensor_id is None else _find_sensor(counter.source_id, sensor_id)
    with told_as_parameters({"sensor": "sensor_id"}):
        save_counter(counter)
    return {}


def get_value(call: ApiCall) -> Fields:
    """`tracker/counter/value/get`: kilometres or hours."""
    principal = call.principal()
    tracker_id, counter_type = _read_one(call.parameters)
    source_id = find_tracker(principal, tracker_id, missing=MISSING).source_id
    return {"value": _value(readings_of([source_id])[source_id].shown, counter_type)}


def list_values(call: ApiCall) -> Fields:
    """`tracker/counter/value/list`: one counter of several trackers, by tracker id."""
    principal = call.principal()
    tracker_ids = read_tracker_ids(call.parameters)
    counter_type = call.parameters.choice("type", CounterType)
    trackers = find_trackers(principal, tracker_ids)
    found = readings_of([tracker.source_id for tracker in trackers])
    return {"value": {str(tracker.pk): _value(found[tracker.source_id].shown, counter_type) for tracker in trackers}}


def set_value(call: ApiCall) -> Fields:
    """`tracker/counter/value/set`: lets a counter go on from a value; one that is not there is made."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id, counter_type = _read_one(call.parameters)
    value = call.parameters.number_within("value", 0, MAX_COUNTER_VALUE)
    set_counter_value(find_original(principal, tracker_id, missing=MISSING).source, counter_type, value)
    return {}


def _read_one(parameters: Parameters) -> tuple[int, CounterType]:
    return parameters.integer("tracker_id"), parameters.choice("type", CounterType)


def _find_counter(source: Source, counter_type: CounterType) -> Counter:
    counter = Counter.objects.filter(source=source, counter_type=counter_type).first()
    if counter is None:
        raise ApiError(MISSING)
    return counter


def _find_sensor(source_id: int, sensor_id: int) -> Sensor:
    sensor = Sensor.objects.filter(pk=sensor_id, source=source_id, kind=SensorKind.METERING).first()
    if sensor is None:
        raise invalid_parameter("sensor_id", "must be a metering sensor of the tracker")
    return sensor


def _value(shown: ShownReadings, counter_type: CounterType) -> float:
    """Raises ApiError 204 for a counter that shows nothing yet."""
    counter: CounterReading | None = next((one for one in shown.counters if one.counter_type is counter_type), None)
    if counter is None:
        raise ApiError(MISSING)
    return render_counter_value(counter)
