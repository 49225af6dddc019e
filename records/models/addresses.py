"""Addresses that a geocoder has told (records §11)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Address(models.Model):
    """What a geocoder says of a place, about ten metres wide, in a language."""

    latitude = models.IntegerField(help_text="ten-thousandths of a degree")
    longitude = models.IntegerField(help_text="ten-thousandths of a degree")
    language = models.CharField(max_length=5)
    value = models.CharField(max_length=500)
    details = models.JSONField(default=dict)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["latitude", "longitude", "language"], name="an_address_once_per_place")
        ]

    def __str__(self) -> str:
        return self.value
