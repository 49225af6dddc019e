"""Connection lost, and found again (alerts §5.4). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerts.engine.events import Event
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Signal
from trackers.engine.record import Record
from trackers.engine.state import ConnectionStatus

SILENT = "silent"


def look(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """Silent for so many minutes after the status said offline."""
    for record, until in ((sight.before, _silent_until(sight)), (sight.after, sight.now)):
        if (due := _due_of(record, rule, sight)) is not None and due <= until:
            yield Signal(SILENT, True, due, was=False)
    if sight.after.state.connection_status is not ConnectionStatus.OFFLINE:
        told_at = memory.fired_at.get("1")
        is_later = told_at is None or sight.time > told_at
        # What a device had kept is older than the silence that it breaks.
        yield Signal(SILENT, False, sight.time if is_later else sight.now, was=False)


def _silent_until(sight: Sight) -> datetime:
    """When it was heard again, if it was."""
    contact_at = sight.after.contact_at
    return sight.now if contact_at is None or contact_at == sight.before.contact_at else contact_at


def _due_of(record: Record, rule: Rule, sight: Sight) -> datetime | None:
    if record.state.connection_status is not ConnectionStatus.OFFLINE or record.contact_at is None:
        return None
    timeout = sight.rules.offline_timeout
    due = record.contact_at + timeout + timedelta(minutes=rule.param or 0)
    return due if sight.counts_silence_from is None else max(due, sight.counts_silence_from + timeout)


def due_at(rule: Rule, sight: Sight) -> datetime | None:
    """When the minutes are over."""
    return _due_of(sight.after, rule, sight)


OFFLINE = Kind("offline", look, Event.OFFLINE, Event.ONLINE, due=due_at, facets=Facet.SILENCE.value)
