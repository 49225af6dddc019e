"""States and readings as clients read them, described: what trackers.rendering* write. Pure."""

from __future__ import annotations

from accounts.wire.schema import Fields, any_of, list_of, map_of, named, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, NUMBER, TRACKER_ID, UTC_DATE, between, one_of, text
from trackers.engine.counters import CounterType
from trackers.engine.state import ConnectionStatus
from trackers.engine.trips import MovementStatus

NO_VALUE = {"type": "null"}
SCALAR = any_of(text(), NUMBER, FLAG, NO_VALUE)
PERCENT = said(nullable(between(0, 100)), "percent")

GPS = record(
    "Gps",
    updated=nullable(DATE),
    signal_level=PERCENT,
    location=nullable(
        object_of({"lat": said(between(-90.0, 90.0), "degrees"), "lng": said(between(-180.0, 180.0), "degrees")})
    ),
    heading=said(nullable(between(0, 360)), "degrees"),
    speed=said(nullable(INTEGER), "km/h"),
    alt=said(nullable(INTEGER), "metres"),
    precision=optional(said(INTEGER, "metres")),
    gsm_lbs=optional(said(FLAG, "the position comes from cell towers")),
)

GSM = record(
    "Gsm",
    updated=nullable(DATE),
    signal_level=PERCENT,
    network_name=said(nullable(text()), "of the operator"),
    roaming=said(nullable(FLAG), "in another operator's network"),
)

COMPACT: Fields = {
    "source_id": said(ID, "the device's id; `source.id` of a tracker"),
    "gps": GPS,
    "connection_status": one_of(ConnectionStatus),
    "movement_status": one_of(MovementStatus),
    "movement_status_update": nullable(DATE),
    "ignition": optional(said(FLAG, "true: on; not there until the device tells")),
    "ignition_update": optional(nullable(DATE)),
    "last_update": nullable(DATE),
    "inputs": said(list_of(FLAG), "from input 1 on; true: on"),
    "inputs_update": nullable(DATE),
    "outputs": said(list_of(FLAG), "from output 1 on; true: on"),
    "outputs_update": nullable(DATE),
}

COMPACT_STATE = named("CompactState", object_of(COMPACT))
STATE = record(
    "State",
    **COMPACT,
    gsm=GSM,
    battery_level=PERCENT,
    battery_update=nullable(DATE),
    additional=said(
        map_of(object_of({"value": nullable(text()), "updated": DATE})),
        "attributes as the device sent them, in its own units: an `odometer` here is often metres,"
        " while the counter `odometer` is always kilometres",
    ),
    actual_track_update=nullable(DATE),
)

INPUT_READING = record(
    "InputReading",
    sensor_id=said(ID, "a sensor's `id` in `tracker/sensor/list`"),
    label=said(text(), "the sensor's name"),
    name=said(text(), "the input's"),
    type=text(),
    value=said(NUMBER, "in `units`"),
    units=said(text(), "of the value, as the sensor has it"),
    units_type=said(text(), "the same as a keyword"),
    converted_units_type=said(NO_VALUE, "always null"),
    converted_value=said(NO_VALUE, "always null"),
    update_time=DATE,
    min_value=optional(said(NUMBER, "less was not believed")),
    max_value=optional(said(NUMBER, "more was not believed")),
    composite_sensor_ids=optional(said(list_of(ID, least=1), "of the sensors that sum this one up")),
)
VIRTUAL_READING = record("VirtualReading", sensor_id=ID, label=text(), type=text(), value=text(), update_time=DATE)
FIELD_READING = record("FieldReading", field=text(), value=SCALAR, update_time=DATE)
COUNTER_READING = record(
    "CounterReading",
    type=one_of(CounterType),
    value=said(NUMBER, "odometer: kilometres; engine_hours: hours"),
    update_time=DATE,
)

READINGS: Fields = {
    "inputs": list_of(INPUT_READING),
    "virtual_sensors": list_of(VIRTUAL_READING),
    "states": optional(said(list_of(FIELD_READING), "not with `sensor_type`")),
    "counters": optional(said(list_of(COUNTER_READING), "not with `sensor_type`")),
}

EXAMPLE_TIME = "2024-05-02 08:15:07"
EXAMPLE_COMPACT_STATE = {
    "source_id": 90411,
    "gps": {
        "updated": "2024-05-02 08:15:05",
        "signal_level": 80,
        "location": {"lat": 47.4979, "lng": 19.0402},
        "heading": 91,
        "speed": 37,
        "alt": 120,
    },
    "connection_status": "active",
    "movement_status": "moving",
    "movement_status_update": "2024-05-02 08:01:12",
    "last_update": "2024-05-02 08:15:05",
    "inputs": [],
    "inputs_update": None,
    "outputs": [],
    "outputs_update": None,
}
EXAMPLE_STATE = {
    **EXAMPLE_COMPACT_STATE,
    "gsm": {"updated": None, "signal_level": None, "network_name": None, "roaming": None},
    "battery_level": 87,
    "battery_update": "2024-05-02 08:15:05",
    "additional": {},
    "actual_track_update": "2024-05-02 08:01:12",
}
EXAMPLE_COUNTER = {"type": "odometer", "value": 1204.5, "update_time": "2024-05-02 08:15:05"}
EXAMPLE_READINGS = {
    "inputs": [
        {
            "sensor_id": 31,
            "label": "Board voltage",
            "name": "board_voltage",
            "type": "power",
            "value": 13.8,
            "units": "V",
            "units_type": "volt",
            "converted_units_type": None,
            "converted_value": None,
            "update_time": "2024-05-02 08:15:05",
        }
    ],
    "virtual_sensors": [],
    "states": [{"field": "battery_level", "value": 87, "update_time": "2024-05-02 08:15:05"}],
    "counters": [EXAMPLE_COUNTER],
}

_SAID = map_of(list_of(object_of({"value": SCALAR, "msg_time": UTC_DATE, "srv_time": UTC_DATE}), most=12))
QUEUES = record(
    "LastValues",
    tracker_id=TRACKER_ID,
    nonnull_fields=said(_SAID, "by attribute, newest first, of the messages that brought it"),
    all_fields=said(_SAID, "the same with null for messages without it"),
)
