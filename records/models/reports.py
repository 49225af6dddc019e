"""Reports of the past, made sheet by sheet (records §9)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.wire.characters import isolate
from records.models.kept import Kept, name


class Report(Kept):
    """What is asked for, and how far it is. The sheets are of the trackers, in their order."""

    user = models.ForeignKey(User, models.CASCADE, related_name="reports", help_text="who asked for it")
    title = name(255)
    since = models.DateTimeField()
    until = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    tracker_ids = models.JSONField()
    time_filter = models.JSONField()
    plugin = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True, help_text="somebody is at work on the next sheet until then")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="at the next sheet")

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["finished_at", "created_at"], name="reports_by_end")]

    def __str__(self) -> str:
        return isolate(self.title)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class ReportSheet(models.Model):
    """What a report says of one tracker."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="sheets")
    position = models.PositiveIntegerField()
    document = models.TextField(help_text="JSON, as clients read it; empty: of a tracker that is gone")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["report", "position"], name="a_sheet_once_per_report")]

    def __str__(self) -> str:
        return f"sheet {self.position} of report {self.report_id}"
