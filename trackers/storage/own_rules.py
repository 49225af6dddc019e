"""Rows of sensors and counters, turned into the values that ingestion works with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from django.core.exceptions import ValidationError

from trackers.engine.belief import Filters, Interpretation
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.dating import Clock, ClockRule
from trackers.engine.readings import Instruments
from trackers.engine.rules import OwnRules
from trackers.engine.sensor_parameters import MAX_BIT, MeteringParameters, VirtualParameters
from trackers.engine.sensors import (
    VIRTUAL_IGNITION,
    CalcMethod,
    DiscreteSensor,
    MeteringSensor,
    Sensor,
    SensorKind,
    ValueTitle,
    VirtualSensor,
)
from trackers.engine.trips import TripRules
from trackers.reports.values import KMH_PER_KNOT, KMH_PER_METRE_PER_SECOND

if TYPE_CHECKING:
    from trackers import models

# api §3.5.
TYPES = {
    SensorKind.METERING: "fuel temperature rpm custom fuel_consumption instant_consumption power speed flow_meter"
    " acceleration",
    SensorKind.DISCRETE: "ignition sos_button power engine car_alarm door charge detach custom",
    SensorKind.VIRTUAL: f"state {VIRTUAL_IGNITION}",
}
# By what `trackers.models.SpeedUnit` calls it.
_KMH_PER_UNIT = {"knots": KMH_PER_KNOT, "m/s": KMH_PER_METRE_PER_SECOND, "km/h": 1.0}
MAX_TITLES = 100
MAX_TITLE_LENGTH = 64
MAX_PARENTS = 32


def check_sensor(row: models.Sensor) -> None:
    """Raises ValidationError, naming the field, for a sensor that the API does not know (api §3.5)."""
    kind = SensorKind(row.kind)
    if row.sensor_type not in TYPES[kind].split():
        raise ValidationError({"sensor_type": f"must be one of: {TYPES[kind]}"})
    if kind is SensorKind.DISCRETE:
        if row.input_number is None:
            raise ValidationError({"input_number": "a discrete sensor needs one"})
        return
    if kind is SensorKind.METERING:
        _check_metering(row)
    else:
        _check_virtual(row)


def _check_metering(row: models.Sensor) -> None:
    parameters = _parameters(row, MeteringParameters)
    if not row.divider:
        raise ValidationError({"divider": "must not be 0"})
    if not (row.input_name or row.custom_field_name or parameters.parent_ids):
        raise ValidationError({"input_name": "a metering sensor needs one, or parents"})
    if len(parameters.parent_ids) > MAX_PARENTS or row.pk in parameters.parent_ids:
        raise ValidationError({"parameters": f"parent_ids are up to {MAX_PARENTS} other sensors"})
    parts = type(row).objects.filter(source=row.source_id, kind=SensorKind.METERING, pk__in=parameters.parent_ids)
    if any(_parameters(part, MeteringParameters).parent_ids for part in parts):
        raise ValidationError({"parameters": "a part must not have parts itself"})
    if len(parts) != len(set(parameters.parent_ids)):
        raise ValidationError({"parameters": "parent_ids must be metering sensors of the same source"})


def _check_virtual(row: models.Sensor) -> None:
    parameters = _parameters(row, VirtualParameters)
    if not (row.input_name or row.custom_field_name):
        raise ValidationError({"input_name": "a virtual sensor needs one"})
    method = parameters.calc_method
    if method is CalcMethod.IN_RANGE and parameters.range_from is None and parameters.range_to is None:
        raise ValidationError({"parameters": "in_range needs range_from or range_to"})
    if method is CalcMethod.BIT_INDEX and parameters.bit_index is None:
        raise ValidationError({"parameters": f"bit_index must be from 1 to {MAX_BIT}"})
    values = [one.value for one in parameters.value_titles]
    is_long = any(max(len(one.value), len(one.title)) > MAX_TITLE_LENGTH for one in parameters.value_titles)
    if len(values) > MAX_TITLES or len(set(values)) < len(values) or is_long:
        raise ValidationError({"parameters": f"value_titles are up to {MAX_TITLES} short ones of different values"})
    if row.sensor_type == VIRTUAL_IGNITION:
        others = type(row).objects.filter(source=row.source_id, sensor_type=VIRTUAL_IGNITION)
        if others.exclude(pk=row.pk).exists():
            raise ValidationError({"sensor_type": "a source has one virtual ignition sensor at most"})


def _parameters(row: models.Sensor, shape: Any) -> Any:
    try:
        return msgspec.convert(row.parameters, shape)
    except msgspec.ValidationError as error:
        raise ValidationError({"parameters": str(error)}) from error


def sensor_of(row: models.Sensor) -> Sensor:
    """The sensor in a row that was checked."""
    kind = SensorKind(row.kind)
    input_name = row.custom_field_name or row.input_name
    if kind is SensorKind.DISCRETE:
        return DiscreteSensor(row.pk, row.sensor_type, row.name, row.input_number or 1)
    if kind is SensorKind.METERING:
        metering = _parameters(row, MeteringParameters)
        return MeteringSensor(
            row.pk,
            row.sensor_type,
            row.name,
            input_name,
            row.divider,
            row.units,
            row.units_type,
            metering.parent_ids,
            metering.min,
            metering.max,
        )
    virtual = _parameters(row, VirtualParameters)
    return VirtualSensor(
        row.pk,
        row.sensor_type,
        row.name,
        input_name,
        virtual.calc_method,
        virtual.range_from,
        virtual.range_to,
        virtual.bit_index,
        tuple(ValueTitle(one.value, one.title) for one in virtual.value_titles),
    )


def own_rules_of(source: models.Source) -> OwnRules:
    """All that is set for a source and not for all of them."""
    trips = TripRules(
        timedelta(minutes=source.min_idle_duration_minutes),
        float(source.idle_speed_threshold),
        source.ignition_aware,
        source.motion_sensor_aware,
    )
    instruments = Instruments(
        tuple(sensor_of(row) for row in source.sensors.all()), tuple(_counter_rules(source.counters.order_by("pk")))
    )
    return OwnRules(
        source.offline_timeout_s,
        None if trips == TripRules() else trips,
        None if instruments == Instruments() else instruments,
        interpretation_of(source),
    )


def interpretation_of(source: models.Source) -> Interpretation:
    """How what a source tells is read."""
    filters = Filters(
        source.allows_zero_position, source.max_precision_m, source.max_speed_kmh, source.drops_duplicates
    )
    clock = Clock(ClockRule(source.clock_rule), source.clock_offset_s)
    factor = _KMH_PER_UNIT[source.speed_unit] / KMH_PER_KNOT
    return Interpretation(clock, filters, factor, source.takes_total_distance)


def _counter_rules(rows: Iterable[models.Counter]) -> Iterable[CounterRule]:
    for row in rows:
        yield CounterRule(CounterType(row.counter_type), row.multiplier, row.sensor_id)
