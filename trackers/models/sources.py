"""Devices, what accounts make of them, and what is known of them now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate
from trackers.engine.counters import MAX_MULTIPLIER, MIN_MULTIPLIER, CounterType
from trackers.engine.dating import ClockRule
from trackers.engine.record import Record, decode_record, decode_state
from trackers.engine.sensor_checks import SensorDraft, SensorError, check_sensor
from trackers.engine.sensors import SensorKind
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus
from trackers.reports.values import DEVICE_ID_PATTERN, DEVICE_ID_SHAPE

# Ten years: more is no offset but a clock that was never set.
MAX_OFFSET_S = 10 * 366 * 24 * 3600
# A filter that lets through more than these lets everything through; one that lets through nothing is a block.
MAX_PRECISION_M, MAX_SPEED_KMH = 1_000_000, 100_000

# Labels, titles and names (api §1.5, §3.1).
NAMING: list[Callable[[Any], None]] = [validate_seen, RegexValidator(r"\A[^<>]*\Z", "must not have < or >")]


class SpeedUnit(models.TextChoices):
    """In which unit the speeds of an app come that does not say it."""

    KNOTS = "knots", "knots"
    METRES_PER_SECOND = "m/s", "metres a second"
    KMH = "km/h", "kilometres an hour"


class Source(models.Model):
    """A device. Its id is the key of states and lifecycle events."""

    device_id = models.CharField(
        max_length=100,  # longer than the 64 that a device may use: a corrupted source carries a suffix
        unique=True,
        validators=[RegexValidator(DEVICE_ID_PATTERN, DEVICE_ID_SHAPE)],
        help_text="hardware id or IMEI; what the device sends",
    )
    model = models.CharField(max_length=64, default="osmand", validators=[validate_seen])
    phone = models.CharField(max_length=32, blank=True, validators=[validate_seen])
    is_blocked = models.BooleanField("blocked", default=False, editable=False)
    is_blocked_by_account = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="which may unblock it, then"
    )
    is_corrupted = models.BooleanField("removed", default=False, editable=False)
    ingest_key_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="where one is set, reports must bring the key"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    offline_timeout_s = models.PositiveIntegerField(
        "offline timeout",
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(3000 * 24 * 3600)],
        help_text="seconds without any report; empty: as in the settings",
    )
    min_idle_duration_minutes = models.PositiveIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text="so long it stands until its trip is over",
    )
    idle_speed_threshold = models.PositiveIntegerField(
        default=3, validators=[MaxValueValidator(200)], help_text="km/h; slower is standing; 0: it never stands"
    )
    ignition_aware = models.BooleanField(default=False, help_text="trips begin with the ignition on only")
    motion_sensor_aware = models.BooleanField(default=False, help_text="trips begin with motion only")
    clock_rule = models.CharField(
        "time",
        max_length=8,
        default=ClockRule.DEVICE,
        db_default=ClockRule.DEVICE,
        choices=[
            (ClockRule.DEVICE, "as the device says"),
            (ClockRule.SERVER, "of the arrival"),
            (ClockRule.OFFSET, "as the device says, and the offset"),
        ],
        help_text="by which clock its reports are dated; a wrong clock is no matter by that of the arrival",
    )
    clock_offset_s = models.IntegerField(
        "offset",
        default=0,
        db_default=0,
        validators=[MinValueValidator(-MAX_OFFSET_S), MaxValueValidator(MAX_OFFSET_S)],
        help_text="seconds that are added to what the device says: 7200 for one that is two hours behind",
    )
    speed_unit = models.CharField(
        max_length=8,
        default=SpeedUnit.KNOTS,
        db_default=SpeedUnit.KNOTS,
        choices=SpeedUnit.choices,
        help_text="of speeds in OsmAnd's query form; Traccar Client sends knots, OsmAnd and GPSLogger m/s",
    )
    allows_zero_position = models.BooleanField(
        default=False, db_default=False, help_text="0, 0 is a place, and not a missing fix"
    )
    max_precision_m = models.PositiveIntegerField(
        "precision filter",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PRECISION_M)],
        help_text="metres; a fix that is less precise does not count",
    )
    max_speed_kmh = models.PositiveIntegerField(
        "jump filter",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_SPEED_KMH)],
        help_text="km/h; a fix that needs more speed than this does not count",
    )
    drops_duplicates = models.BooleanField(
        "duplicate filter",
        default=False,
        db_default=False,
        help_text="of two fixes of one time the first counts, and not the second",
    )
    takes_total_distance = models.BooleanField(
        default=False,
        db_default=False,
        help_text="the totalDistance that a Traccar server counts is the device's odometer",
    )
    own_rules = models.TextField(blank=True, editable=False, help_text="all that is set for it, as ingestion reads it")
    is_watched = models.BooleanField(default=False, db_default=False, editable=False)

    def __str__(self) -> str:
        return isolate(self.device_id)


class Group(models.Model):
    """A named set of an account's trackers. Group 0 of the API stands for none."""

    account = models.ForeignKey(User, models.CASCADE, related_name="groups_of_trackers")
    title = models.CharField(max_length=60, validators=NAMING)
    color = models.CharField(
        max_length=6, default="1e88e5", validators=[RegexValidator(r"\A[0-9A-Fa-f]{6}\Z", "six hex digits")]
    )

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return isolate(self.title)


