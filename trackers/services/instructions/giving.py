"""How users give instructions to devices, and take them back (records §13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.instructions import OUTPUT_LIFETIME, Carrier, InstructionKind, InstructionStatus, Wanted
from trackers.engine.state import ConnectionStatus
from trackers.models import Instruction, Tracker
from trackers.rendering.device_models import MODELS, DeviceModel
from trackers.services.instructions.metrics import count_outcomes
from trackers.services.selectors import tracked_sources
from trackers.storage.states import lock_source_rows

MAX_OPEN = 20
"""Instructions to one device whose outcome is not known yet."""
MAX_KEPT = 10_000
"""Instructions of one account; beyond it the oldest that are over go, some at a time."""
_DROPPED_AT_ONCE = 100
RATE_WINDOW = timedelta(minutes=1)
WITHDRAWN, WITHDRAWN_LATE = "withdrawn", "withdrawn after it was sent: the device may carry it out"
_ONLINE = (ConnectionStatus.ACTIVE, ConnectionStatus.IDLE, ConnectionStatus.SIGNAL_LOST)


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants of a device, and whether it is to be sent until it has arrived."""

    wanted: Wanted
    is_reliable: bool = True


def takes_commands(model: DeviceModel | None) -> bool:
    """Whether instructions can be carried to devices of a model: its way in must take them, and be set up for it."""
    if model is None or model.carrier is None:
        return False
    return bool(settings.MQTT_COMMANDS if model.carrier is Carrier.MQTT else settings.TRACCAR_API_URL)


def carrier_to(tracker: Tracker) -> Carrier:
    """By what way instructions get to the device. Raises ApiError NOT_SUPPORTED when there is none."""
    model = MODELS.get(tracker.source.model)
    if model is None or model.carrier is None or not takes_commands(model):
        raise ApiError(ErrorCode.NOT_SUPPORTED)
    return model.carrier


def refuse_absent(tracker: Tracker) -> None:
    """Raises ApiError DEVICE_OFFLINE for a device that is not connected."""
    (tracked,) = tracked_sources(tracker.account_id, [tracker.pk])
    if tracked.state.connection_status not in _ONLINE:
        raise ApiError(ErrorCode.DEVICE_OFFLINE)


@transaction.atomic
def instruct(caller: Principal, tracker: Tracker, order: Order) -> Instruction:
    """Has a device be told something: what it is waits in the database until it is carried there, or has expired.

    Raises ApiError: NOT_SUPPORTED when nothing carries it, NOT_FOUND when the tracker is gone or another account's,
    TOO_MANY_REQUESTS when the account gives too many, OVER_QUOTA when too many wait for this device, SESSION_ENDED when
    the user is gone.
    """
    carrier, now = carrier_to(tracker), timezone.now()
    user = _hold_users(caller)
    lock_source_rows([tracker.source_id])
    if not Tracker.objects.filter(pk=tracker.pk, account=caller.account_id).exists():
        raise ApiError(ErrorCode.NOT_FOUND)
    _refuse_haste(caller.account_id, now)
    if unconfirmed(tracker).count() >= MAX_OPEN:
        raise ApiError(ErrorCode.OVER_QUOTA)
    given = Instruction.objects.create(
        account_id=caller.account_id,
        user=user,
        login=user.login,
        source_id=tracker.source_id,
        carrier=carrier,
        kind=order.wanted.kind,
        body=order.wanted.body,
        is_reliable=order.is_reliable,
        created_at=now,
        expires_at=now + _lifetime(order.wanted),
        next_attempt_at=now,
    )
    if given.pk % _DROPPED_AT_ONCE == 0:
        _drop_oldest(caller.account_id)
    return given


def _drop_oldest(account_id: int) -> None:
    own = Instruction.objects.filter(account=account_id)
    kept = own.order_by("-pk").values_list("pk", flat=True)[MAX_KEPT - 1 : MAX_KEPT]
    for oldest in kept:
        own.filter(pk__lt=oldest, finished_at__isnull=False).delete()


def unconfirmed(tracker: Tracker) -> QuerySet[Instruction]:
    """The account's instructions to a device whose outcome is not known yet."""
    return Instruction.objects.filter(source=tracker.source_id, account=tracker.account_id, finished_at=None)


def instructions_of(tracker: Tracker, most: int) -> list[Instruction]:
    """The account's last instructions to a device, the newest first."""
    return list(Instruction.objects.filter(source=tracker.source_id, account=tracker.account_id)[:most])


def withdraw(open_ones: QuerySet[Instruction]) -> int:
    """Has nobody send these instructions any more, and wait for no outcome; how many.

    One that was sent, or is just being sent, may be carried out all the same, which its reason says.
    """
    now = timezone.now()
    still_here = open_ones.filter(finished_at=None)
    cancelled = {"status": InstructionStatus.CANCELLED, "finished_at": now, "next_attempt_at": None}
    unsent = still_here.filter(copies=0, claimed_until=None).update(**cancelled, reason=WITHDRAWN)
    sent = still_here.update(**cancelled, claimed_until=None, reason=WITHDRAWN_LATE)
    count_outcomes(InstructionStatus.CANCELLED, unsent + sent)
    return unsent + sent


def _lifetime(wanted: Wanted) -> timedelta:
    own = wanted.kind is InstructionKind.OUTPUTS
    return OUTPUT_LIFETIME if own else timedelta(seconds=settings.DEVICE_COMMAND_LIFETIME_S)


def _hold_users(caller: Principal) -> User:
    """The user who calls; the account's instructions are counted by one at a time until the transaction ends.

    Raises ApiError SESSION_ENDED.
    """
    user_ids = {caller.account_id, caller.user_id}
    users = User.objects.select_for_update(no_key=True).order_by("pk").in_bulk(user_ids)
    if len(users) < len(user_ids):
        raise ApiError(ErrorCode.SESSION_ENDED)
    return users[caller.user_id]


def _refuse_haste(account_id: int, now: datetime) -> None:
    """Raises ApiError TOO_MANY_REQUESTS, with the seconds until the oldest of the last minute is older than that."""
    recent = Instruction.objects.filter(account=account_id, created_at__gt=now - RATE_WINDOW, created_at__lte=now)
    latest = list(recent.order_by("-pk").values_list("created_at", flat=True)[: settings.DEVICE_COMMANDS_PER_MINUTE])
    if len(latest) == settings.DEVICE_COMMANDS_PER_MINUTE:
        wait = latest[-1] + RATE_WINDOW - now
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS, retry_after_s=int(wait.total_seconds()) + 1)
