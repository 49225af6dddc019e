"""The only writer of SourceState: reports, and the passing of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

import msgspec
from django.conf import settings
from django.db import connection, transaction

from accounts.hashes import digest_hash
from trackers.engine import apply_report, next_due, pass_time
from trackers.feed import publish_states
from trackers.models import Source, SourceState, state_row
from trackers.record import Record
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report
from trackers.rules import Rules
from trackers.state import State
from trackers.state_rows import LockedSource, StateRow, lock_sources, update_states

DUE_STATES_PER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """Reports that came together, with the ingest key that came along."""

    reports: Sequence[Report]
    received_at: datetime
    key: str | None = None


def current_rules() -> Rules:
    """The rules that the settings give."""
    return Rules(
        idle_timeout=timedelta(seconds=settings.IDLE_TIMEOUT_S),
        offline_timeout=timedelta(seconds=settings.OFFLINE_TIMEOUT_S),
    )


def create_state(source: Source) -> State:
    """The first state of a source that was just registered."""
    record = Record(State(source.pk, registered_at=source.created_at))
    state_row(record, next_due(record, current_rules())).save(force_insert=True)
    return record.state


def ingest(reports: Sequence[Report], *, received_at: datetime, key: str | None = None) -> list[Outcome]:
    """Stores what the reports change, and tells the accounts on commit; the outcome of each report, in order."""
    return ingest_deliveries([Delivery(reports, received_at, key)])[0]


@transaction.atomic
def ingest_deliveries(deliveries: Sequence[Delivery]) -> list[list[Outcome]]:
    """Stores what the deliveries change, in order, as one transaction; the outcome of each of their reports.

    Rows are locked in the order of their ids, so that two callers cannot wait for each other.
    """
    rules = current_rules()
    sources = lock_sources({report.device_id for delivery in deliveries for report in delivery.reports})
    records = {device_id: source.record for device_id, source in sources.items()}
    changes: list[State] = []
    outcomes = []
    for delivery in deliveries:
        verdicts = _judge(delivery, sources)
        for report, verdict in zip(delivery.reports, verdicts, strict=True):
            if verdict is Outcome.STORED:
                before = records[report.device_id]
                after = apply_report(before, report, received_at=delivery.received_at, rules=rules).record
                records[report.device_id] = after
                if after.state is not before.state:
                    changes.append(after.state)
        outcomes.append(verdicts)
    _update([record for device_id, record in records.items() if record is not sources[device_id].record], rules)
    publish_states(changes)
    return outcomes


def _judge(delivery: Delivery, sources: Mapping[str, LockedSource]) -> list[Outcome]:
    """What is to become of each report of the delivery, by its source alone."""
    digest = digest_hash(delivery.key) if delivery.key else ""
    return [_judge_one(sources.get(report.device_id), digest) for report in delivery.reports]


def _judge_one(source: LockedSource | None, digest: str) -> Outcome:
    if source is None:
        return Outcome.UNKNOWN_DEVICE
    if source.key_digest and not compare_digest(source.key_digest, digest):
        return Outcome.WRONG_KEY
    return Outcome.BLOCKED if source.is_blocked else Outcome.STORED


def pass_time_for_due(now: datetime) -> int:
    """Carries out what time alone changes; the number of states changed. Several processes may do it at once."""
    changed = 0
    while count := _pass_time_for_batch(now):
        changed += count
    return changed


@transaction.atomic
def _pass_time_for_batch(now: datetime) -> int:
    rules = current_rules()
    skip_locked = connection.features.has_select_for_update_skip_locked
    due = SourceState.objects.select_for_update(skip_locked=skip_locked).filter(due_at__lte=now)
    before = [row.record for row in due.order_by("due_at")[:DUE_STATES_PER_BATCH]]
    after = [pass_time(record, now=now, rules=rules) for record in before]
    _update(after, rules)
    publish_states(new.state for new, old in zip(after, before, strict=True) if new is not old)
    return len(after)


def _update(records: Iterable[Record], rules: Rules) -> None:
    update_states([StateRow(record, msgspec.json.encode(record), next_due(record, rules)) for record in records])
