"""How the users of an account set up the sensors of its devices (api §3.5)."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy

from django.db import transaction

from accounts.selectors import first_of
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from trackers.engine.sensors import IGNITION, VIRTUAL_IGNITION, SensorKind
from trackers.models import Sensor
from trackers.services.settings import apply_own_rules, save_sensor
from trackers.storage.states import lock_source_rows

MAX_SENSORS_OF_TYPE = 32
"""Each of them is read with each report. Of ignitions a source has one."""


@transaction.atomic
def create_sensor(sensor: Sensor) -> None:
    """Stores a new sensor of a source.

    Raises ApiError INPUT_IN_USE for an input that another sensor has, TOO_MANY_SENSORS when there are as many of its
    type as allowed, and ValidationError for what cannot be.
    """
    lock_source_rows([sensor.source_id])
    _check_room(sensor)
    save_sensor(sensor)


@transaction.atomic
def change_sensor(sensor: Sensor) -> None:
    """Puts a sensor in the place of the source's one with its id.

    Raises ApiError NOT_FOUND when there is none, INVALID_PARAMETERS for one of another kind, and what `create_sensor`
    raises.
    """
    lock_source_rows([sensor.source_id])
    row = first_of(Sensor.objects.filter(pk=sensor.pk, source=sensor.source_id))
    if row.kind != sensor.kind:
        raise invalid_parameter("sensor.type", f"must stay {row.kind}")
    _check_room(sensor)
    for field in Sensor._meta.concrete_fields:
        setattr(row, field.attname, getattr(sensor, field.attname))
    save_sensor(row)


@transaction.atomic
def copy_sensors(base_id: int, target_ids: Collection[int]) -> None:
    """Gives sources the sensors of another one, in place of all that they had.

    Raises ApiError DIFFERENT_MODELS for a source of another model.
    """
    models = set(lock_source_rows([base_id, *target_ids]).values_list("model", flat=True))
    if len(models) > 1:
        raise ApiError(ErrorCode.DIFFERENT_MODELS)
    originals = list(Sensor.objects.filter(source=base_id))
    for target_id in target_ids:
        Sensor.objects.filter(source=target_id).delete()
        _copy_to(target_id, originals)
        apply_own_rules(target_id)


def _copy_to(target_id: int, originals: list[Sensor]) -> None:
    """Parts come before what sums them up, as that names them by their new ids."""
    new_ids: dict[int, int] = {}
    for original in sorted(originals, key=_is_composite):
        sensor = copy(original)
        sensor.pk, sensor.source_id = None, target_id
        if _is_composite(original):
            parent_ids = [new_ids[parent_id] for parent_id in original.parameters["parent_ids"]]
            sensor.parameters = {**original.parameters, "parent_ids": parent_ids}
        sensor.save(force_insert=True)
        new_ids[original.pk] = sensor.pk


def _check_room(sensor: Sensor) -> None:
    others = list(Sensor.objects.filter(source=sensor.source_id, kind=sensor.kind).exclude(pk=sensor.pk))
    is_single = sensor.sensor_type in (IGNITION, VIRTUAL_IGNITION)
    of_type = sum(other.sensor_type == sensor.sensor_type for other in others)
    if of_type >= (1 if is_single else MAX_SENSORS_OF_TYPE):
        raise ApiError(ErrorCode.TOO_MANY_SENSORS)
    if any(_has_same_input(sensor, other) for other in others):
        raise ApiError(ErrorCode.INPUT_IN_USE)


def _has_same_input(sensor: Sensor, other: Sensor) -> bool:
    """Two of a kind; several virtual sensors may read one input, and sums read none."""
    if sensor.kind == SensorKind.DISCRETE:
        return sensor.input_number == other.input_number
    if sensor.kind == SensorKind.VIRTUAL or _is_composite(sensor) or _is_composite(other):
        return False
    return sensor.input == other.input


def _is_composite(sensor: Sensor) -> bool:
    return bool(sensor.parameters.get("parent_ids"))
