"""Why a rule would not fire now. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from alerts.engine.judge import FIRST, SECOND
from alerts.engine.kinds.table import KINDS
from alerts.engine.limits import is_within
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.schedules import is_open
from alerts.engine.sight import Sight, Surroundings


class Reason(StrEnum):
    """What keeps a rule from firing."""

    SUSPENDED = "suspended"
    NOT_BOUND = "not_bound"
    BLOCKED = "blocked"
    OUTSIDE_SCHEDULE = "outside_schedule"
    NEVER_REPORTED = "never_reported"
    NEVER_LOCATED = "never_located"
    OUTSIDE_ZONES = "outside_zones"
    SILENT_EVENT = "silent_event"
    RESET_TIMER = "reset_timer"
    WAITING = "waiting"
    TOLD_ALREADY = "told_already"


class WhyNot(NamedTuple):
    """A reason, and what there is to say of it."""

    reason: Reason
    detail: str | datetime | None = None


def why_not(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[WhyNot]:
    """What keeps a rule that is judged from firing at a moment; the sight is that of the present."""
    kind, state = KINDS[rule.kind], sight.after.state
    if not is_open(rule.schedule, sight.now, rule.zone or UTC):
        yield WhyNot(Reason.OUTSIDE_SCHEDULE)
    if state.last_update is None:
        yield WhyNot(Reason.NEVER_REPORTED)
    elif rule.zone_ids and state.gps is None:
        yield WhyNot(Reason.NEVER_LOCATED)
    if not kind.limits_itself and not is_within(rule, around):
        yield WhyNot(Reason.OUTSIDE_ZONES)
    if kind.second is not None:
        yield from (WhyNot(Reason.SILENT_EVENT, event.value) for event in _silent_events(rule))
    newest = state.last_update or sight.now
    for key in (FIRST, SECOND):
        told_at = memory.fired_at.get(key)
        if told_at is not None and (until := told_at + kind.reset_of(rule)) > newest:
            yield WhyNot(Reason.RESET_TIMER, until)
    if memory.due_at is not None and memory.due_at > sight.now:
        yield WhyNot(Reason.WAITING, memory.due_at)
    for key, phase in memory.phases.items():
        if phase.is_on and phase.is_told and key.isdecimal() is bool(rule.zone_ids and kind.limits_itself):
            yield WhyNot(Reason.TOLD_ALREADY, phase.since)


def _silent_events(rule: Rule) -> Iterator[StrEnum]:
    kind = KINDS[rule.kind]
    for event, text in ((kind.first, rule.primary_text), (kind.second, rule.secondary_text)):
        if event is not None and not text:
            yield event
