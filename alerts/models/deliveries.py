"""Who is told of alerts, and how far that has come (alerts §6)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate
from alerts.models.alerts import Alert

MAX_URL_LENGTH = 2048


class Webhook(models.Model):
    """An address to which alerts are posted, signed, as our own document or by a template."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="webhooks")
    title = models.CharField(max_length=255, validators=[validate_seen])
    url = models.CharField(max_length=MAX_URL_LENGTH)
    format = models.CharField(max_length=16, default="fleetsphere", db_default="fleetsphere")
    template = models.TextField(blank=True, default="", db_default="", help_text="of the body, with fields of an alert")
    sealed_secret = models.CharField(max_length=255, editable=False, help_text="what posts are signed with, encrypted")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    owner_told_at = models.DateTimeField(null=True, editable=False, help_text="that it has been failing for long")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return isolate(self.title)


class Channel(models.TextChoices):
    """Ways to tell somebody who has no page open."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    PUSH = "push"


class DeliveryStatus(models.TextChoices):
    """The words of the API."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GAVE_UP = "gave_up", "gave up"


class Delivery(models.Model):
    """One alert to one receiver. Without an alert: a letter to the owner of a webhook that has been failing."""

    account = models.ForeignKey(User, models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    webhook = models.ForeignKey(Webhook, models.CASCADE, null=True, related_name="deliveries")
    device = models.ForeignKey("PushDevice", models.SET_NULL, null=True, related_name="deliveries")
    address = models.EmailField(blank=True, help_text="of a letter")
    message_id = models.UUIDField(default=uuid.uuid4, help_text="the same in every attempt")
    body = models.TextField(blank=True, help_text="of a post")
    status = models.CharField(max_length=9, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how many have been made")
    is_held = models.BooleanField(default=False, help_text="a letter too many: told with others at the end of the hour")
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, help_text="somebody tries it until then")
    finished_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["webhook", "next_attempt_at"], condition=Q(status="waiting"), name="posts_that_are_waiting"
            ),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="waiting", channel="mail"),
                name="letters_that_are_waiting",
            ),
            models.Index(
                fields=["device", "next_attempt_at"],
                condition=Q(status="waiting", channel="push"),
                name="pushes_that_are_waiting",
            ),
            models.Index(fields=["account", "id"], condition=Q(status="waiting"), name="waiting_of_account"),
            models.Index(fields=["webhook", "-id"], name="deliveries_of_webhook"),
            models.Index(fields=["finished_at"], name="deliveries_by_their_end"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class LetterHour(models.Model):
    """How many letters an account has sent to an address within an hour."""

    account = models.ForeignKey(User, models.CASCADE, related_name="+")
    address = models.EmailField()
    began_at = models.DateTimeField(db_index=True)
    letters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="one_hour_of_address")]

    def __str__(self) -> str:
        return f"letters to {self.address} since {self.began_at}"
