"""Reports that are made by themselves, and the letters that bring them (records §9.7)."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.wire.characters import isolate
from records.models.kept import Kept
from records.models.reports import Report


class ReportSchedule(Kept):
    """What is to be made, when, and to whom it goes."""

    user = models.ForeignKey(User, models.CASCADE, related_name="report_schedules", help_text="in whose name")
    is_enabled = models.BooleanField("enabled")
    parameters = models.JSONField(help_text="by the names of the API")
    due_on = models.DateField(null=True, editable=False, help_text="the day by the user's clock; null: never")
    due_at = models.DateTimeField(null=True, editable=False)
    fired_on = models.DateField(null=True, editable=False, help_text="the last day that was made")
    fired_at = models.DateTimeField(null=True, editable=False)
    last_report_id = models.BigIntegerField(null=True, editable=False, help_text="it may be gone")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], name="schedules_by_due")]

    def __str__(self) -> str:
        return isolate(self.parameters["report"]["title"])


class ReportLetter(models.Model):
    """A letter that brings a report to one address."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="letters")
    address = models.EmailField()
    format = models.CharField(max_length=8)
    is_zipped = models.BooleanField(default=False)
    message_id = models.UUIDField(default=uuid4, help_text="the same however often it is tried")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "address"], name="a_report_once_per_address")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="report_letters_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"report {self.report_id} to {self.address}"
