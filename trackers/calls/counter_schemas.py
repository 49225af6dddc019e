"""The calls about counters, described (api §3.6)."""

from __future__ import annotations

from accounts.wire.rights import Right
from accounts.wire.schema import (
    DATE,
    ID,
    NUMBER,
    TRACKER_ID,
    Fields,
    between,
    by_id,
    describe,
    list_of,
    object_of,
    one_of,
    optional,
    said,
)
from trackers.calls.counters import MAX_COUNTER_VALUE, MAX_MULTIPLIER, MIN_MULTIPLIER
from trackers.calls.group_schemas import up_to
from trackers.calls.lookup import MAX_TRACKERS_PER_CALL
from trackers.engine.counters import CounterType
from trackers.rendering.schema import COUNTER_READING

TYPE = said(one_of(CounterType), "odometer: kilometres; engine_hours: hours")
ONE: Fields = {"tracker_id": TRACKER_ID, "type": TYPE}
VALUE = said(NUMBER, "kilometres or hours")

CALLS = (
    describe(
        "tracker/get_counters",
        "What the counters of a device show.",
        parameters={"tracker_id": TRACKER_ID},
        result={"user_time": DATE, "list": list_of(COUNTER_READING)},
        codes=(204, 208),
    ),
    describe(
        "tracker/counter/read",
        "How a counter counts.",
        parameters=ONE,
        result={"value": object_of({"id": ID, "type": TYPE, "multiplier": NUMBER})},
        codes=(204, 208, 219),
    ),
    describe(
        "tracker/counter/update",
        "Sets how a counter counts from now on.",
        parameters={
            **ONE,
            "multiplier": said(
                between(MIN_MULTIPLIER, MAX_MULTIPLIER), "what is counted is multiplied by it; 1 leaves it as it is"
            ),
            "sensor_id": optional(said(ID, "of the sensor that an odometer follows; else it adds up distances")),
        },
        right=Right.TRACKER_UPDATE,
        codes=(204, 208, 219),
    ),
    describe(
        "tracker/counter/value/get",
        "What a counter shows.",
        parameters=ONE,
        result={"value": VALUE},
        codes=(204, 208),
    ),
    describe(
        "tracker/counter/value/list",
        "What a counter of several devices shows.",
        parameters={"trackers": up_to(MAX_TRACKERS_PER_CALL), "type": TYPE},
        result={"value": said(by_id(VALUE), "by tracker id")},
        codes=(204, 217, 221),
    ),
    describe(
        "tracker/counter/value/set",
        "Lets a counter go on from a value; one that is not there is made.",
        parameters={**ONE, "value": said(between(0.0, MAX_COUNTER_VALUE), "kilometres or hours")},
        right=Right.TRACKER_UPDATE,
        codes=(204, 208, 219),
    ),
)