class Tracker(models.Model):
    """An account's view of a source. A clone is a second tracker, of another account, on the same source."""

    account = models.ForeignKey(User, models.CASCADE, related_name="trackers", limit_choices_to={"master": None})
    source = models.ForeignKey(Source, models.PROTECT, related_name="trackers")
    label = models.CharField(max_length=60, validators=NAMING)
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="trackers")
    is_clone = models.BooleanField("clone", default=False, editable=False)
    sub_users = models.ManyToManyField(
        User, blank=True, related_name="bound_trackers", help_text="the sub-users who may see it"
    )

    class Meta:
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="one_tracker_per_account_and_source")]

    def __str__(self) -> str:
        return isolate(self.label)


class SourceState(models.Model):
    """The state of a source, as one document with what must be searched beside it.

    Named by trackers/storage alone, and written through it by the services of ingestion
    (docs/decisions/0003-state-is-one-document.md).
    """

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="state")
    revision = models.BigIntegerField()
    connection_status = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in ConnectionStatus], db_index=True
    )
    movement_status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in MovementStatus])
    last_update = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True, help_text="when time alone changes the state")
    document = models.TextField()
    watch_mark = models.BigIntegerField(null=True, help_text="another with each change of what watches the source")

    def __str__(self) -> str:
        return f"state of {self.source_id}"

    @property
    def state(self) -> State:
        return decode_state(self.document)

    @property
    def record(self) -> Record:
        return decode_record(self.document)


class Sensor(models.Model):
    """A sensor of a source, for all its trackers (api §3.5)."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="sensors")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in SensorKind])
    sensor_type = models.CharField(max_length=32, help_text="as fuel, temperature, ignition, state")
    name = models.CharField(max_length=100, validators=NAMING)
    input_name = models.CharField(max_length=64, blank=True, help_text="of metering and virtual ones: as board_voltage")
    input_number = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)], help_text="of discrete ones"
    )
    divider = models.FloatField(default=1.0, help_text="what the input says is divided by it")
    accuracy = models.FloatField(
        default=0.0, validators=[MinValueValidator(0), MaxValueValidator(100)], help_text="percent; for the reader"
    )
    units = models.CharField(max_length=32, blank=True, validators=[validate_seen])
    units_type = models.CharField(max_length=32, default="custom")
    custom_field_name = models.CharField(
        max_length=64, blank=True, help_text="an attribute to read instead of the input"
    )
    parameters = models.JSONField(default=dict, blank=True, help_text="the rest, by the names of the API")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return isolate(self.name)

    @property
    def input(self) -> str:
        """The name of what a metering or virtual sensor reads; empty for one that sums up others."""
        return self.custom_field_name or self.input_name

    @property
    def draft(self) -> SensorDraft:
        """What of it is to be checked."""
        return SensorDraft(
            self.pk,
            SensorKind(self.kind),
            self.sensor_type,
            self.input,
            self.input_number,
            self.divider,
            self.parameters,
        )

    def clean(self) -> None:
        others = Sensor.objects.filter(source=self.source_id).exclude(pk=self.pk)
        try:
            check_sensor(self.draft, [other.draft for other in others])
        except SensorError as error:
            raise ValidationError({error.field: str(error)}) from error


class Counter(models.Model):
    """How a source counts kilometres or hours. The value is in its record (api §3.6)."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="counters")
    counter_type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in CounterType])
    multiplier = models.FloatField(
        default=1.0, validators=[MinValueValidator(MIN_MULTIPLIER), MaxValueValidator(MAX_MULTIPLIER)]
    )
    sensor = models.ForeignKey(
        Sensor, models.SET_NULL, null=True, blank=True, help_text="that reads the device's odometer; else distance"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "counter_type"], name="one_counter_of_a_type")]

    def __str__(self) -> str:
        return self.counter_type

    def clean(self) -> None:
        if self.sensor is not None and self.sensor.source_id != self.source_id:
            raise ValidationError({"sensor": "the sensor belongs to another source"})
        if self.sensor is not None and self.counter_type != CounterType.ODOMETER:
            raise ValidationError({"sensor": "only an odometer follows a sensor"})


class SourceReport(models.Model):
    """One of the last reports of a source. Its id is made of the source and the slot (trackers/storage)."""

    id = models.BigIntegerField(primary_key=True)
    time = models.DateTimeField()
    received_at = models.DateTimeField()
    values = models.TextField()

    def __str__(self) -> str:
        return f"report {self.pk}"


class RefusedReport(models.Model):
    """Who was refused by a way in and why, and when last; nothing of what was sent (trackers/reports/refusal.py)."""

    way = models.CharField("way in", max_length=16)
    address = models.CharField(max_length=100, blank=True)
    device_id = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=100)
    time = models.DateTimeField("last time")
    count = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-time", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["way", "address", "device_id", "reason"], name="one_row_for_each_refusal")
        ]

    def __str__(self) -> str:
        return f"{self.reason} by {self.way}"
