"""Every change of groups of trackers, and of what is in them.

All lock groups before trackers, and trackers in the order of their ids: in any other order two could wait for each
other.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.notices import publish
from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.notices import TrackersChanged
from trackers.models import Group, Tracker

MAX_GROUPS = 1000


@transaction.atomic
def create_group(account_id: int, *, title: str, color: str) -> Group:
    """A new, empty group. Raises ApiError TOO_MANY_ENTITIES when the account has as many as allowed."""
    list(User.objects.select_for_update(no_key=True).filter(pk=account_id))
    if Group.objects.filter(account=account_id).count() >= MAX_GROUPS:
        raise ApiError(ErrorCode.TOO_MANY_ENTITIES)
    return Group.objects.create(account_id=account_id, title=title, color=color)


@transaction.atomic
def change_group(group: Group, *, title: str, color: str) -> None:
    """Gives a group another title and color. Raises ApiError NOT_FOUND when it is gone."""
    if not Group.objects.filter(pk=group.pk).update(title=title, color=color):
        raise ApiError(ErrorCode.NOT_FOUND)


@transaction.atomic
def remove_group(group: Group) -> None:
    """Removes a group; its trackers are in none then. Raises ApiError NOT_FOUND when it is gone."""
    hold_group(group, missing=ErrorCode.NOT_FOUND)
    _hold_trackers(Tracker.objects.filter(group=group))
    group.delete()
    publish(group.account_id, TrackersChanged(sees_more=False))


@transaction.atomic
def assign_group(account_id: int, tracker_ids: Collection[int], group: Group | None) -> None:
    """Puts trackers of the account into a group, or into none.

    Raises ApiError: NOT_FOUND when the group is gone, NONEXISTENT_ENTITIES when a tracker is.
    """
    hold_group(group, missing=ErrorCode.NOT_FOUND)
    trackers = Tracker.objects.filter(account=account_id, pk__in=tracker_ids)
    if _hold_trackers(trackers) < len(tracker_ids):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    trackers.update(group=group)
    publish(account_id, TrackersChanged(sees_more=False))


def hold_group(group: Group | None, *, missing: ErrorCode) -> None:
    """Nobody removes this group until the transaction ends. Raises ApiError `missing` when somebody has."""
    if group is not None and not list(Group.objects.select_for_update().filter(pk=group.pk)):
        raise ApiError(missing)


def _hold_trackers(trackers: QuerySet[Tracker]) -> int:
    return len(trackers.select_for_update(no_key=True).order_by("pk").values_list("pk"))
