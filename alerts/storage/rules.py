"""Alert rules as the engine knows them: kept by each process, and read anew where they have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings

from alerts.engine.rules import Rule, read_details
from alerts.engine.schedules import Interval
from alerts.models import AlertRule

MAX_KEPT = 50_000
Key = tuple[int, int, str]
_kept: dict[Key, Rule] = {}


def rules_of(asked: Iterable[Key]) -> Mapping[int, Rule]:
    """The rules by id, each asked for by its id, its version and the time zone of its account; no statement where all
    are known."""
    keys = set(asked)
    missing = {rule_id: time_zone for rule_id, version, time_zone in keys if (rule_id, version, time_zone) not in _kept}
    if missing:
        _read(missing)
    return {key[0]: _kept[key] for key in keys}


def _read(time_zones: Mapping[int, str]) -> None:
    if len(_kept) + len(time_zones) > MAX_KEPT:
        _kept.clear()
    for row in AlertRule.objects.filter(pk__in=list(time_zones)).prefetch_related("zones"):
        time_zone = time_zones[row.pk]
        _kept[row.pk, row.version, time_zone] = rule_of(row, time_zone)


def rule_of(row: AlertRule, time_zone: str) -> Rule:
    """The rule in a row that was checked."""
    return Rule(
        row.pk,
        row.account_id,
        row.kind,
        row.primary_text,
        row.secondary_text,
        row.param,
        frozenset(zone.pk for zone in row.zones.all()),
        msgspec.convert(tuple(row.schedule), tuple[Interval, ...]),
        ZoneInfo(time_zone),
        read_details(row.extended_params),
        row.is_emergency,
        row.alerts.get("push_enabled", True),
        row.made_by_id if row.is_private else None,
        float(settings.ZONE_EXIT_MARGIN_M),
    )
