"""Rules that begin, for the first time or anew: from what is known now, so that nothing that is so already fires
(alerts §5.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.services.users import before_user_removal
from alerts.models import AlertRule, RuleMemory
from alerts.services.judging import Memories, begin_with, save_memories
from alerts.storage.rules import rule_of
from alerts.storage.zones import zones_of
from trackers.models import Tracker
from trackers.services.ingestion import current_rules, rules_of
from trackers.services.watching import watch_sources
from trackers.storage.states import lock_records, lock_sources_and_states


def hold_sources(trackers: Iterable[Tracker]) -> None:
    """Nobody reports from these trackers until the transaction ends: to be called before their rules are changed."""
    lock_sources_and_states({tracker.source_id for tracker in trackers})


def begin_rule(row: AlertRule, trackers: Collection[Tracker], now: datetime) -> None:
    """Has a rule begin for trackers, whose sources are held."""
    RuleMemory.objects.filter(rule=row, tracker__in=trackers).delete()
    if row.is_suspended or not trackers:
        return
    rule, common = rule_of(row, row.account.time_zone), current_rules()
    zones = zones_of({row.account_id})[row.account_id] if rule.zone_ids else None
    found = {one.record.state.source_id: one for one in lock_records({tracker.source_id for tracker in trackers})}
    memories = Memories()
    for tracker in trackers:
        record, own_rules, *_ = found[tracker.source_id]
        memories[row.pk, tracker.pk] = begin_with(rule, record, rules_of(own_rules, common), now, zones)
    save_memories(memories)


def watch_trackers(trackers: Iterable[Tracker]) -> None:
    """Notes beside the sources, which are held, whether a rule watches a tracker on them."""
    source_ids = {tracker.source_id for tracker in trackers}
    bindings = AlertRule.trackers.through.objects.filter(tracker__source__in=source_ids, alertrule__is_suspended=False)
    watched = set(bindings.values_list("tracker__source_id", flat=True))
    watch_sources(watched, is_watched=True)
    watch_sources(source_ids - watched, is_watched=False)


@before_user_removal
def hold_sources_of(user: User) -> None:
    """Holds what the rules watch that go with a user."""
    rules = AlertRule.objects.filter(Q(account=user) | Q(made_by=user))
    hold_sources(Tracker.objects.filter(alert_rules__in=rules))


@transaction.atomic
def begin_rules_of_zones(zone_ids: Collection[int]) -> None:
    """Has the rules begin anew that look at zones which were just changed; to be called in that transaction."""
    rows = list(AlertRule.objects.filter(zones__in=zone_ids).distinct().order_by("pk"))
    trackers = {row.pk: list(row.trackers.all()) for row in rows}
    hold_sources(tracker for of_one in trackers.values() for tracker in of_one)
    for row in rows:
        begin_rule(row, trackers[row.pk], timezone.now())
