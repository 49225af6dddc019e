"""Rows of sensors and counters, turned into the values that ingestion works with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from trackers import models
from trackers.engine.belief import Filters, Interpretation
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.dating import Clock, ClockRule
from trackers.engine.readings import Instruments
from trackers.engine.rules import OwnRules
from trackers.engine.sensor_checks import read_sensor_parameters
from trackers.engine.sensor_parameters import MeteringParameters, VirtualParameters
from trackers.engine.sensors import DiscreteSensor, MeteringSensor, Sensor, SensorKind, ValueTitle, VirtualSensor
from trackers.engine.trips import TripRules
from trackers.reports.values import KMH_PER_KNOT, KMH_PER_METRE_PER_SECOND

# By what `trackers.models.SpeedUnit` calls it.
_KMH_PER_UNIT = {"knots": KMH_PER_KNOT, "m/s": KMH_PER_METRE_PER_SECOND, "km/h": 1.0}


def sensor_of(row: models.Sensor) -> Sensor:
    """The sensor in a row that was checked."""
    kind = SensorKind(row.kind)
    if kind is SensorKind.DISCRETE:
        return DiscreteSensor(row.pk, row.sensor_type, row.name, row.input_number or 1)
    if kind is SensorKind.METERING:
        metering = read_sensor_parameters(row.parameters, MeteringParameters)
        return MeteringSensor(
            row.pk,
            row.sensor_type,
            row.name,
            row.input,
            row.divider,
            row.units,
            row.units_type,
            metering.parent_ids,
            metering.min,
            metering.max,
        )
    virtual = read_sensor_parameters(row.parameters, VirtualParameters)
    return VirtualSensor(
        row.pk,
        row.sensor_type,
        row.name,
        row.input,
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
