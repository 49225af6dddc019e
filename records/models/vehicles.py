"""Vehicles, where they stand, and when they are due to be looked at (records §3, §4)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.wire.characters import isolate
from records.models.kept import Kept, Located, name, text
from records.models.tags import Tag
from trackers.models import Tracker

MAX_NUMBER = 1_000_000
"""Of what is measured of a vehicle: kilograms, millimetres, litres."""


class Garage(Kept, Located):
    """Where vehicles stand; the vendor calls it a depot, too."""

    organization_name = text(255)
    mechanic_name = text(255)
    dispatcher_name = text(255)

    class Meta:
        ordering = ["organization_name", "pk"]

    def __str__(self) -> str:
        return isolate(self.organization_name or self.address or f"garage {self.pk}")


def whole_number(**options: object) -> models.PositiveIntegerField[int | None, int | None]:
    return models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(MAX_NUMBER)],
        **options,  # type: ignore[arg-type]
    )


def number(**options: object) -> models.FloatField[float | None, float | None]:
    return models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(float(MAX_NUMBER))],
        **options,  # type: ignore[arg-type]
    )


class Vehicle(Kept):
    """A vehicle, with or without a tracker."""

    tracker = models.OneToOneField(Tracker, models.SET_NULL, null=True, blank=True, related_name="vehicle")
    garage = models.ForeignKey(Garage, models.SET_NULL, null=True, blank=True, related_name="vehicles")
    label = name(255)
    type = models.CharField(
        max_length=8, default="car", choices=[(one, one) for one in ("truck", "car", "bus", "special")]
    )
    subtype = text(16)
    model = text(255)
    reg_number = text(32, verbose_name="plate")
    vin = text(32)
    chassis_number = text(64)
    frame_number = text(64)
    trailer = text(255)
    manufacture_year = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1800), MaxValueValidator(2200)]
    )
    color = text(64)
    additional_info = text(1024)
    max_speed = whole_number(help_text="km/h")
    payload_weight = whole_number(help_text="kilograms")
    payload_height = number(help_text="millimetres")
    payload_length = number(help_text="millimetres")
    payload_width = number(help_text="millimetres")
    passengers = whole_number()
    gross_weight = whole_number(help_text="kilograms")
    fuel_type = models.CharField(max_length=8, blank=True, choices=[(one, one) for one in ("petrol", "diesel", "gas")])
    fuel_grade = text(64)
    norm_avg_fuel_consumption = number(help_text="litres for 100 km")
    fuel_tank_volume = whole_number(help_text="litres")
    fuel_cost = number(help_text="of a litre")
    wheel_arrangement = text(32)
    tyre_size = text(64)
    tyres_number = whole_number()
    liability_insurance_policy_number = text(64)
    liability_insurance_valid_till = models.DateField(null=True, blank=True)
    free_insurance_policy_number = text(64)
    free_insurance_valid_till = models.DateField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="vehicles")

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)


class ServiceTask(Kept):
    """Work on a vehicle that is due by kilometres, by date or by engine hours, whichever comes first."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="service_tasks")
    description = name(255)
    comment = text(255)
    cost = models.FloatField(default=0.0, validators=[MinValueValidator(0.0), MaxValueValidator(1e12)])
    repeat = models.BooleanField(default=False, help_text="another one is made when it is done")
    unplanned = models.BooleanField(default=False)
    conditions = models.JSONField(help_text="of mileage, date and engine_hours: the limit, and how long before to warn")
    notifications = models.JSONField(default=dict, blank=True, help_text="whom to tell")
    start = models.JSONField(default=dict, editable=False, help_text="what the counters showed when it was made")
    completion = models.JSONField(null=True, editable=False, help_text="what they showed when it was done")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return isolate(self.description)
