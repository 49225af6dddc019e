"""What all records have: the account that keeps them and, many of them, a place on the map."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import User, validate_seen

MAX_RADIUS_M = 300_000


class Kept(models.Model):
    """A record of an account. What it names is of the same account."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="+")

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raises ValidationError for what belongs to another account."""
        for field in self._meta.concrete_fields:
            named = getattr(self, field.name) if isinstance(field, models.ForeignKey) else None
            if named is not None and getattr(named, "account_id", self.account_id) != self.account_id:
                raise ValidationError({field.name: "belongs to another account"})


class Located(models.Model):
    """A record with a place on the map, or none; a place without a radius is a spot."""

    latitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)], help_text="degrees"
    )
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)], help_text="degrees"
    )
    address = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    radius_m = models.PositiveIntegerField(
        "radius",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RADIUS_M)],
        help_text="metres",
    )

    class Meta:
        abstract = True

    @property
    def location(self) -> dict[str, Any] | None:
        """As the API writes it; None without coordinates."""
        if self.latitude is None or self.longitude is None:
            return None
        radius = {} if self.radius_m is None else {"radius": self.radius_m}
        return {"lat": self.latitude, "lng": self.longitude, "address": self.address, **radius}


def text(most: int, **options: Any) -> models.CharField[str, str]:
    """A column for a text that can be seen, or nothing."""
    return models.CharField(max_length=most, blank=True, validators=[validate_seen], **options)


def name(most: int, **options: Any) -> models.CharField[str, str]:
    """A column for a text that can be seen."""
    return models.CharField(max_length=most, validators=[validate_seen], **options)
