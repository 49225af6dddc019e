"""Rules tried by hand: why one does not fire, and whether those whom it tells hear of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts.engine.events import DESCRIPTIONS
from alerts.engine.explaining import Reason, WhyNot, why_not
from alerts.engine.kinds.table import KINDS
from alerts.engine.memory import NOTHING, decode_memory
from alerts.engine.sight import look_around, sight_of_time
from alerts.models import Alert, AlertRule, RuleMemory
from alerts.services.raising import store_alerts
from alerts.storage.rules import rule_of
from alerts.storage.zones import zones_of
from trackers.models import Tracker
from trackers.services.ingestion import current_rules, rules_of
from trackers.storage.states import record_of


def explain(row: AlertRule, tracker: Tracker, now: datetime) -> list[WhyNot]:
    """What keeps a rule from firing for a tracker at a moment; nothing: only that there was no cause."""
    reasons = []
    if row.is_suspended:
        reasons.append(WhyNot(Reason.SUSPENDED))
    if not row.trackers.filter(pk=tracker.pk).exists():
        reasons.append(WhyNot(Reason.NOT_BOUND))
    if tracker.source.is_blocked:
        reasons.append(WhyNot(Reason.BLOCKED))
    record = record_of(tracker.source_id)
    sight = sight_of_time(record, rules_of(tracker.source.own_rules, current_rules()), now)
    stored = RuleMemory.objects.filter(rule=row, tracker=tracker).first()
    memory = NOTHING if stored is None else decode_memory(stored.document)
    around = look_around(zones_of({row.account_id})[row.account_id], sight.whereabouts)
    return [*reasons, *why_not(rule_of(row, row.account.time_zone), memory, sight, around)]


@transaction.atomic
def raise_test(row: AlertRule, tracker: Tracker, now: datetime) -> Alert:
    """Stores an alert of a rule that is marked as a test, and has all told whom the rule tells."""
    gps = record_of(tracker.source_id).state.gps
    event = KINDS[row.kind].first
    alert = Alert(
        account_id=row.account_id,
        tracker=tracker,
        rule_id=row.pk,
        private_to_id=row.made_by_id if row.is_private else None,
        event=event.value,
        time=now,
        received_at=now,
        message=row.primary_text or DESCRIPTIONS[event],
        latitude=None if gps is None else gps.latitude,
        longitude=None if gps is None else gps.longitude,
        is_emergency=row.is_emergency,
        is_pushed=row.alerts.get("push_enabled", True),
        extra={"is_test": True} | ({} if gps is None else {"last_known_location": True}),
    )
    return store_alerts([alert])[0]
