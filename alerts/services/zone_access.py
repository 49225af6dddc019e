"""Every change of which zones a sub-user sees (alerts §1.4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Zone, ZoneAccess


@dataclass(frozen=True, slots=True)
class SeenZones:
    """What a sub-user sees: all of the account's zones, or those that are bound to it."""

    is_to_all: bool
    bound: QuerySet[Zone]


def zones_seen_by(sub_user: User) -> SeenZones:
    """The zones of a sub-user."""
    bound = Zone.objects.filter(account=sub_user.account_id, accesses__user=sub_user)
    return SeenZones(ZoneAccess.objects.filter(user=sub_user, is_to_all=True).exists(), bound)


@transaction.atomic
def bind_zones(sub_user: User, zone_ids: Collection[int], *, is_to_all: bool | None) -> None:
    """Lets a sub-user see these zones besides those it sees already, and all or no longer all; None: as before.

    Raises ApiError NOT_FOUND when a zone is not the account's, and changes nothing then.
    """
    access = _hold_access(sub_user)
    access.zones.add(*_zones_of(sub_user, zone_ids))
    if is_to_all is not None:
        access.is_to_all = is_to_all
        access.save(update_fields=["is_to_all"])


@transaction.atomic
def unbind_zones(sub_user: User, zone_ids: Collection[int]) -> None:
    """Hides these zones from a sub-user, unless it sees all.

    Raises ApiError NOT_FOUND when a zone is not the account's, and changes nothing then.
    """
    _hold_access(sub_user).zones.remove(*_zones_of(sub_user, zone_ids))


@transaction.atomic
def set_zones(sub_user: User, zone_ids: Collection[int], *, is_to_all: bool) -> None:
    """Has a sub-user see exactly these zones, or all."""
    access = _hold_access(sub_user)
    access.zones.set(_zones_of(sub_user, zone_ids))
    access.is_to_all = is_to_all
    access.save(update_fields=["is_to_all"])


def _hold_access(sub_user: User) -> ZoneAccess:
    if not list(User.objects.select_for_update(no_key=True).filter(pk=sub_user.pk).values_list("pk")):
        raise ApiError(ErrorCode.NOT_FOUND)
    return ZoneAccess.objects.get_or_create(user=sub_user)[0]


def _zones_of(sub_user: User, zone_ids: Collection[int]) -> list[int]:
    found = list(Zone.objects.filter(account=sub_user.account_id, pk__in=zone_ids).values_list("pk", flat=True))
    if len(found) < len(set(zone_ids)):
        raise ApiError(ErrorCode.NOT_FOUND)
    return found
