"""Every change of trackers, and who must hear of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.notices import publish
from accounts.services.credentials import new_hash
from accounts.services.users import before_user_removal
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.models import Group, Source, SourceReport, Tracker
from trackers.services.groups import hold_group
from trackers.services.ingestion import create_states
from trackers.services.publishing import publish_lifecycle
from trackers.storage.last_reports import ids_of
from trackers.storage.states import lock_record, lock_source_rows, lock_sources_and_states


@transaction.atomic
def register_tracker(
    *,
    account: User,
    device_id: str,
    label: str,
    group: Group | None = None,
    model: str = "osmand",
    phone: str = "",
) -> Tracker:
    """A new device and the account's tracker on it.

    Raises ApiError DEVICE_ID_IN_USE when another source has the device id.
    """
    try:
        with transaction.atomic():
            source = Source.objects.create(device_id=device_id, model=model, phone=phone)
    except IntegrityError as error:
        raise ApiError(ErrorCode.DEVICE_ID_IN_USE) from error
    create_states([source])
    publish(account.pk, TrackersChanged())
    return Tracker.objects.create(account=account, source=source, label=label, group=group)


@transaction.atomic
def clone_tracker(tracker: Tracker, *, account: User, label: str) -> Tracker:
    """A second tracker, of another account, on the same source.

    Raises ApiError: NOT_FOR_CLONES for a clone of a clone, ALREADY_CORRUPTED when the source was just removed,
    ENTITY_EXISTS when the account has a tracker on it.
    """
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    if lock_source_rows([tracker.source_id]).get().is_corrupted:
        raise ApiError(ErrorCode.ALREADY_CORRUPTED)
    refuse_second_tracker(tracker.source_id, account)
    publish(account.pk, TrackersChanged())
    return Tracker.objects.create(account=account, source=tracker.source, label=label, is_clone=True)


def refuse_second_tracker(source_id: int, account: User) -> None:
    """Raises ApiError ENTITY_EXISTS when the account has a tracker on the source, which the caller has locked."""
    if Tracker.objects.filter(source_id=source_id, account=account).exists():
        raise ApiError(ErrorCode.ENTITY_EXISTS)


@transaction.atomic
def set_blocked(source_id: int, *, is_blocked: bool) -> None:
    """Blocks or unblocks a source for all its trackers, for the staff; nothing is told when it is so already.

    What the staff has blocked its account cannot unblock.
    """
    _set_blocked(lock_source_rows([source_id]).get(), is_blocked=is_blocked, by_account=False)


@transaction.atomic
def set_blocked_by_account(source_id: int, *, is_blocked: bool) -> None:
    """Does so for the account that has the source.

    Raises ApiError NOT_PERMITTED for a source that the staff has blocked.
    """
    source = lock_source_rows([source_id]).get()
    if source.is_blocked and not source.is_blocked_by_account:
        raise ApiError(ErrorCode.NOT_PERMITTED)
    _set_blocked(source, is_blocked=is_blocked, by_account=is_blocked)


def _set_blocked(source: Source, *, is_blocked: bool, by_account: bool) -> None:
    if source.is_corrupted or (source.is_blocked, source.is_blocked_by_account) == (is_blocked, by_account):
        return
    was_blocked, source.is_blocked, source.is_blocked_by_account = source.is_blocked, is_blocked, by_account
    source.save(update_fields=["is_blocked", "is_blocked_by_account"])
    if is_blocked and not was_blocked:
        publish_lifecycle(source.pk, LifecycleEvent.BLOCK)
    elif was_blocked and not is_blocked:
        publish_lifecycle(source.pk, LifecycleEvent.UNBLOCK, lock_record(source.pk).state)


@transaction.atomic
def set_ingest_key(source_ids: Collection[int]) -> str:
    """A new key, which reports of these sources must bring from now on; it is not kept and cannot be shown again.

    One key for several, as a server that forwards the reports of many devices can bring only one.
    """
    credential = new_hash()
    lock_source_rows(source_ids).update(ingest_key_digest=digest_hash(credential))
    return credential


@transaction.atomic
def clear_ingest_key(source_ids: Collection[int]) -> None:
    """Lets reports of these sources in without a key."""
    lock_source_rows(source_ids).update(ingest_key_digest="")


@transaction.atomic
def corrupt_tracker(tracker: Tracker) -> None:
    """Removes a tracker, its clones and its source; the device id is free for another source afterwards.

    Raises ApiError: NOT_FOR_CLONES for a clone (api point 29), ALREADY_CORRUPTED when somebody else just did it.
    """
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    lock_sources_and_states([tracker.source_id])
    source = Source.objects.get(pk=tracker.source_id)
    if source.is_corrupted:
        raise ApiError(ErrorCode.ALREADY_CORRUPTED)
    publish_lifecycle(source.pk, LifecycleEvent.CORRUPT)
    Tracker.objects.filter(source=source).delete()
    SourceReport.objects.filter(pk__in=ids_of(source.pk)).delete()
    source.device_id = f"{source.device_id}~{source.pk}"
    source.phone = ""
    source.is_corrupted = True
    source.save()


@transaction.atomic
def remove_tracker(tracker: Tracker) -> None:
    """Removes a tracker: an original with its source and clones, a clone alone."""
    if not tracker.is_clone:
        corrupt_tracker(tracker)
        return
    lock_sources_and_states([tracker.source_id])
    publish(tracker.account_id, LifecycleChanged(tracker.source_id, LifecycleEvent.CORRUPT))
    tracker.delete()


@transaction.atomic
def update_tracker(tracker: Tracker, *, label: str, group: Group | None) -> None:
    """Renames a tracker and puts it into a group, or into none.

    Raises ApiError: NOT_FOUND when the tracker is gone or another account's, ENTITY_NOT_FOUND when the group is gone.
    """
    hold_group(group, missing=ErrorCode.ENTITY_NOT_FOUND)
    if not Tracker.objects.filter(pk=tracker.pk, account=tracker.account_id).update(label=label, group=group):
        raise ApiError(ErrorCode.NOT_FOUND)
    publish(tracker.account_id, TrackersChanged(sees_more=False))
    tracker.label, tracker.group = label, group


def save_group(group: Group) -> None:
    """Stores a group."""
    group.save()


@transaction.atomic
def bind_sub_users(tracker: Tracker, sub_users: Iterable[User]) -> None:
    """Lets exactly these sub-users see the tracker; who could until now gets no more of it."""
    allowed = {user.pk for user in sub_users}
    before = set(tracker.sub_users.values_list("pk", flat=True))
    withdrawn = before - allowed
    tracker.sub_users.set(allowed)
    if allowed - before:
        publish(tracker.account_id, TrackersChanged())
    for user_id in withdrawn:
        publish(tracker.account_id, AccessWithdrawn(user_id, (tracker.source_id,)))


@before_user_removal
def remove_trackers_of(user: User) -> None:
    """Removes the trackers of an account whose master is about to go."""
    trackers = list(Tracker.objects.filter(account=user).select_related("source"))
    # All before the first is changed, and in their order: reports of several of them may be coming in.
    lock_sources_and_states([tracker.source_id for tracker in trackers])
    for tracker in trackers:
        remove_tracker(tracker)
