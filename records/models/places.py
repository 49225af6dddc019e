"""Points of interest (records §5)."""

from __future__ import annotations

from django.db import models

from accounts.wire.characters import isolate
from records.models.kept import Kept, Located, name, text
from records.models.tags import Tag


class Place(Kept, Located):
    """A circle on the map with a name: a shop, a customer, a warehouse."""

    label = name(255)
    description = text(1024)
    external_id = text(32)
    tags = models.ManyToManyField(Tag, blank=True, related_name="places")

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)
