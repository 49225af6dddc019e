"""What drivers are to do, and where (records §7)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from accounts.wire.characters import isolate
from records.models.kept import Kept, Located, name, text
from records.models.tags import Tag
from trackers.models import Tracker

MAX_MINUTES = 7 * 24 * 60


class TaskKind(models.TextChoices):
    """A route is its checkpoints, which are tasks with a place in it. All have ids of one row."""

    TASK = "task"
    ROUTE = "route"
    CHECKPOINT = "checkpoint"


class TaskStatus(models.TextChoices):
    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    ARRIVED = "arrived"
    DONE = "done"
    DELAYED = "delayed"
    FAILED = "failed"
    FAULTY = "faulty"


class Task(Kept, Located):
    """A place to be visited in a time, or a row of such places."""

    kind = models.CharField(max_length=16, default=TaskKind.TASK, choices=TaskKind.choices, editable=False)
    route = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="checkpoints", editable=False)
    position = models.PositiveIntegerField(default=0, editable=False, help_text="in the route")
    tracker = models.ForeignKey(Tracker, models.SET_NULL, null=True, blank=True, related_name="tasks")
    label = name(200)
    description = text(1024)
    external_id = text(64)
    begins_at = models.DateTimeField(null=True, help_text="not to be visited before")
    ends_at = models.DateTimeField(null=True, help_text="nor after")
    max_delay = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MAX_MINUTES)], help_text="minutes after the end that are still good"
    )
    min_stay_duration = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MAX_MINUTES)], help_text="minutes"
    )
    status = models.CharField(max_length=16, default=TaskStatus.UNASSIGNED, choices=TaskStatus.choices, editable=False)
    status_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="tasks")

    class Meta:
        ordering = ["begins_at", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)
