"""Alert rules, and what each remembers of the trackers that it is bound to (alerts §2, §5.1)."""

from __future__ import annotations

from django.db import models

from accounts.models import User, validate_seen
from accounts.wire.characters import isolate
from alerts.models.deliveries import Webhook
from alerts.models.zones import Zone
from trackers.models import Tracker


class AlertRule(models.Model):
    """When whom to tell what, of which trackers."""

    account = models.ForeignKey(User, models.CASCADE, limit_choices_to={"master": None}, related_name="alert_rules")
    made_by = models.ForeignKey(User, models.CASCADE, related_name="made_alert_rules")
    kind = models.CharField(max_length=32, help_text="the vendor's `type`")
    name = models.CharField(max_length=255, validators=[validate_seen])
    description = models.CharField(max_length=1024, blank=True, validators=[validate_seen])
    primary_text = models.CharField(max_length=1024, blank=True, validators=[validate_seen])
    secondary_text = models.CharField(max_length=1024, blank=True, validators=[validate_seen])
    param = models.IntegerField(null=True, blank=True)
    is_suspended = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False, help_text="seen by its maker only")
    is_emergency = models.BooleanField(default=False)
    alerts = models.JSONField(default=dict, blank=True, help_text="whom to tell, by the names of the API")
    schedule = models.JSONField(default=list, blank=True, help_text="intervals; none: always")
    extended_params = models.JSONField(default=dict, blank=True, help_text="the rest, by the names of the API")
    zones = models.ManyToManyField(Zone, blank=True, related_name="alert_rules")
    trackers = models.ManyToManyField(Tracker, blank=True, related_name="alert_rules")
    webhooks = models.ManyToManyField(Webhook, blank=True, related_name="alert_rules")
    version = models.BigIntegerField(
        default=0, editable=False, help_text="another with each change: processes keep rules as they read them"
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return isolate(self.name)


class RuleMemory(models.Model):
    """What a rule knows of a tracker, so that a restart changes nothing."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="memories")
    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="rule_memories")
    due_at = models.DateTimeField(null=True, db_index=True, help_text="when time alone may fire it")
    document = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "tracker"], name="one_memory_of_rule_and_tracker")]

    def __str__(self) -> str:
        return f"memory of {self.rule_id} for {self.tracker_id}"


class Vigil(models.Model):
    """When somebody last looked after what time alone changes; one row, so that an outage of the server is known."""

    kept_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True, help_text="when the last outage ended")

    def __str__(self) -> str:
        return f"kept until {self.kept_at}"
