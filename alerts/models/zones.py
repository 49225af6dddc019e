"""Zones, and which of them sub-users see (alerts §1)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate
from alerts.geometry.drawings import DEFAULT_COLOR, MAX_LABEL_LENGTH, MAX_RADIUS_M, ZoneShape


class Zone(models.Model):
    """A part of the map with a name, of an account."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="zones")
    shape = models.CharField(max_length=8, choices=[(shape.value, shape.value) for shape in ZoneShape])
    label = models.CharField(max_length=MAX_LABEL_LENGTH, validators=[validate_seen])
    address = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    color = models.CharField(max_length=6, default=DEFAULT_COLOR, validators=[RegexValidator(r"\A[0-9A-Fa-f]{6}\Z")])
    radius_m = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RADIUS_M)],
        help_text="of a circle, or how far a sausage reaches from its line",
    )
    center_latitude = models.FloatField(null=True, blank=True)
    center_longitude = models.FloatField(null=True, blank=True)
    points = models.JSONField(default=list, blank=True, help_text="each latitude, longitude, and whether it is a node")
    point_count = models.IntegerField(default=0, editable=False)
    tags = models.JSONField(default=list, blank=True, help_text="ids")
    revision = models.BigIntegerField(
        default=0, editable=False, help_text="that of the account's zones, when it changed"
    )

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)


class ZoneSet(models.Model):
    """The zones of an account as a whole: who changes them holds this row.

    The revision grows with each change. It is counted in microseconds of time, so that none comes twice: not even after
    a transaction that was rolled back, whose zones a process may have seen.
    """

    account = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="zone_set")
    revision = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"zones of {self.account_id} at {self.revision}"


class ZoneAccess(models.Model):
    """Which zones a sub-user sees; without a row: none."""

    user = models.OneToOneField(User, models.CASCADE, related_name="zone_access")
    is_to_all = models.BooleanField(default=False)
    zones = models.ManyToManyField(Zone, blank=True, related_name="accesses")

    class Meta:
        verbose_name_plural = "accesses to zones"

    def __str__(self) -> str:
        return f"zones of {self.user}"
