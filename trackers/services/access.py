"""Every change of who may see a tracker, and who must hear of it: sub-users (api §2.7), other accounts (2.9)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from accounts.notices import publish
from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.notices import AccessWithdrawn, TrackersChanged
from trackers.models import Tracker
from trackers.services.trackers import refuse_second_tracker
from trackers.services.watching import show_move
from trackers.storage.states import lock_source_rows


@transaction.atomic
def bind_trackers(sub_user: User, tracker_ids: Collection[int]) -> None:
    """Lets a sub-user see these trackers besides those it sees already.

    Raises ApiError: WRONG_ENTRIES as `unbind_trackers`, NOT_FOUND when the sub-user is gone.
    """
    if not User.objects.select_for_update(no_key=True).filter(pk=sub_user.pk).first():
        raise ApiError(ErrorCode.NOT_FOUND)
    trackers = _lock_trackers(sub_user.account_id, tracker_ids)
    sub_user.bound_trackers.add(*trackers)
    publish(sub_user.account_id, TrackersChanged())


@transaction.atomic
def unbind_trackers(sub_user: User, tracker_ids: Collection[int]) -> None:
    """Hides these trackers from a sub-user; its events of them cease.

    Raises ApiError WRONG_ENTRIES unless all are the account's, and changes nothing then.
    """
    trackers = _lock_trackers(sub_user.account_id, tracker_ids)
    sub_user.bound_trackers.remove(*trackers)
    publish(sub_user.account_id, AccessWithdrawn(sub_user.pk, tuple(tracker.source_id for tracker in trackers)))


@transaction.atomic
def move_tracker(tracker: Tracker, account: User) -> None:
    """Makes a tracker, with its id and its device, another account's; its clones stay where they are.

    Groups, sub-users and records are the old account's and are left behind; what subscribes there to the tracker falls
    silent. Raises ApiError: NOT_FOR_CLONES for a clone, ENTITY_EXISTS when the account has a tracker on that source,
    NOT_FOUND when it is gone.
    """
    (tracker,) = _lock_trackers(tracker.account_id, [tracker.pk], missing=ErrorCode.NOT_FOUND)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    refuse_second_tracker(tracker.source_id, account)
    publish(tracker.account_id, AccessWithdrawn(None, (tracker.source_id,)))
    publish(account.pk, TrackersChanged())
    tracker.sub_users.clear()
    tracker.account, tracker.group = account, None
    tracker.save(update_fields=["account", "group"])
    show_move(tracker.pk)


def _lock_trackers(
    account_id: int, tracker_ids: Collection[int], *, missing: ErrorCode = ErrorCode.WRONG_ENTRIES
) -> list[Tracker]:
    """These trackers of an account, which nobody moves or removes until the transaction ends."""
    wanted = set(tracker_ids)
    trackers = Tracker.objects.filter(account_id=account_id, pk__in=wanted)
    lock_source_rows(list(trackers.values_list("source_id", flat=True)))
    # What came first may have moved or removed some.
    found = list(trackers.all())
    if len(found) < len(wanted):
        raise ApiError(missing)
    return found
