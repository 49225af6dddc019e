"""What sensors and counters showed in the past, and for how long the engine ran (history §5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from django.utils import timezone

from accounts.api.answers import LongAnswer, long_list
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.limits import MAX_STATS_DAYS
from accounts.wire.schema import list_of, object_of, said
from accounts.wire.terms import DATE, FLAG, NUMBER, one_of
from trackers.calls.lookup import Original204, Seen, Seen204
from trackers.calls.past.periods import From, To, period_of
from trackers.engine.counters import CounterType
from trackers.engine.sensors import IGNITION, VIRTUAL_IGNITION
from trackers.models import Source
from trackers.rendering.schema import SCALAR
from trackers.rendering.states import dates_of
from trackers.services.past_readings import Value, counter_values, engine_hours, instruments_of, sensor_values
from trackers.services.selectors import readings_of_one

IS_CUT = said(FLAG, "not all of the period is there")
SENSOR_VALUE = object_of({"value": said(SCALAR, "a number, a title, or whether an input is on"), "get_time": DATE})
COUNTER_VALUE = object_of({"value": said(NUMBER, "kilometres or hours"), "update_time": DATE})


@call(
    "tracker/sensor/data/read",
    gives={"list": said(list_of(SENSOR_VALUE), "oldest first")},
    codes=(211,),
)
def read_sensor_data(
    call: UserCall,
    tracker: Seen,
    sensor_id: Annotated[int, "a sensor's `id` in `tracker/sensor/list`"],
    since: From,
    until: To,
    raw_data: Annotated[bool, "a metering sensor's input as the device said it, not divided"] = False,
) -> LongAnswer:
    """What a sensor read in a period, report by report, by the sensor's settings of today."""
    period = period_of(call, since, until, MAX_STATS_DAYS)
    sensors = instruments_of(tracker.source).sensors
    sensor = next((one for one in sensors if one.sensor_id == sensor_id), None)
    if sensor is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    values = sensor_values(tracker.source, sensor, period, is_raw=raw_data)
    return long_list({}, "list", _render(call, values, "get_time"), account_id=call.caller.account_id)


@call(
    "tracker/counter/data/read",
    gives={"limit_exceeded": IS_CUT, "list": said(list_of(COUNTER_VALUE), "oldest first")},
    codes=(211,),
)
def read_counter_data(
    call: UserCall,
    tracker: Seen204,
    type: Annotated[CounterType, one_of(CounterType), "odometer: kilometres; engine_hours: hours"],
    since: From,
    until: To,
) -> Fields | LongAnswer:
    """How a counter stood in a period, each time that it grew; counted back from what it shows now."""
    period = period_of(call, since, until, MAX_STATS_DAYS)
    counters = readings_of_one(tracker.source_id).shown.counters
    counter = next((one for one in counters if one.counter_type is type), None)
    if counter is None:
        raise ApiError(ErrorCode.ENTITY_NOT_FOUND)
    values = counter_values(tracker.source, type, counter.value, period, timezone.now())
    if values is None:
        return {"limit_exceeded": True, "list": []}
    rendered = _render(call, values, "update_time")
    return long_list({"limit_exceeded": False}, "list", rendered, account_id=call.caller.account_id)


@call(
    "tracker/stats/engine_hours/read",
    gives={"value": said(NUMBER, "hours")},
    codes=(211, 214),
)
def read_engine_hours(call: UserCall, tracker: Original204, since: From, until: To) -> Fields:
    """For how long the engine of a device ran in a period."""
    period = period_of(call, since, until, MAX_STATS_DAYS)
    if not _tells_of_engine(tracker.source):
        raise ApiError(ErrorCode.NOT_SUPPORTED)
    return {"value": round(engine_hours(tracker.source, period), 2)}


def _tells_of_engine(source: Source) -> bool:
    instruments = instruments_of(source)
    has_sensor = any(one.sensor_type in (IGNITION, VIRTUAL_IGNITION) for one in instruments.sensors)
    has_counter = any(one.counter_type is CounterType.ENGINE_HOURS for one in instruments.counters)
    return has_sensor or has_counter or readings_of_one(source.pk).state.ignition is not None


def _render(call: UserCall, values: Iterator[Value], date: str) -> Iterator[Fields]:
    dates = dates_of(call.caller.zone, call.iso)
    for one in values:
        value = round(one.value, 2) if date == "update_time" and not isinstance(one.value, str) else one.value
        yield {"value": value, date: dates[one.time]}
