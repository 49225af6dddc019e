"""The calls about counters: kilometres and engine hours of a device (api §3.6)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import first_of
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import by_id, list_of, object_of, said
from accounts.wire.terms import DATE, ID, NUMBER, between, one_of
from trackers.calls.lookup import Original204, Seen204, SeveralTrackers, TrackerId, find_original
from trackers.calls.validation import told_as_parameters
from trackers.engine.counters import MAX_MULTIPLIER, MIN_MULTIPLIER, CounterType
from trackers.engine.labelled_readings import CounterReading, ShownReadings
from trackers.engine.sensors import SensorKind
from trackers.models import Counter, Sensor, Source
from trackers.rendering.readings import render_counter, render_counter_value
from trackers.rendering.schema import COUNTER_READING
from trackers.services.selectors import readings_of, readings_of_one
from trackers.services.settings import save_counter, set_counter_value

MISSING = ErrorCode.ENTITY_NOT_FOUND
MAX_COUNTER_VALUE = 1e9
"""Kilometres or hours; in kilometres six times the way to the sun."""
TYPE = said(one_of(CounterType), "odometer: kilometres; engine_hours: hours")
VALUE = said(NUMBER, "kilometres or hours")
Type = Annotated[CounterType, TYPE]


@call("tracker/get_counters", gives={"user_time": DATE, "list": list_of(COUNTER_READING)})
def get_counters(call: UserCall, tracker: Seen204) -> Fields:
    """What the counters of a device show."""
    counters = readings_of_one(tracker.source_id).shown.counters
    return {"user_time": call.now, "list": [render_counter(one, call.caller.zone, iso=call.iso) for one in counters]}


@call("tracker/counter/read", gives={"value": object_of({"id": ID, "type": TYPE, "multiplier": NUMBER})})
def read_counter(call: UserCall, tracker: Original204, type: Type) -> Fields:
    """How a counter counts."""
    counter = _find_counter(tracker.source, type)
    return {"value": {"id": counter.pk, "type": counter.counter_type, "multiplier": counter.multiplier}}


@call("tracker/counter/update", right=Right.TRACKER_UPDATE, codes=(204, 208, 219))
def update_counter(
    call: UserCall,
    tracker_id: TrackerId,
    type: Type,
    multiplier: Annotated[
        float, between(MIN_MULTIPLIER, MAX_MULTIPLIER), "what is counted is multiplied by it; 1 leaves it as it is"
    ],
    sensor_id: Annotated[int, "of the sensor that an odometer follows; else it adds up distances"] | None = None,
) -> None:
    """Sets how a counter counts from now on."""
    if sensor_id is not None and type is not CounterType.ODOMETER:
        raise invalid_parameter("sensor_id", "only an odometer follows a sensor")
    counter = _find_counter(find_original(call.caller, tracker_id, missing=MISSING).source, type)
    counter.multiplier = multiplier
    counter.sensor = None if sensor_id is None else _find_sensor(counter.source_id, sensor_id)
    with told_as_parameters({"sensor": "sensor_id"}):
        save_counter(counter)


@call("tracker/counter/value/get", gives={"value": VALUE})
def get_value(call: UserCall, tracker: Seen204, type: Type) -> Fields:
    """What a counter shows."""
    return {"value": _value(readings_of_one(tracker.source_id).shown, type)}


@call("tracker/counter/value/list", gives={"value": said(by_id(VALUE), "by tracker id")}, codes=(204,))
def list_values(call: UserCall, trackers: SeveralTrackers, type: Type) -> Fields:
    """What a counter of several devices shows."""
    found = readings_of([tracker.source_id for tracker in trackers])
    return {"value": {str(tracker.pk): _value(found[tracker.source_id].shown, type) for tracker in trackers}}


@call("tracker/counter/value/set", right=Right.TRACKER_UPDATE)
def set_value(
    call: UserCall,
    tracker: Original204,
    type: Type,
    value: Annotated[float, between(0.0, MAX_COUNTER_VALUE), "kilometres or hours"],
) -> None:
    """Lets a counter go on from a value; one that is not there is made."""
    set_counter_value(tracker.source, type, value)


def _find_counter(source: Source, counter_type: CounterType) -> Counter:
    return first_of(Counter.objects.filter(source=source, counter_type=counter_type), missing=MISSING)


def _find_sensor(source_id: int, sensor_id: int) -> Sensor:
    sensor = Sensor.objects.filter(pk=sensor_id, source=source_id, kind=SensorKind.METERING).first()
    if sensor is None:
        raise invalid_parameter("sensor_id", "must be a metering sensor of the tracker")
    return sensor


def _value(shown: ShownReadings, counter_type: CounterType) -> float:
    """Raises ApiError ENTITY_NOT_FOUND for a counter that shows nothing yet."""
    counter: CounterReading | None = next((one for one in shown.counters if one.counter_type is counter_type), None)
    if counter is None:
        raise ApiError(MISSING)
    return render_counter_value(counter)
