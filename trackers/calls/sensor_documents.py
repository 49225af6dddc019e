"""Sensors as the API writes them: a JSON object to a row, and a row to an object (api §3.5)."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from accounts.wire.errors import ApiError, invalid_parameter
from accounts.wire.parameters import Parameters, check_text
from trackers.engine.sensor_checks import MAX_TITLE_LENGTH
from trackers.engine.sensor_parameters import MeteringParameters, SensorId, VirtualParameters
from trackers.engine.sensors import SensorKind
from trackers.models import Sensor
from trackers.reports.values import Number

MAX_NAME_LENGTH = 100
MAX_INPUT_NAME_LENGTH = 64
MAX_UNITS_LENGTH = 32
MAX_INPUTS = 8
MAX_REFUSAL_LENGTH = 200
SENSOR = "sensor"
"""The parameter that holds a sensor."""
PARAMETER_NAMES = {field.name: f"{SENSOR}.{field.name}" for field in Sensor._meta.fields} | {
    "kind": f"{SENSOR}.type",
    "__all__": SENSOR,
}
"""What the fields of a row are called there."""
_UNITS_TYPE = re.compile(r"[a-z0-9_]+")
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")


class _Metering(Struct, tag_field="type", tag=SensorKind.METERING.value):
    sensor_type: str
    name: str
    id: SensorId | None = None
    input_name: str = ""
    divider: Number = 1.0
    accuracy: Annotated[float, Meta(ge=0, le=100)] = 0.0
    units: str = ""
    units_type: str = "custom"
    parameters: MeteringParameters = msgspec.field(default_factory=MeteringParameters)


class _Discrete(Struct, tag_field="type", tag=SensorKind.DISCRETE.value):
    sensor_type: str
    name: str
    input_number: Annotated[int, Meta(ge=1, le=MAX_INPUTS)]
    id: SensorId | None = None


class _Virtual(Struct, tag_field="type", tag=SensorKind.VIRTUAL.value):
    sensor_type: str
    name: str
    input_name: str
    id: SensorId | None = None
    custom_field_name: bool = False
    parameters: VirtualParameters = msgspec.field(default_factory=VirtualParameters)


_Document = _Metering | _Discrete | _Virtual


def read_sensor(parameters: Parameters) -> Sensor:
    """The row, not yet saved and without a source, for the sensor in the parameter `sensor`.

    Its id is the one that was sent. Raises ApiError 7, naming the member; what depends on other rows is not checked.
    """
    document = _convert(_without_nulls(parameters.document(SENSOR)))
    name = check_text(f"{SENSOR}.name", document.name, max_length=MAX_NAME_LENGTH)
    row = Sensor(pk=document.id, sensor_type=document.sensor_type, name=name)
    if isinstance(document, _Discrete):
        row.kind, row.input_number = SensorKind.DISCRETE, document.input_number
    elif isinstance(document, _Metering):
        _fill_metering(row, document)
    else:
        _fill_virtual(row, document)
    return row


def _without_nulls(document: dict[str, Any]) -> dict[str, Any]:
    """Null is as good as absent, in `parameters` as well."""
    members = {name: value for name, value in document.items() if value is not None}
    inner = members.get("parameters")
    if isinstance(inner, dict):
        members["parameters"] = {name: value for name, value in inner.items() if value is not None}
    return members


def _convert(members: dict[str, Any]) -> _Document:
    try:
        document: _Document = msgspec.convert(members, _Document, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from error
    return document


def _refusal(message: str) -> ApiError:
    """Code 7 for what msgspec says of a shape, which names the member's path at its end."""
    found, missing = _PATH.search(message), _MISSING.search(message)
    names = [SENSOR, found["path"] if found else "", missing["name"] if missing else ""]
    # It repeats what was sent.
    return invalid_parameter(".".join(filter(None, names)), _PATH.sub("", message)[:MAX_REFUSAL_LENGTH])


def _fill_metering(row: Sensor, document: _Metering) -> None:
    row.kind = SensorKind.METERING
    _set_input(row, document.input_name, is_custom=document.parameters.custom_field_name)
    if not (document.accuracy * 4).is_integer():
        raise invalid_parameter(f"{SENSOR}.accuracy", "must be a multiple of 0.25")
    row.divider, row.accuracy = document.divider, document.accuracy
    row.units = _read_text("units", document.units, MAX_UNITS_LENGTH)
    row.units_type = document.units_type
    if len(row.units_type) > MAX_UNITS_LENGTH or not _UNITS_TYPE.fullmatch(row.units_type):
        raise invalid_parameter(f"{SENSOR}.units_type", "must be lower-case letters, digits and underscores")
    row.parameters = msgspec.to_builtins(document.parameters)
    row.parameters.pop("custom_field_name", None)


def _fill_virtual(row: Sensor, document: _Virtual) -> None:
    row.kind = SensorKind.VIRTUAL
    _set_input(row, document.input_name, is_custom=document.custom_field_name)
    for one in document.parameters.value_titles:
        check_text(f"{SENSOR}.parameters.value_titles", one.value, max_length=MAX_TITLE_LENGTH)
        check_text(f"{SENSOR}.parameters.value_titles", one.title, max_length=MAX_TITLE_LENGTH)
    row.parameters = msgspec.to_builtins(document.parameters)


def _set_input(row: Sensor, input_name: str, *, is_custom: bool) -> None:
    row.input_name = _read_text("input_name", input_name, MAX_INPUT_NAME_LENGTH)
    row.custom_field_name = row.input_name if is_custom else ""


def _read_text(name: str, text: str, max_length: int) -> str:
    """Printable text, which may be empty."""
    return check_text(f"{SENSOR}.{name}", text, max_length=max_length) if text.strip() else ""


def render_sensor(row: Sensor) -> dict[str, Any]:
    """A sensor's object."""
    kind = SensorKind(row.kind)
    fields: dict[str, Any] = {"type": kind.value, "id": row.pk, "sensor_type": row.sensor_type, "name": row.name}
    if kind is SensorKind.DISCRETE:
        return fields | {"input_number": row.input_number}
    fields["input_name"] = row.input
    if kind is SensorKind.VIRTUAL:
        shape: Any = VirtualParameters
        fields["custom_field_name"] = bool(row.custom_field_name)
    else:
        shape = MeteringParameters
        fields |= {
            "divider": row.divider,
            "accuracy": row.accuracy,
            "units": row.units,
            "units_type": row.units_type,
        }
    parameters = msgspec.to_builtins(msgspec.convert(row.parameters, shape))
    parameters.pop("custom_field_name", None)
    if kind is SensorKind.METERING and row.custom_field_name:
        parameters["custom_field_name"] = True
    return fields | ({"parameters": parameters} if parameters else {})
