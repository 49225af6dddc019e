"""How the users of an account bring devices in and take them out."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.counters import CounterType
from trackers.models import Counter, Group, Source, Tracker
from trackers.services.groups import hold_group
from trackers.services.settings import save_counter
from trackers.services.trackers import corrupt_tracker, register_tracker, set_ingest_key
from trackers.storage.states import lock_source_rows


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What is known of a device before its first report."""

    device_id: str
    model: str
    phone: str = ""
    """Digits; empty: none."""
    demands_key: bool = False
    """Whether its reports must bring a key."""


@transaction.atomic
def register_device(
    principal: Principal, device: NewDevice, *, label: str, group: Group | None
) -> tuple[Tracker, str | None]:
    """The tracker of the caller's account on a new device, with an odometer, and the ingest key that its reports must
    bring, if it demands one: it is not kept. A sub-user who registers one sees it.

    Raises ApiError: ENTITY_NOT_FOUND when the group is gone, TOO_MANY_TRACKERS when the account has as many trackers as
    allowed, PHONE_IN_USE for a phone and DEVICE_ID_IN_USE for a device id of another source.
    """
    account = _hold_users(principal)
    hold_group(group, missing=ErrorCode.ENTITY_NOT_FOUND)
    if Tracker.objects.filter(account=account).count() >= settings.MAX_TRACKERS_PER_ACCOUNT:
        raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
    _check_phone(device.phone)
    tracker = register_tracker(
        account=account,
        device_id=device.device_id,
        label=label,
        group=group,
        model=device.model,
        phone=device.phone,
    )
    save_counter(Counter(source=tracker.source, counter_type=CounterType.ODOMETER))
    if not principal.is_master:
        tracker.sub_users.add(principal.user_id)
    return tracker, set_ingest_key([tracker.source_id]) if device.demands_key else None


@transaction.atomic
def corrupt_single_tracker(tracker: Tracker) -> None:
    """Removes a tracker and its source.

    Raises ApiError: NOT_FOR_CLONES for a clone, ALREADY_CORRUPTED when somebody else just did it, HAS_CLONES while
    there are clones, NOT_FOUND when it has become another account's.
    """
    lock_source_rows([tracker.source_id])
    if Tracker.objects.filter(pk=tracker.pk).exclude(account=tracker.account_id).exists():
        raise ApiError(ErrorCode.NOT_FOUND)
    if Tracker.objects.filter(source=tracker.source_id, is_clone=True).exclude(pk=tracker.pk).exists():
        raise ApiError(ErrorCode.HAS_CLONES)
    corrupt_tracker(tracker)


def _hold_users(principal: Principal) -> User:
    """The master's user; nobody removes it, or the caller's, until the transaction ends.

    Raises ApiError SESSION_ENDED.
    """
    user_ids = {principal.account_id, principal.user_id}
    users = User.objects.select_for_update(no_key=True).order_by("pk").in_bulk(user_ids)
    if len(users) < len(user_ids):
        raise ApiError(ErrorCode.SESSION_ENDED)
    return users[principal.account_id]


def _check_phone(phone: str) -> None:
    """Raises ApiError PHONE_IN_USE. Two who bring the same phone at once wait for each other, on SQLite in any case."""
    if not phone:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [phone])
    if Source.objects.filter(phone=phone).exists():
        raise ApiError(ErrorCode.PHONE_IN_USE)
