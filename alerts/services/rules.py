"""Every change of alert rules (alerts §2.2). Locks are taken in this order: account, sources, states, rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from alerts.geometry.drawings import ZoneShape
from alerts.models import AlertRule, RuleMemory, Webhook, Zone
from alerts.services.beginnings import begin_rule, hold_sources, watch_trackers
from alerts.services.zones import visible_zones
from trackers.models import Tracker
from trackers.services.selectors import visible_trackers

# What makes a rule another one, so that it begins anew.
_DECISIVE = ("kind", "param", "extended_params")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as it shall be."""

    kind: str
    name: str
    description: str = ""
    primary_text: str = ""
    secondary_text: str = ""
    param: int | None = None
    is_suspended: bool = False
    is_private: bool = False
    is_emergency: bool = False
    alerts: Mapping[str, Any] = field(default_factory=dict)
    schedule: Sequence[Mapping[str, Any]] = ()
    extended_params: Mapping[str, Any] = field(default_factory=dict)
    zone_ids: tuple[int, ...] = ()
    webhook_ids: tuple[int, ...] = ()
    tracker_ids: tuple[int, ...] = ()


def visible_rules(principal: Principal) -> QuerySet[AlertRule]:
    """The rules that the principal may see: a sub-user its own, and others' of trackers that it sees.

    A private rule is seen by its maker alone.
    """
    rules = AlertRule.objects.filter(account=principal.account_id).filter(
        Q(is_private=False) | Q(made_by=principal.user_id)
    )
    if principal.is_master:
        return rules.order_by("pk")
    seen = Q(made_by=principal.user_id) | Q(trackers__sub_users=principal.user_id)
    return rules.filter(seen).distinct().order_by("pk")


@transaction.atomic
def create_rule(principal: Principal, draft: RuleDraft) -> AlertRule:
    """A new rule, which begins now.

    Raises ApiError: OVER_QUOTA, ENTITY_NOT_FOUND for a zone or webhook that is not there or not seen.
    """
    _hold_account(principal.account_id)
    if AlertRule.objects.filter(account=principal.account_id).count() >= settings.MAX_ALERT_RULES_PER_ACCOUNT:
        raise ApiError(ErrorCode.OVER_QUOTA)
    row = AlertRule(account_id=principal.account_id, made_by_id=principal.user_id)
    _write(row, draft, principal)
    return row


@transaction.atomic
def change_rule(principal: Principal, rule_id: int, draft: RuleDraft) -> None:
    """Has the rule be as the draft is; trackers that the principal does not see stay bound.

    Raises ApiError: NOT_FOUND, ENTITY_NOT_FOUND as `create_rule`.
    """
    _hold_account(principal.account_id)
    _write(find_rule(principal, rule_id), draft, principal)


def _write(row: AlertRule, draft: RuleDraft, principal: Principal) -> None:
    zones = _all_of(visible_zones(principal).filter(pk__in=draft.zone_ids), draft.zone_ids)
    hooks = _all_of(Webhook.objects.filter(account=principal.account_id, pk__in=draft.webhook_ids), draft.webhook_ids)
    if draft.kind == "route" and any(zone.shape != ZoneShape.SAUSAGE for zone in zones):
        raise invalid_parameter("rule.zone_ids", "must be a sausage")
    wanted = _bindable(principal, draft.tracker_ids)
    before = list(row.trackers.all()) if row.pk else []
    seen = set(visible_trackers(principal).filter(pk__in=[one.pk for one in before]))
    after = {tracker.pk: tracker for tracker in [*(one for one in before if one not in seen), *wanted]}
    hold_sources([*before, *after.values()])
    is_another = _change(row, draft, zones)
    row.zones.set(zones)
    row.webhooks.set(hooks)
    row.trackers.set(after.values())
    begun = after.values() if is_another else [one for one in after.values() if one not in before]
    RuleMemory.objects.filter(rule=row).exclude(tracker__in=after).delete()
    begin_rule(row, list(begun), timezone.now())
    watch_trackers([*before, *after.values()])


