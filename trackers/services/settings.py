"""Every change of what is set for a source, and so for all its trackers: times, trip detection, sensors, counters.

Each raises Django's ValidationError, naming the fields, for what cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import msgspec
from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace

from trackers.engine.counters import NOT_COUNTED, CounterType
from trackers.engine.dating import ClockRule
from trackers.engine.labelled_readings import show_readings
from trackers.engine.readings import NO_READINGS, Instruments, Readings
from trackers.engine.record import Record
from trackers.engine.rules import OwnRules
from trackers.engine.trips import TripRules
from trackers.models import Counter, FormerTripRules, Sensor, Source
from trackers.services.ingestion import change_record, current_rules, rules_of
from trackers.services.publishing import publish_instruments
from trackers.storage.own_rules import own_rules_of
from trackers.storage.states import lock_source_rows, readings_by_source

STATUS_FIELDS = (
    "offline_timeout_s",
    "min_idle_duration_minutes",
    "idle_speed_threshold",
    "ignition_aware",
    "motion_sensor_aware",
)
READING_FIELDS = (
    "clock_rule",
    "clock_offset_s",
    "speed_unit",
    "allows_zero_position",
    "max_precision_m",
    "max_speed_kmh",
    "drops_duplicates",
    "takes_total_distance",
)
RULE_FIELDS = (*STATUS_FIELDS, *READING_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TripDetection:
    """By what a source is found moving, stopped or parked (api §5.4)."""

    min_idle_duration_minutes: int
    idle_speed_threshold: int
    """km/h; 0: it never stands."""
    ignition_aware: bool
    motion_sensor_aware: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading:
    """How the reports of a source are read (api §6)."""

    clock_rule: ClockRule
    clock_offset_s: int
    """Added to what the device says, by the rule `offset`."""
    speed_unit: str
    """One of `SpeedUnit`, of speeds that come without a unit."""
    allows_zero_position: bool
    max_precision_m: int | None
    max_speed_kmh: int | None
    drops_duplicates: bool
    takes_total_distance: bool


@transaction.atomic
def set_rules(source_id: int, rules: TripDetection | ReportReading) -> None:
    """Stores these rules of a source; all others stay."""
    source = lock_source_rows([source_id]).get()
    for field in fields(rules):
        setattr(source, field.name, getattr(rules, field.name))
    save_source_rules(source)


@transaction.atomic
def save_source_rules(source: Source) -> None:
    """Stores what is set for a source: timeout, trip detection, how its reports are read (api §5.2, §5.4, §6).

    It holds at once.
    """
    source.full_clean()
    _lock(source.pk)
    source.save(update_fields=RULE_FIELDS)
    apply_own_rules(source.pk)


@transaction.atomic
def save_sensor(sensor: Sensor) -> None:
    """Creates a sensor or stores its changes (api §3.5); it reads from the next report on."""
    _lock(sensor.source_id)
    sensor.full_clean()
    sensor.save()
    apply_own_rules(sensor.source_id)


@transaction.atomic
def remove_sensor(sensor: Sensor) -> None:
    """Removes a sensor with its reading; sums lose it as a part, and an odometer counts distance again."""
    _lock(sensor.source_id)
    sensor_id, source_id = sensor.pk, sensor.source_id
    sensor.delete()
    for other in Sensor.objects.filter(source=source_id):
        if sensor_id in other.parameters.get("parent_ids", ()):
            other.parameters["parent_ids"] = [one for one in other.parameters["parent_ids"] if one != sensor_id]
            other.save(update_fields=["parameters"])
    apply_own_rules(source_id)


@transaction.atomic
def save_counter(counter: Counter) -> None:
    """Creates a counter or stores its changes (api §3.6). Raises for a sensor that is not the source's."""
    _lock(counter.source_id)
    counter.full_clean()
    counter.save()
    apply_own_rules(counter.source_id)


@transaction.atomic
def remove_counter(counter: Counter) -> None:
    """Removes a counter with its value."""
    _lock(counter.source_id)
    source_id = counter.source_id
    counter.delete()
    apply_own_rules(source_id)


@transaction.atomic
def set_counter_value(source: Source, counter_type: CounterType, value: float) -> None:
    """Lets a counter go on from this value: kilometres or hours. It is made if there is none (api §3.6)."""
    _lock(source.pk)
    if not Counter.objects.filter(source=source, counter_type=counter_type).exists():
        Counter(source=source, counter_type=counter_type).save()
        _store_own_rules(source.pk)
    now = timezone.now()

    def put(record: Record) -> Record:
        readings = record.readings or NO_READINGS
        counter = replace(readings.counters.get(counter_type, NOT_COUNTED), value=value, updated=now)
        counters = {**readings.counters, counter_type: counter}
        return replace(record, readings=replace(readings, revision=readings.revision + 1, counters=counters))

    change_record(source.pk, put, now=now)
    _tell(source.pk)


def _lock(source_id: int) -> None:
    """Whoever changes rules waits for the reports that are being stored, and they for it."""
    lock_source_rows([source_id])


def apply_own_rules(source_id: int) -> None:
    """Makes what is set for a source hold, after its rows were changed; the source must be locked."""
    instruments = _store_own_rules(source_id).instruments or Instruments()
    change_record(source_id, lambda record: _keep_readings(record, instruments), now=timezone.now())
    _tell(source_id)


def _store_own_rules(source_id: int) -> OwnRules:
    source = Source.objects.get(pk=source_id)
    own, former = own_rules_of(source), rules_of(source.own_rules, current_rules()).trips
    if former != (own.trips or TripRules()):
        text = msgspec.json.encode(former).decode()
        FormerTripRules.objects.create(source=source, until=timezone.now(), rules=text)
    source.own_rules = own_rules_text(own)
    source.save(update_fields=["own_rules"])
    return own


def own_rules_text(own: OwnRules) -> str:
    """What is stored beside a source of its own rules; nothing when it has none."""
    return "" if own == OwnRules() else msgspec.json.encode(own).decode()


def _keep_readings(record: Record, instruments: Instruments) -> Record:
    """The record without the readings of sensors and counters that are no more."""
    readings = record.readings
    if readings is None:
        return record
    sensor_ids = {sensor.sensor_id for sensor in instruments.sensors}
    counter_types = {rule.counter_type for rule in instruments.counters}
    if not sensor_ids and not counter_types:
        return replace(record, readings=None)
    kept = Readings(
        readings.revision + 1,
        {sensor_id: reading for sensor_id, reading in readings.by_sensor.items() if sensor_id in sensor_ids},
        {kind: counter for kind, counter in readings.counters.items() if kind in counter_types},
    )
    return replace(record, readings=kept)


def _tell(source_id: int) -> None:
    _, own_rules, record = readings_by_source([source_id])[0]
    instruments = rules_of(own_rules, current_rules()).instruments
    publish_instruments(show_readings(source_id, record.readings or NO_READINGS, instruments or Instruments()))
