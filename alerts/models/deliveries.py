"""Who is told of alerts, and how far that has come (alerts §6)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate

MAX_URL_LENGTH = 2048


class Webhook(models.Model):
    """An address to which alerts are posted, signed."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="webhooks")
    title = models.CharField(max_length=255, validators=[validate_seen])
    url = models.URLField(max_length=MAX_URL_LENGTH)
    secret = models.CharField(max_length=64, editable=False, help_text="what posts are signed with; shown once")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return isolate(self.title)
