"""Which tags a tracker has (records §6)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from records.models import TrackerTag
from records.services import keeping
from trackers.models import Tracker


@transaction.atomic
def set_tracker_tags(tracker: Tracker, tag_by_ordinal: Mapping[int, int]) -> None:
    """Puts tags in the place of all that a tracker had. Raises ApiError NONEXISTENT_ENTITIES."""
    keeping.hold_account(tracker.account_id)
    keeping.find_tags(tracker.account_id, list(tag_by_ordinal.values()))
    TrackerTag.objects.filter(tracker=tracker).delete()
    TrackerTag.objects.bulk_create(
        TrackerTag(tracker=tracker, tag_id=tag_id, ordinal=ordinal) for ordinal, tag_id in tag_by_ordinal.items()
    )
