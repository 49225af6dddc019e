"""Which sensors the API knows, and how they may be put together (api §3.5). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from trackers.engine.sensor_parameters import (
    MAX_BIT,
    MAX_PARENTS,
    MAX_TITLE_LENGTH,
    MAX_TITLES,
    MeteringParameters,
    VirtualParameters,
)
from trackers.engine.sensors import VIRTUAL_IGNITION, CalcMethod, SensorKind

TYPES = {
    SensorKind.METERING: "fuel temperature rpm custom fuel_consumption instant_consumption power speed flow_meter"
    " acceleration",
    SensorKind.DISCRETE: "ignition sos_button power engine car_alarm door charge detach custom",
    SensorKind.VIRTUAL: f"state {VIRTUAL_IGNITION}",
}

Shape = TypeVar("Shape", MeteringParameters, VirtualParameters)


class SensorError(ValueError):
    """A sensor that the API does not know; `field` is the name of what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class SensorDraft:
    """A sensor as somebody wants it to be, not checked yet."""

    sensor_id: int | None
    """None: it is not stored yet."""
    kind: SensorKind
    sensor_type: str
    input_name: str
    """What a metering or virtual sensor reads; empty for one that sums up others."""
    input_number: int | None
    """What a discrete sensor reads."""
    divider: float
    parameters: Mapping[str, Any]


def check_sensor(draft: SensorDraft, others: Sequence[SensorDraft]) -> None:
    """Raises SensorError unless the sensor may stand beside the `others` of its source."""
    if draft.sensor_type not in TYPES[draft.kind].split():
        raise SensorError("sensor_type", f"must be one of: {TYPES[draft.kind]}")
    match draft.kind:
        case SensorKind.DISCRETE:
            if draft.input_number is None:
                raise SensorError("input_number", "a discrete sensor needs one")
        case SensorKind.METERING:
            _check_metering(draft, others)
        case SensorKind.VIRTUAL:
            _check_virtual(draft, others)


def read_sensor_parameters(parameters: Mapping[str, Any], shape: type[Shape]) -> Shape:
    """The `parameters` of a sensor as values. Raises SensorError for what they may not hold."""
    try:
        return msgspec.convert(parameters, shape)
    except msgspec.ValidationError as error:
        raise SensorError("parameters", str(error)) from error


def _check_metering(draft: SensorDraft, others: Sequence[SensorDraft]) -> None:
    parent_ids = read_sensor_parameters(draft.parameters, MeteringParameters).parent_ids
    if not draft.divider:
        raise SensorError("divider", "must not be 0")
    if not (draft.input_name or parent_ids):
        raise SensorError("input_name", "a metering sensor needs one, or parents")
    if len(parent_ids) > MAX_PARENTS or draft.sensor_id in parent_ids:
        raise SensorError("parameters", f"parent_ids are up to {MAX_PARENTS} other sensors")
    parts = [one for one in others if one.kind is SensorKind.METERING and one.sensor_id in parent_ids]
    if any(read_sensor_parameters(part.parameters, MeteringParameters).parent_ids for part in parts):
        raise SensorError("parameters", "a part must not have parts itself")
    if len(parts) != len(set(parent_ids)):
        raise SensorError("parameters", "parent_ids must be metering sensors of the same source")


def _check_virtual(draft: SensorDraft, others: Sequence[SensorDraft]) -> None:
    parameters = read_sensor_parameters(draft.parameters, VirtualParameters)
    if not draft.input_name:
        raise SensorError("input_name", "a virtual sensor needs one")
    method = parameters.calc_method
    if method is CalcMethod.IN_RANGE and parameters.range_from is None and parameters.range_to is None:
        raise SensorError("parameters", "in_range needs range_from or range_to")
    if method is CalcMethod.BIT_INDEX and parameters.bit_index is None:
        raise SensorError("parameters", f"bit_index must be from 1 to {MAX_BIT}")
    values = [one.value for one in parameters.value_titles]
    is_long = any(max(len(one.value), len(one.title)) > MAX_TITLE_LENGTH for one in parameters.value_titles)
    if len(values) > MAX_TITLES or len(set(values)) < len(values) or is_long:
        raise SensorError("parameters", f"value_titles are up to {MAX_TITLES} short ones of different values")
    if draft.sensor_type == VIRTUAL_IGNITION and any(one.sensor_type == VIRTUAL_IGNITION for one in others):
        raise SensorError("sensor_type", "a source has one virtual ignition sensor at most")
