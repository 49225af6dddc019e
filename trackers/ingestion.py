"""The only writer of SourceState: reports, and the passing of time."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction

from trackers.feed import publish_states
from trackers.models import STATE_FIELDS, Source, SourceState, state_row
from trackers.reports.report import Report
from trackers.state import Rules, State, apply_report, next_due, pass_time

DUE_STATES_PER_BATCH = 500


class Outcome(StrEnum):
    """What became of one report."""

    STORED = "stored"
    UNKNOWN_DEVICE = "unknown device"
    BLOCKED = "blocked"


def current_rules() -> Rules:
    """The rules that the settings give."""
    return Rules(
        idle_timeout=timedelta(seconds=settings.IDLE_TIMEOUT_S),
        offline_timeout=timedelta(seconds=settings.OFFLINE_TIMEOUT_S),
    )


def create_state(source: Source) -> State:
    """The first state of a source that was just registered."""
    state = State(source_id=source.pk, registered_at=source.created_at)
    _save([state], current_rules())
    return state


@transaction.atomic
def ingest(reports: Sequence[Report], *, received_at: datetime) -> list[Outcome]:
    """Stores what the reports change, and tells the accounts on commit; the outcome of each report, in order.

    All reports of one call are one transaction. Rows are locked in the order of their ids, so that two callers
    cannot wait for each other.
    """
    rules = current_rules()
    rows = _lock_rows({report.device_id for report in reports})
    states = {device_id: row.state for device_id, row in rows.items() if not row.source.is_blocked}
    changes: list[State] = []
    for report in reports:
        if (before := states.get(report.device_id)) is None:
            continue
        after = apply_report(before, report, received_at=received_at, rules=rules)
        states[report.device_id] = after
        if after.revision != before.revision:
            changes.append(after)
    _save(states.values(), rules)
    publish_states(changes)
    return [_outcome(report.device_id, rows, states) for report in reports]


def _outcome(device_id: str, rows: Container[str], states: Container[str]) -> Outcome:
    if device_id in states:
        return Outcome.STORED
    return Outcome.BLOCKED if device_id in rows else Outcome.UNKNOWN_DEVICE


def _lock_rows(device_ids: set[str]) -> dict[str, SourceState]:
    # Locks the source as well: one that is being blocked must not take another report.
    rows = SourceState.objects.select_for_update().select_related("source")
    rows = rows.filter(source__device_id__in=device_ids, source__is_corrupted=False).order_by("source_id")
    return {row.source.device_id: row for row in rows}


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
    before = [row.state for row in due.order_by("due_at")[:DUE_STATES_PER_BATCH]]
    after = [pass_time(state, now=now, rules=rules) for state in before]
    _save(after, rules)
    publish_states(new for new, old in zip(after, before, strict=True) if new.revision != old.revision)
    return len(after)


def _save(states: Iterable[State], rules: Rules) -> None:
    SourceState.objects.bulk_create(
        [state_row(state, next_due(state, rules)) for state in states],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=STATE_FIELDS,
    )
