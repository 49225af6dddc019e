"""Sensors as the API writes them: a JSON object, described, read as a row, and made of one (api §3.5)."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, Struct

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import check_document
from accounts.wire.schema import Fields, Optional, any_of, named, nullable, object_of, open_object, optional, said
from accounts.wire.terms import ID, NUMBER, Schema, Term, between, line, one_of, printable, text
from trackers.engine.sensor_checks import TYPES
from trackers.engine.sensor_parameters import CUSTOM, TITLE, MeteringParameters, SensorId, VirtualParameters
from trackers.engine.sensors import SensorKind
from trackers.models import Sensor
from trackers.reports.values import Number

MAX_UNITS_LENGTH = 32
MAX_INPUT_NAME_LENGTH = 64
MAX_INPUTS = 8
MAX_REFUSAL_LENGTH = 200
PARAMETER_NAMES = {field.name: f"sensor.{field.name}" for field in Sensor._meta.fields} | {
    "kind": "sensor.type",
    "__all__": "sensor",
}
"""What the fields of a row are called in the parameter `sensor`."""
_UNITS_TYPE = "^[a-z0-9_]+$"
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")


def _read_accuracy(name: str, accuracy: float) -> float:
    if not (accuracy * 4).is_integer():
        raise invalid_parameter(name, "must be a multiple of 0.25")
    return accuracy


def _read_units_type(name: str, units_type: str) -> str:
    if len(units_type) > MAX_UNITS_LENGTH or not re.fullmatch(_UNITS_TYPE, units_type):
        raise invalid_parameter(name, "must be lower-case letters, digits and underscores")
    return units_type


NAME = printable(100)
INPUT_NAME = line(MAX_INPUT_NAME_LENGTH)
# Whether there is one is looked at when the tracker is found.
NEEDED_INPUT_NAME = Term(printable(MAX_INPUT_NAME_LENGTH), INPUT_NAME.read)
INPUT_NUMBER = between(1, MAX_INPUTS)
ACCURACY = Term({**between(0.0, 100.0), "multipleOf": 0.25}, _read_accuracy)
UNITS_TYPE = Term(text(MAX_UNITS_LENGTH, pattern=_UNITS_TYPE), _read_units_type)
# Only described, as what reads it is `check_sensor`.
_TYPES: dict[SensorKind, Schema] = {kind: dict(one_of(*TYPES[kind].split())) for kind in SensorKind}


class _Metering(Struct, kw_only=True, tag_field="type", tag=SensorKind.METERING.value):
    id: SensorId | None = None
    sensor_type: Annotated[str, _TYPES[SensorKind.METERING]]
    name: Annotated[str, NAME]
    input_name: Annotated[str, said(INPUT_NAME, "not needed with `parent_ids`")] = ""
    divider: Annotated[Number, said(NUMBER, "what the input says is divided by it")] = 1.0
    accuracy: Annotated[float, Meta(ge=0, le=100), ACCURACY] = 0.0
    units: Annotated[str, line(MAX_UNITS_LENGTH)] = ""
    units_type: Annotated[str, UNITS_TYPE] = "custom"
    parameters: MeteringParameters = msgspec.field(default_factory=MeteringParameters)


class _Discrete(Struct, kw_only=True, tag_field="type", tag=SensorKind.DISCRETE.value):
    id: SensorId | None = None
    sensor_type: Annotated[str, _TYPES[SensorKind.DISCRETE]]
    name: Annotated[str, NAME]
    input_number: Annotated[int, Meta(ge=1, le=MAX_INPUTS), INPUT_NUMBER]


class _Virtual(Struct, kw_only=True, tag_field="type", tag=SensorKind.VIRTUAL.value):
    id: SensorId | None = None
    sensor_type: Annotated[str, _TYPES[SensorKind.VIRTUAL]]
    name: Annotated[str, NAME]
    input_name: Annotated[str, NEEDED_INPUT_NAME]
    custom_field_name: Annotated[bool, CUSTOM] = False
    parameters: VirtualParameters = msgspec.field(default_factory=VirtualParameters)


_Document = _Metering | _Discrete | _Virtual
_SHAPES: dict[SensorKind, type[Struct]] = {
    SensorKind.METERING: _Metering,
    SensorKind.DISCRETE: _Discrete,
    SensorKind.VIRTUAL: _Virtual,
}


def _members(shape: type[Struct]) -> dict[str, Schema]:
    """The members that the annotations of a shape describe."""
    hints = get_type_hints(shape, include_extras=True)
    marks = {name: getattr(hint, "__metadata__", (None,))[-1] for name, hint in hints.items()}
    return {name: mark for name, mark in marks.items() if isinstance(mark, dict)}


_MEMBERS = {kind: _members(shape) for kind, shape in _SHAPES.items()}
_PARAMETER_SHAPES: dict[SensorKind, type[Struct]] = {
    SensorKind.METERING: MeteringParameters,
    SensorKind.VIRTUAL: VirtualParameters,
}
_PARAMETERS = {kind: _members(shape) for kind, shape in _PARAMETER_SHAPES.items()}


def _shown(kind: SensorKind) -> Fields:
    """A sensor as it is listed; of the parameters those that are not as they are without a word."""
    inner = object_of({name: optional(one) for name, one in _PARAMETERS.get(kind, {}).items()})
    more = {"parameters": optional(inner)} if kind in _PARAMETERS else {}
    return {"id": ID, "type": one_of(kind.value), **_MEMBERS[kind], **more}


def _sent(kind: SensorKind) -> Fields:
    """A sensor as a client sends it; null is as good as nothing."""
    own_id = said(ID, "of `update` alone")
    members: dict[str, Schema] = {"type": one_of(kind.value), **_MEMBERS[kind], "id": own_id}
    if kind in _PARAMETERS:
        members["parameters"] = open_object({name: _maybe(one) for name, one in _PARAMETERS[kind].items()})
    may_lack = {field.name for field in msgspec.structs.fields(_SHAPES[kind]) if not field.required}
    return {name: _maybe(one) if name in may_lack else one for name, one in members.items()}


def _maybe(schema: Schema) -> Optional:
    return optional(nullable(schema))


def read_sensor(name: str, value: Any) -> Sensor:
    """The row, not yet saved and without a source, for the sensor in a parameter.

    Its id is the one that was sent. Raises ApiError INVALID_PARAMETERS, naming the member; what depends on other rows
    is not checked.
    """
    document = _convert(name, _without_nulls(check_document(name, value)))
    kind = next(kind for kind, shape in _SHAPES.items() if isinstance(document, shape))
    row = Sensor(pk=document.id, kind=kind)
    for member, term in _MEMBERS[kind].items():
        sent = getattr(document, member)
        setattr(row, member, term.read(f"{name}.{member}", sent) if isinstance(term, Term) else sent)
    if isinstance(document, _Discrete):
        return row
    if isinstance(document, _Virtual):
        for one in document.parameters.value_titles:
            TITLE.read(f"{name}.parameters.value_titles", one.value)
            TITLE.read(f"{name}.parameters.value_titles", one.title)
    row.parameters = msgspec.to_builtins(document.parameters)
    is_custom = row.parameters.pop("custom_field_name", bool(row.custom_field_name))
    row.custom_field_name = row.input_name if is_custom else ""
    return row


def _without_nulls(document: dict[str, Any]) -> dict[str, Any]:
    """Null is as good as absent, in `parameters` as well."""
    members = {name: value for name, value in document.items() if value is not None}
    inner = members.get("parameters")
    if isinstance(inner, dict):
        members["parameters"] = {name: value for name, value in inner.items() if value is not None}
    return members


def _convert(name: str, members: dict[str, Any]) -> _Document:
    """Raises ApiError INVALID_PARAMETERS for what msgspec says of a shape, which names the member's path at its end."""
    try:
        document: _Document = msgspec.convert(members, _Document, strict=False)
    except msgspec.ValidationError as error:
        message = str(error)
        found, missing = _PATH.search(message), _MISSING.search(message)
        names = [name, found["path"] if found else "", missing["name"] if missing else ""]
        # It repeats what was sent.
        refusal = _PATH.sub("", message)[:MAX_REFUSAL_LENGTH]
        raise invalid_parameter(".".join(filter(None, names)), refusal) from error
    return document


