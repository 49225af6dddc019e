"""The calls about what devices read last, described (api §3.2, §3.4)."""

from __future__ import annotations

from accounts.wire.schema import (
    DATE,
    FLAG,
    INTEGER,
    NUMBER,
    TRACKER_ID,
    Example,
    Fields,
    between,
    by_id,
    describe,
    list_of,
    map_of,
    named,
    nullable,
    object_of,
    one_of,
    optional,
    said,
    text,
)
from trackers.calls.lookup import MAX_TRACKERS_PER_CALL, up_to
from trackers.calls.readings import SENSOR_TYPES
from trackers.calls.sensor_documents import MAX_INPUTS
from trackers.rendering.schema import EXAMPLE_READINGS, INPUT_READING, READINGS, SCALAR

FILTER: Fields = {
    "sensor_type": optional(said(one_of(*SENSOR_TYPES), "sensors of this type only, neither states nor counters")),
    "include_components": optional(said(FLAG, "also the sensors that another sensor adds up"), default=True),
}
SEVERAL: Fields = {"trackers": up_to(MAX_TRACKERS_PER_CALL)}
FAMILY: Fields = {
    "user_time": DATE,
    "inputs": list_of(INPUT_READING),
    "update_time": said(nullable(DATE), "of the newest of them"),
}
SWITCH = object_of(
    {"type": text(), "name": text(), "status": FLAG, "input_number": between(1, MAX_INPUTS)},
)
SWITCHES: Fields = {
    "inputs": said(list_of(FLAG), "from input 1 on"),
    "states": said(list_of(SWITCH), "what is wired to them"),
    "update_time": nullable(DATE),
}
POINT = named(
    "GpsPoint",
    object_of(
        {
            "get_time": DATE,
            "heading": said(nullable(between(0, 360)), "degrees"),
            "lat": said(between(-90.0, 90.0), "degrees"),
            "lng": said(between(-180.0, 180.0), "degrees"),
            "satellites": said(nullable(INTEGER), "null where the last reports do not tell"),
            "speed": said(nullable(INTEGER), "km/h"),
            "precision": optional(said(NUMBER, "metres")),
        }
    ),
)

CALLS = (
    describe(
        "tracker/readings/list",
        "The last values of a device's sensors, fields and counters.",
        parameters={"tracker_id": TRACKER_ID, **FILTER},
        result=READINGS,
        codes=(204, 208),
        example=Example({"tracker_id": 1}, EXAMPLE_READINGS),
    ),
    describe(
        "tracker/readings/batch_list",
        "The last values of several devices.",
        parameters={**SEVERAL, **FILTER},
        result={"result": said(by_id(object_of(READINGS)), "by tracker id")},
        codes=(217, 221),
    ),
    describe(
        "tracker/get_readings",
        "The last values of metering sensors, without those of `tracker/get_fuel` and `tracker/get_diagnostics`.",
        parameters={"tracker_id": TRACKER_ID},
        result=FAMILY,
        codes=(201, 208),
    ),
    describe(
        "tracker/get_fuel",
        "The last values of fuel sensors.",
        parameters={"tracker_id": TRACKER_ID},
        result=FAMILY,
        codes=(201, 208),
    ),
    describe(
        "tracker/get_diagnostics",
        "The last values of the vehicle's own electronics, as engine speed or coolant temperature.",
        parameters={"tracker_id": TRACKER_ID},
        result={**FAMILY, "states": map_of(SCALAR)},
        codes=(201, 208),
    ),
    describe(
        "tracker/get_inputs",
        "Which inputs of a device are on, and what is wired to them.",
        parameters={"tracker_id": TRACKER_ID},
        result={"user_time": DATE, **SWITCHES},
        codes=(201, 208),
    ),
    describe(
        "tracker/batch_get_inputs",
        "Which inputs of several devices are on, and what is wired to them.",
        parameters=SEVERAL,
        result={"user_time": DATE, "data": said(by_id(object_of(SWITCHES)), "by tracker id")},
        codes=(217, 221),
    ),
    describe(
        "tracker/get_last_gps_point",
        "The newest position of a device that is not from cell towers.",
        parameters={"tracker_id": TRACKER_ID},
        result={"value": said(nullable(POINT), "null where none is known")},
        codes=(201, 208),
    ),
)
