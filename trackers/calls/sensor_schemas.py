"""The calls about sensors, described (api §3.5)."""

from __future__ import annotations

from accounts.wire.rights import Right
from accounts.wire.schema import (
    FLAG,
    ID,
    NUMBER,
    TRACKER_ID,
    Fields,
    Optional,
    Schema,
    any_of,
    between,
    by_id,
    describe,
    line,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    open_object,
    optional,
    printable,
    said,
    text,
)
from trackers.calls.group_schemas import up_to
from trackers.calls.sensor_documents import MAX_INPUT_NAME_LENGTH, MAX_INPUTS, MAX_NAME_LENGTH, MAX_UNITS_LENGTH
from trackers.calls.sensors import MAX_COPIES, MAX_TRACKERS_PER_LIST
from trackers.engine.sensor_checks import MAX_PARENTS, MAX_TITLE_LENGTH, MAX_TITLES, TYPES
from trackers.engine.sensor_parameters import MAX_BIT, MAX_GAP_MINUTES
from trackers.engine.sensors import CalcMethod, SensorKind

NAME = printable(MAX_NAME_LENGTH)
ONE_TITLE = object_of({"value": printable(MAX_TITLE_LENGTH), "title": printable(MAX_TITLE_LENGTH)})

METERING_PARAMETERS: dict[str, Schema] = {
    "parent_ids": said(list_of(ID, most=MAX_PARENTS), "of the sensors that this one sums up"),
    "min": said(NUMBER, "less is not believed"),
    "max": said(NUMBER, "more is not believed"),
    "volume": said(NUMBER, "kept, without effect, as are the next five"),
    "max_lowering_by_time": NUMBER,
    "max_lowering_by_mileage": NUMBER,
    "ignore_drains_in_move": FLAG,
    "ignore_refuels_in_move": FLAG,
    "refuel_gap_minutes": between(0, MAX_GAP_MINUTES),
    "custom_field_name": said(FLAG, "`input_name` is the device's own word"),
}
VIRTUAL_PARAMETERS: dict[str, Schema] = {
    "calc_method": said(one_of(CalcMethod), "`identity` if none is given"),
    "range_from": NUMBER,
    "range_to": NUMBER,
    "bit_index": between(1, MAX_BIT),
    "value_titles": list_of(ONE_TITLE, most=MAX_TITLES),
}
METERING: dict[str, Schema] = {
    "input_name": said(line(MAX_INPUT_NAME_LENGTH), "not needed with `parent_ids`"),
    "divider": said(NUMBER, "what the input says is divided by it"),
    "accuracy": {**between(0.0, 100.0), "multipleOf": 0.25},
    "units": line(MAX_UNITS_LENGTH),
    "units_type": text(MAX_UNITS_LENGTH, pattern="^[a-z0-9_]+$"),
}


def _always(kind: SensorKind) -> dict[str, Schema]:
    members = {"type": one_of(kind.value), "sensor_type": one_of(*TYPES[kind].split()), "name": NAME}
    if kind is SensorKind.DISCRETE:
        return members | {"input_number": between(1, MAX_INPUTS)}
    return members | ({"input_name": printable(MAX_INPUT_NAME_LENGTH)} if kind is SensorKind.VIRTUAL else {})


def _shown(kind: SensorKind, more: dict[str, Schema], parameters: dict[str, Schema]) -> Fields:
    """A sensor as it is listed; of the parameters those that are not as they are without a word."""
    fields: dict[str, Schema | Optional] = {"id": ID, **_always(kind), **more}
    if parameters:
        fields["parameters"] = optional(object_of({name: optional(one) for name, one in parameters.items()}))
    return fields


def _sent(kind: SensorKind, more: dict[str, Schema], parameters: dict[str, Schema]) -> Fields:
    """A sensor as a client sends it; null is as good as nothing."""
    fields: dict[str, Schema | Optional] = {**_always(kind), "id": optional(nullable(said(ID, "of `update` alone")))}
    fields |= {name: optional(nullable(one)) for name, one in more.items()}
    if parameters:
        inner = open_object({name: optional(nullable(one)) for name, one in parameters.items()})
        fields["parameters"] = optional(nullable(inner))
    return fields


CUSTOM: dict[str, Schema] = {"custom_field_name": METERING_PARAMETERS["custom_field_name"]}
SENSOR = any_of(
    named("MeteringSensor", object_of(_shown(SensorKind.METERING, METERING, METERING_PARAMETERS))),
    named("DiscreteSensor", object_of(_shown(SensorKind.DISCRETE, {}, {}))),
    named("VirtualSensor", object_of(_shown(SensorKind.VIRTUAL, CUSTOM, VIRTUAL_PARAMETERS))),
)
NEW_SENSOR = any_of(
    named("NewMeteringSensor", open_object(_sent(SensorKind.METERING, METERING, METERING_PARAMETERS))),
    named("NewDiscreteSensor", open_object(_sent(SensorKind.DISCRETE, {}, {}))),
    named("NewVirtualSensor", open_object(_sent(SensorKind.VIRTUAL, CUSTOM, VIRTUAL_PARAMETERS))),
)
INPUT_NAME = named(
    "InputName",
    object_of(
        {
            "input_name": text(),
            "description": said(text(), "with [N] the name stands for several, each followed by its number"),
            "value_type": optional(said(one_of("Boolean", "Integer", "String"), "of fields of a state")),
        }
    ),
)

CALLS = (
    describe(
        "tracker/sensor/list",
        "The sensors of a device.",
        parameters={"tracker_id": TRACKER_ID},
        result={"list": list_of(SENSOR)},
        codes=(201, 208),
    ),
    describe(
        "tracker/sensor/batch_list",
        "The sensors of several devices.",
        parameters={"trackers": up_to(MAX_TRACKERS_PER_LIST)},
        result={"result": said(by_id(list_of(SENSOR)), "by tracker id")},
        codes=(217, 221),
    ),
    describe(
        "tracker/sensor/create",
        "A new sensor, which reads from the next report on.",
        parameters={"tracker_id": TRACKER_ID, "sensor": NEW_SENSOR},
        result={"id": ID},
        right=Right.TRACKER_UPDATE,
        codes=(201, 208, 219, 232, 270),
    ),
    describe(
        "tracker/sensor/update",
        "Puts a sensor in the place of the one with its id.",
        parameters={"tracker_id": TRACKER_ID, "sensor": NEW_SENSOR},
        right=Right.TRACKER_UPDATE,
        codes=(201, 208, 219, 232, 270),
    ),
    describe(
        "tracker/sensor/delete",
        "Removes a sensor with its reading.",
        parameters={"tracker_id": TRACKER_ID, "sensor_id": said(ID, "a sensor's `id` in `tracker/sensor/list`")},
        right=Right.TRACKER_UPDATE,
        codes=(201, 208, 219),
    ),
    describe(
        "tracker/sensor/batch_copy",
        "Gives other devices of the same model the sensors of one, in place of all that they had.",
        parameters={
            "base_tracker_id": said(ID, "whose sensors are copied"),
            "trackers": up_to(MAX_COPIES),
        },
        right=Right.TRACKER_UPDATE,
        codes=(201, 208, 219, 221, 272),
    ),
    describe(
        "tracker/sensor/input_name/list",
        "What inputs are called.",
        result={"list": list_of(INPUT_NAME)},
    ),
)