def _with_id(name: str, sensor: Sensor) -> Sensor:
    if sensor.pk is None:
        raise invalid_parameter(f"{name}.id", "must not be null")
    return sensor


SENSOR = any_of(*(named(f"{kind.title()}Sensor", object_of(_shown(kind))) for kind in _SHAPES))
_SENT = any_of(*(named(f"New{kind.title()}Sensor", open_object(_sent(kind))) for kind in _SHAPES))
NEW_SENSOR = Term(_SENT, read_sensor)
NewSensor = Annotated[Sensor, NEW_SENSOR]
KnownSensor = Annotated[Sensor, NEW_SENSOR.then(_with_id)]


def render_sensor(row: Sensor) -> dict[str, Any]:
    """A sensor's object."""
    kind = SensorKind(row.kind)
    fields = {"type": kind.value, "id": row.pk, **{name: getattr(row, name) for name in _MEMBERS[kind]}}
    if kind is SensorKind.DISCRETE:
        return fields
    fields["input_name"] = row.input
    if kind is SensorKind.VIRTUAL:
        fields["custom_field_name"] = bool(row.custom_field_name)
    parameters = msgspec.to_builtins(msgspec.convert(row.parameters, _PARAMETER_SHAPES[kind]))
    parameters.pop("custom_field_name", None)
    if kind is SensorKind.METERING and row.custom_field_name:
        parameters["custom_field_name"] = True
    return fields | ({"parameters": parameters} if parameters else {})
