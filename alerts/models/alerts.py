"""Alerts: what rules have found, one entry of the history of events each (alerts §4)."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from trackers.models import Tracker


class Alert(models.Model):
    """A rule that fired. It outlives its rule and its zones, not its tracker."""

    account = models.ForeignKey(User, models.CASCADE, related_name="alerts")
    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="alerts")
    rule_id = models.BigIntegerField(null=True, help_text="of the rule that made it, if one did; it may be gone")
    private_to = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=40)
    time = models.DateTimeField(help_text="when it happened")
    received_at = models.DateTimeField(help_text="when it was stored")
    message = models.CharField(max_length=2048)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    precision_m = models.FloatField(null=True)
    is_emergency = models.BooleanField(default=False)
    is_pushed = models.BooleanField(default=True, help_text="pops up at open pages")
    extra = models.JSONField(default=dict, help_text="by the names of the API")
    acknowledged_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1024, blank=True, help_text="of whoever has seen to it")

    class Meta:
        ordering = ["time", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule_id", "tracker", "event", "time"], name="one_alert_of_rule_and_moment")
        ]
        indexes = [
            models.Index(fields=["account", "time", "id"], name="alerts_of_account"),
            models.Index(fields=["tracker", "time", "id"], name="alerts_of_tracker"),
            models.Index(fields=["time"], name="alerts_by_time"),
            models.Index(fields=["account", "id"], name="alerts_as_stored"),
        ]

    def __str__(self) -> str:
        return f"{self.event} at {self.time}"


class AlertReading(models.Model):
    """That a login has read an alert."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="an_alert_is_read_once")]

    def __str__(self) -> str:
        return f"{self.user_id} has read {self.alert_id}"
