"""Browsers that asked for pushes: each is of one session, and goes with it (alerts §6.6)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Session, validate_time_zone
from accounts.selectors import Principal, first_of
from accounts.services.users import lock_account
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Alert, PushDevice
from alerts.services.push.encryption import read_keys
from alerts.services.webhooks import check_url
from trackers.models import Tracker

MAX_DEVICES = 10
# Each alert is a delivery for each of them, written in the transaction of a report.
MAX_DEVICES_OF_ACCOUNT = 200


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser says of itself."""

    endpoint: str
    public_key: str
    auth_secret: str
    time_zone: str = "UTC"
    quiet_from: time | None = None
    """With `quiet_to` the hours, by the clock of `time_zone`, in which nothing is pushed; they may go past midnight."""
    quiet_to: time | None = None


@transaction.atomic
def keep_device(principal: Principal, wanted: Subscription) -> PushDevice:
    """Has a browser told of alerts while the session lasts; one that was another login's is so no longer.

    Of too many devices of a login the oldest goes. Raises ValidationError for what nothing can be pushed to, and
    ApiError: OVER_QUOTA when the account has as many as allowed, SESSION_ENDED when the login ended meanwhile.
    """
    _check(wanted)
    lock_account(principal.account_id)
    digest = digest_of(wanted.endpoint)
    others = PushDevice.objects.exclude(digest=digest)
    surplus = others.filter(session__user=principal.user_id).order_by("-pk")[MAX_DEVICES - 1 :]
    PushDevice.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))).delete()
    if others.filter(_of_accounts({principal.account_id})).count() >= MAX_DEVICES_OF_ACCOUNT:
        raise ApiError(ErrorCode.OVER_QUOTA)
    session = first_of(Session.objects.filter(digest=principal.digest), missing=ErrorCode.SESSION_ENDED)
    device, _ = PushDevice.objects.update_or_create(
        digest=digest,
        defaults={
            "session": session,
            "endpoint": wanted.endpoint,
            "public_key": wanted.public_key,
            "auth_secret": wanted.auth_secret,
            "time_zone": wanted.time_zone,
            "quiet_from": wanted.quiet_from,
            "quiet_to": wanted.quiet_to,
        },
    )
    return device


def _check(wanted: Subscription) -> None:
    try:
        check_url(wanted.endpoint)
    except ValidationError as error:
        raise ValidationError({"endpoint": error.message_dict["url"]}) from error
    if not (wanted.endpoint.startswith("https://") or settings.WEBHOOK_PRIVATE_ADDRESSES):
        raise ValidationError({"endpoint": "must begin with https://"})
    try:
        read_keys(wanted.public_key, wanted.auth_secret)
    except ValueError as error:
        raise ValidationError({"keys": "are not those of a browser"}) from error
    try:
        validate_time_zone(wanted.time_zone)
    except ValidationError as error:
        raise ValidationError({"time_zone": error.messages}) from error


def devices_of(principal: Principal) -> QuerySet[PushDevice]:
    """The devices of a login."""
    return PushDevice.objects.filter(session__user=principal.user_id)


def forget_device(device: PushDevice) -> None:
    """Tells a browser of nothing from now on."""
    device.delete()


def digest_of(endpoint: str) -> str:
    """By what a browser is found."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def devices_to_tell(alerts: Sequence[Alert], now: datetime) -> Iterator[tuple[Alert, int]]:
    """Which devices, by id, are told of alerts that push: those of logins that see them, but for quiet hours."""
    pushed = [alert for alert in alerts if alert.is_pushed]
    devices = _awake({alert.account_id for alert in pushed}, now) if pushed else {}
    seen = _seen({alert.tracker_id for alert in pushed}) if devices else set()
    for alert in pushed:
        for device in devices.get(alert.account_id, ()):
            user = device.session.user
            is_seen = user.master_id is None or (alert.tracker_id, user.pk) in seen
            if is_seen and alert.private_to_id in (None, user.pk):
                yield alert, device.pk


def _awake(account_ids: set[int], now: datetime) -> Mapping[int, Sequence[PushDevice]]:
    """The devices of live sessions that may ring now, by account."""
    devices = PushDevice.objects.filter(_of_accounts(account_ids), session__expires_at__gt=now)
    found: defaultdict[int, list[PushDevice]] = defaultdict(list)
    for device in devices.select_related("session__user__master").order_by("pk"):
        if device.session.user.may_log_in and not is_quiet(device, now):
            found[device.session.user.account_id].append(device)
    return found


def _of_accounts(account_ids: set[int]) -> Q:
    return Q(session__user__in=account_ids) | Q(session__user__master__in=account_ids)


def _seen(tracker_ids: set[int]) -> set[tuple[int, int]]:
    """Which sub-users see which of the trackers."""
    pairs = Tracker.sub_users.through.objects.filter(tracker_id__in=tracker_ids)
    return set(pairs.values_list("tracker_id", "user_id"))


def is_quiet(device: PushDevice, now: datetime) -> bool:
    """Whether the device is to be left alone now."""
    begin, end = device.quiet_from, device.quiet_to
    if begin is None or end is None or begin == end:
        return False
    clock = now.astimezone(ZoneInfo(device.time_zone)).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end
