"""Registers many trackers at once, as an import or a demo fleet brings them: some statements for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.notices import publish
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from trackers.engine.counters import CounterRule, CounterType
from trackers.engine.notices import TrackersChanged
from trackers.engine.readings import Instruments
from trackers.engine.rules import OwnRules
from trackers.models import Counter, Group, Source, Tracker
from trackers.rendering.device_models import refuse_device_id
from trackers.services.groups import hold_group
from trackers.services.ingestion import create_states
from trackers.services.settings import own_rules_text


@dataclass(frozen=True, slots=True)
class NewTracker:
    """What is known of a tracker before its first report."""

    device_id: str
    label: str
    group: Group | None = None
    model: str = "osmand"
    phone: str = ""
    """Digits; empty: none."""


@transaction.atomic
def register_trackers(
    account: User, newcomers: Sequence[NewTracker], *, counters: Collection[CounterType] = ()
) -> list[Tracker]:
    """The account's trackers on new devices, in the order given, each with these counters; the account hears once.

    Devices on which the account has a tracker are left as they are, so whoever was interrupted can begin again. How
    many an account may have is the caller's to ask.

    Raises ApiError, and registers none then: NOT_FOUND when the account is gone, ENTITY_NOT_FOUND when a group is,
    DEVICE_ID_IN_USE when another source has one of the device ids, or two of the newcomers have the same,
    PHONE_IN_USE when another source or two of them have the same phone, INVALID_PARAMETERS when one of them can be no
    device's.
    """
    _check_device_ids(newcomers)
    hold_account(account)
    known = set(Tracker.objects.filter(account=account).values_list("source__device_id", flat=True))
    missing = [one for one in newcomers if one.device_id not in known]
    _hold_groups(missing)
    _check_phones([one.phone for one in missing if one.phone])
    sources = _create_sources(missing, counters)
    create_states(sources.values())
    rows = [Counter(source=source, counter_type=kind) for source in sources.values() for kind in counters]
    Counter.objects.bulk_create(rows)
    if missing:
        publish(account.pk, TrackersChanged())
    return Tracker.objects.bulk_create(
        Tracker(account=account, source=sources[one.device_id], label=one.label, group=one.group) for one in missing
    )


def _check_device_ids(newcomers: Sequence[NewTracker]) -> None:
    for number, one in enumerate(newcomers):
        if (refusal := refuse_device_id(one.device_id, one.model)) is not None:
            raise invalid_parameter(f"{number}.device_id", refusal)


def _check_phones(phones: Sequence[str]) -> None:
    if len(set(phones)) < len(phones) or Source.objects.filter(phone__in=phones).exists():
        raise ApiError(ErrorCode.PHONE_IN_USE)


def hold_account(account: User) -> None:
    """Nobody else registers trackers of the account in bulk until the transaction ends. Raises ApiError NOT_FOUND."""
    if not list(User.objects.select_for_update(no_key=True).filter(pk=account.pk)):
        raise ApiError(ErrorCode.NOT_FOUND)


def _hold_groups(newcomers: Sequence[NewTracker]) -> None:
    groups = {one.group.pk: one.group for one in newcomers if one.group is not None}
    for _, group in sorted(groups.items()):
        hold_group(group, missing=ErrorCode.ENTITY_NOT_FOUND)


def _create_sources(newcomers: Sequence[NewTracker], counters: Collection[CounterType]) -> dict[str, Source]:
    """The new sources by device id, with the rules that their counters give them."""
    rules = tuple(CounterRule(kind) for kind in counters)
    own_rules = own_rules_text(OwnRules(instruments=Instruments(counters=rules) if rules else None))
    # In the order of the device ids: two who bring the same devices would wait for each other in any other one.
    ordered = sorted(newcomers, key=lambda one: one.device_id)
    rows = [Source(device_id=one.device_id, model=one.model, phone=one.phone, own_rules=own_rules) for one in ordered]
    try:
        with transaction.atomic():
            return {source.device_id: source for source in Source.objects.bulk_create(rows)}
    except IntegrityError as error:
        raise ApiError(ErrorCode.DEVICE_ID_IN_USE) from error
