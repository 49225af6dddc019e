"""Zones, and which of them sub-users see (alerts §1)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate

MAX_RADIUS_M = 300_000


class ZoneShape(models.TextChoices):
    """The vendor's words; a sausage is all that is near a line."""

    CIRCLE = "circle"
    POLYGON = "polygon"
    SAUSAGE = "sausage"


class Zone(models.Model):
    """A part of the map with a name, of an account."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="zones")
    shape = models.CharField(max_length=8, choices=ZoneShape.choices)
    label = models.CharField(max_length=255, validators=[validate_seen])
    address = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    color = models.CharField(max_length=6, default="27A9E3", validators=[RegexValidator(r"\A[0-9A-Fa-f]{6}\Z")])
    radius_m = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RADIUS_M)],
        help_text="of a circle, or how far a sausage reaches from its line",
    )
    center_latitude = models.FloatField(null=True, blank=True)
    center_longitude = models.FloatField(null=True, blank=True)
    points = models.JSONField(default=list, blank=True, help_text="each latitude, longitude, and whether it is a node")
    tags = models.JSONField(default=list, blank=True, help_text="ids")

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)


class ZoneAccess(models.Model):
    """Which zones a sub-user sees; without a row: none."""

    user = models.OneToOneField(User, models.CASCADE, related_name="zone_access")
    is_to_all = models.BooleanField(default=False)
    zones = models.ManyToManyField(Zone, blank=True, related_name="accesses")

    def __str__(self) -> str:
        return f"zones of {self.user}"
