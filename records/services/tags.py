"""Which tags a tracker has (records §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import transaction

from accounts.notices import publish
from records.models import TrackerTag
from records.services import keeping
from trackers.engine.notices import TrackersChanged
from trackers.models import Tracker
from trackers.services.tagging import Bindings, TagBinding


@transaction.atomic
def set_tracker_tags(tracker: Tracker, tag_by_ordinal: Mapping[int, int]) -> None:
    """Puts tags in the place of all that a tracker had. Raises ApiError NONEXISTENT_ENTITIES."""
    keeping.hold_account(tracker.account_id)
    keeping.find_tags(tracker.account_id, list(tag_by_ordinal.values()))
    TrackerTag.objects.filter(tracker=tracker).delete()
    TrackerTag.objects.bulk_create(
        TrackerTag(tracker=tracker, tag_id=tag_id, ordinal=ordinal) for ordinal, tag_id in tag_by_ordinal.items()
    )
    publish(tracker.account_id, TrackersChanged(sees_more=False))


def read_tracker_tags(account_id: int, tracker_ids: Collection[int] | None) -> Bindings:
    """The tags of an account's trackers, of those with these ids or of all."""
    only = {} if tracker_ids is None else {"tracker__in": tracker_ids}
    rows = TrackerTag.objects.filter(tracker__account=account_id, **only).order_by("ordinal")
    found: dict[int, list[TagBinding]] = defaultdict(list)
    for tracker_id, *binding in rows.values_list("tracker", "tag", "ordinal"):
        found[tracker_id].append(TagBinding(*binding))
    return found
