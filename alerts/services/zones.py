"""Every change of zones. Who changes those of an account holds the account's row (alerts §1.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, Entities, ErrorCode
from alerts.geometry.drawings import Drawing
from alerts.models import AlertRule, Zone, ZoneAccess, ZoneSet
from alerts.services.beginnings import begin_rules_of_zones
from alerts.storage.zones import draw, drawing_of

BATCH = 500


def visible_zones(principal: Principal) -> QuerySet[Zone]:
    """The zones that the principal may see: a sub-user those that are bound to it."""
    zones = Zone.objects.filter(account_id=principal.account_id)
    if principal.is_master or ZoneAccess.objects.filter(user=principal.user_id, is_to_all=True).exists():
        return zones
    return zones.filter(accesses__user=principal.user_id)


@transaction.atomic
def create_zones(account_id: int, drawings: Sequence[Drawing], *, maker_id: int, is_staff: bool = False) -> list[int]:
    """New zones of an account, by id; one that a sub-user makes is bound to it. The staff is not held to the quota.

    Raises ApiError: OVER_QUOTA when the account would have too many zones or points, NOT_FOUND when it is gone.
    """
    revision = _hold_zones(account_id)
    if not is_staff:
        _refuse_over_quota(account_id, len(drawings), sum(len(drawing.points) for drawing in drawings))
    zones = [Zone(account_id=account_id, revision=revision) for _ in drawings]
    for zone, drawing in zip(zones, drawings, strict=True):
        draw(zone, drawing)
    made = Zone.objects.bulk_create(zones, batch_size=BATCH)
    if maker_id != account_id:
        ZoneAccess.objects.get_or_create(user_id=maker_id)[0].zones.add(*made)
    return [zone.pk for zone in made]


@transaction.atomic
def change_zone(zone: Zone, drawing: Drawing) -> None:
    """Has the zone be as the drawing is.

    Raises ApiError: TYPE_MISMATCH for another shape, OVER_QUOTA, NOT_FOUND when it is gone.
    """
    revision = _hold_zones(zone.account_id)
    stored = Zone.objects.select_for_update().filter(pk=zone.pk).first()
    if stored is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    if stored.shape != drawing.shape:
        raise ApiError(ErrorCode.TYPE_MISMATCH)
    _refuse_over_quota(zone.account_id, 0, len(drawing.points) - stored.point_count)
    before = drawing_of(stored)
    draw(stored, drawing)
    stored.revision = revision
    stored.save()
    if (before.radius_m, before.center, before.points) != (drawing.radius_m, drawing.center, drawing.points):
        begin_rules_of_zones([stored.pk])


@transaction.atomic
def remove_zones(account_id: int, zone_ids: Collection[int]) -> None:
    """Removes all of these zones, or none.

    Raises ApiError: NOT_FOUND when one is not there, IN_USE with the rules that need one of them.
    """
    _hold_zones(account_id)
    zones = Zone.objects.filter(account=account_id, pk__in=zone_ids)
    # A rule that takes one of them meanwhile waits for this lock, or has come first and is seen below.
    if len(zones.select_for_update().order_by("pk").values_list("pk")) < len(set(zone_ids)):
        raise ApiError(ErrorCode.NOT_FOUND)
    refuse_in_use(zone_ids)
    zones.delete()


def refuse_in_use(zone_ids: Collection[int]) -> None:
    """Raises ApiError IN_USE, naming the rules, when a rule needs one of the zones."""
    rules = AlertRule.objects.filter(zones__in=zone_ids).order_by("pk").distinct().values_list("pk", flat=True)
    if rule_ids := tuple(rules):
        raise ApiError(ErrorCode.IN_USE, entities=[Entities("rules", rule_ids)])


def _hold_zones(account_id: int) -> int:
    """Nobody else changes the account's zones until the transaction ends; the revision of this change."""
    if not list(User.objects.select_for_update(no_key=True).filter(pk=account_id).values_list("pk")):
        raise ApiError(ErrorCode.NOT_FOUND)
    zone_set, _ = ZoneSet.objects.get_or_create(account_id=account_id)
    zone_set.revision = max(zone_set.revision + 1, int(timezone.now().timestamp() * 1_000_000))
    zone_set.save()
    return zone_set.revision


def _refuse_over_quota(account_id: int, zones: int, points: int) -> None:
    known = Zone.objects.filter(account=account_id).aggregate(zones=Count("pk"), points=Sum("point_count", default=0))
    if zones > 0 and known["zones"] + zones > settings.MAX_ZONES_PER_ACCOUNT:
        raise ApiError(ErrorCode.OVER_QUOTA)
    if points > 0 and known["points"] + points > settings.MAX_ZONE_POINTS_PER_ACCOUNT:
        raise ApiError(ErrorCode.OVER_QUOTA)


def drawings_of(zones: Iterable[Zone]) -> list[tuple[int, Drawing]]:
    """Zones as they were drawn, with their ids."""
    return [(zone.pk, drawing_of(zone)) for zone in zones]
