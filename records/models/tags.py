"""Words that are put to records, so that they are found together (records §6)."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from accounts.wire.characters import isolate
from records.models.kept import Kept, name
from trackers.models import Tracker


class Tag(Kept):
    name = name(60)
    color = models.CharField(
        max_length=6, default="27A9E3", validators=[RegexValidator(r"\A[0-9A-Fa-f]{6}\Z", "six hex digits")]
    )

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return isolate(self.name)


class TrackerTag(models.Model):
    """A tag of a tracker, and its place among them."""

    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="tracker_tags")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tracker_tags")
    ordinal = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["tracker", "tag"], name="a_tag_once_per_tracker"),
            models.UniqueConstraint(fields=["tracker", "ordinal"], name="a_place_once_per_tracker"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} of {self.tracker}"