def _change(row: AlertRule, draft: RuleDraft, zones: Collection[Zone]) -> bool:
    """Writes the fields; whether the rule is another one then."""
    before = {name: getattr(row, name) for name in _DECISIVE}
    was_suspended = row.is_suspended
    is_moved = row.pk is None or set(row.zones.all()) != set(zones)
    row.kind, row.name, row.description = draft.kind, draft.name, draft.description
    row.primary_text, row.secondary_text, row.param = draft.primary_text, draft.secondary_text, draft.param
    row.is_suspended, row.is_private, row.is_emergency = draft.is_suspended, draft.is_private, draft.is_emergency
    row.alerts, row.schedule = dict(draft.alerts), _with_ids(draft.schedule)
    row.extended_params = dict(draft.extended_params)
    row.version = _next_version(row)
    row.save()
    return is_moved or was_suspended is not row.is_suspended or any(getattr(row, n) != v for n, v in before.items())


def _with_ids(intervals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**interval, "interval_id": number} for number, interval in enumerate(intervals, start=1)]


def _next_version(row: AlertRule) -> int:
    # Microseconds, so that none comes twice, not even after a transaction that was rolled back.
    return max(row.version + 1, int(timezone.now().timestamp() * 1_000_000))


@transaction.atomic
def remove_rule(principal: Principal, rule_id: int) -> None:
    """Removes a rule; what it has told stays. Raises ApiError NOT_FOUND."""
    _hold_account(principal.account_id)
    remove_rules([find_rule(principal, rule_id)])


@transaction.atomic
def remove_rules(rows: Collection[AlertRule]) -> None:
    """Removes rules, whoever made them."""
    trackers = list(Tracker.objects.filter(alert_rules__in=rows).distinct())
    hold_sources(trackers)
    AlertRule.objects.filter(pk__in=[row.pk for row in rows]).delete()
    watch_trackers(trackers)


@transaction.atomic
def bind_trackers(principal: Principal, rule_id: int, tracker_ids: Collection[int]) -> None:
    """Has a rule watch trackers, too, from now on; those that the principal does not see do not matter.

    Raises ApiError NOT_FOUND.
    """
    _hold_account(principal.account_id)
    row = find_rule(principal, rule_id)
    bound = set(row.trackers.values_list("pk", flat=True))
    fresh = [tracker for tracker in _bindable(principal, tracker_ids) if tracker.pk not in bound]
    hold_sources(fresh)
    row.trackers.add(*fresh)
    begin_rule(row, fresh, timezone.now())
    watch_trackers(fresh)


@transaction.atomic
def unbind_trackers(principal: Principal, rule_id: int, tracker_ids: Collection[int]) -> None:
    """Has a rule watch these trackers no longer. Raises ApiError NOT_FOUND."""
    _hold_account(principal.account_id)
    row = find_rule(principal, rule_id)
    former = _bindable(principal, tracker_ids)
    hold_sources(former)
    row.trackers.remove(*former)
    RuleMemory.objects.filter(rule=row, tracker__in=former).delete()
    watch_trackers(former)


@transaction.atomic
def suspend_rules(rows: Collection[AlertRule], *, is_suspended: bool, now: datetime) -> None:
    """Has rules rest, or begin anew."""
    bound = {row.pk: list(row.trackers.all()) for row in rows}
    hold_sources(tracker for trackers in bound.values() for tracker in trackers)
    for row in rows:
        trackers = bound[row.pk]
        row.is_suspended, row.version = is_suspended, _next_version(row)
        row.save(update_fields=["is_suspended", "version"])
        begin_rule(row, trackers, now)
        watch_trackers(trackers)


def _hold_account(account_id: int) -> None:
    """Nobody else changes the account's rules or zones until the transaction ends."""
    if not list(User.objects.select_for_update(no_key=True).filter(pk=account_id).values_list("pk")):
        raise ApiError(ErrorCode.NOT_FOUND)


def find_rule(principal: Principal, rule_id: int) -> AlertRule:
    """A rule that the principal may see. Raises ApiError NOT_FOUND."""
    row = visible_rules(principal).filter(pk=rule_id).select_related("account").first()
    if row is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return row


def _bindable(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """Those of these trackers that the principal sees."""
    return list(visible_trackers(principal).filter(pk__in=tracker_ids).order_by("pk"))


def _all_of(rows: QuerySet[Any], ids: Collection[int]) -> list[Any]:
    found = list(rows)
    if len(found) < len(set(ids)):
        raise ApiError(ErrorCode.ENTITY_NOT_FOUND)
    return found
