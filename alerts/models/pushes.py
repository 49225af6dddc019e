"""Devices whose browsers are told of alerts while no page is open, and the key by which their services know us."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import Session
from alerts.models.deliveries import MAX_URL_LENGTH


class PushDevice(models.Model):
    """A browser that takes pushes (RFC 8030), for as long as the session lasts by which it asked for them."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="push_devices")
    endpoint = models.CharField(max_length=MAX_URL_LENGTH, help_text="the address at its push service")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="of the address")
    public_key = models.CharField(max_length=88, editable=False)
    auth_secret = models.CharField(max_length=24, editable=False)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="of the quiet hours")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    hour_began_at = models.DateTimeField(null=True, editable=False)
    pushes_in_hour = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"device {self.pk}"


class PushKey(models.Model):
    """The key pair of this installation (RFC 8292); there is one row."""

    public_key = models.CharField(max_length=88)
    sealed_key = models.CharField(max_length=255, help_text="the private key, encrypted")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"push key of {self.created_at:%Y-%m-%d}"
