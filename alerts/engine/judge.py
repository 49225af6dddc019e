"""When a rule fires: what its kind finds, within schedule, limits and reset timers (alerts §5). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from alerts.engine.events import DESCRIPTIONS, Event
from alerts.engine.kinds.table import KINDS
from alerts.engine.limits import is_within
from alerts.engine.memory import NOTHING, Memory, Phase
from alerts.engine.rules import Rule
from alerts.engine.schedules import is_open
from alerts.engine.sight import Sight, Surroundings
from alerts.engine.signals import Kind, Pulse, Signal

# What timers are known by; the second event's is one of its own.
FIRST, SECOND = "1", "2"


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert that is to be raised."""

    event: Event
    time: datetime
    message: str
    zone_ids: tuple[int, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def judge(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> tuple[Memory, Sequence[Finding]]:
    """What a rule remembers after it has seen something, and what it tells, in order."""
    kind = KINDS[rule.kind]
    if not kind.facets & sight.facets and not memory.phases and memory.due_at is None:
        return memory, ()
    phases, due_at = memory.phases, _due(rule, kind, sight)
    # Mostly all is as it was, and this is done for each rule with each report.
    signals = kind.look(rule, memory, sight, around)
    news = list(signals) if kind.repeats else [one for one in signals if not _is_known(one, phases)]
    if not news and due_at == memory.due_at:
        return memory, ()
    verdict = _Verdict(rule, kind, memory, around)
    for signal in news:
        if isinstance(signal, Pulse):
            verdict.hear(signal)
        else:
            verdict.follow(signal)
    return verdict.memory(due_at), verdict.findings()


def _is_known(signal: Signal | Pulse, phases: Mapping[str, Phase]) -> bool:
    """Whether it is so already, and was told."""
    if isinstance(signal, Pulse):
        return False
    phase = phases.get(signal.key)
    if phase is None:
        return signal.was is signal.is_on
    return phase.is_on is signal.is_on is phase.is_told


def begin(rule: Rule, sights: Sequence[Sight], around: Surroundings) -> Memory:
    """What a rule remembers that begins now: what is so already is no news (alerts §5.1).

    The sights are those of the last report and of the present moment.
    """
    kind, now = KINDS[rule.kind], sights[-1]
    signals = [signal for sight in sights for signal in kind.look(rule, NOTHING, sight, around)]
    phases = {
        signal.key: Phase(signal.is_on, signal.is_on, signal.time)
        for signal in signals
        if isinstance(signal, Signal) and (signal.is_on or signal.was is None)
    }
    parked_at = now.after.state.movement_status_update
    # A stop that began before is told by no later report.
    fired_at = {FIRST: parked_at} if kind.first is Event.TRACK_END and parked_at is not None else {}
    return Memory(phases, fired_at, _due(rule, kind, now))


def _due(rule: Rule, kind: Kind, sight: Sight) -> datetime | None:
    """When time alone may fire it; None: never, or that has been already."""
    if kind.due is None:
        return None
    due_at = kind.due(rule, sight)
    return due_at if due_at is not None and due_at > sight.now else None


@dataclass(slots=True)
class _Alert:
    """An alert that several signals of one moment make together."""

    is_first: bool
    time: datetime
    zone_ids: list[int] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


class _Verdict:
    """What becomes of the signals of one sight."""

    def __init__(self, rule: Rule, kind: Kind, memory: Memory, around: Surroundings) -> None:
        self._rule, self._kind, self._before, self._around = rule, kind, memory, around
        self._phases = dict(memory.phases)
        self._alerts: dict[tuple[bool, datetime], _Alert] = {}

    def hear(self, pulse: Pulse) -> None:
        """Takes in what happened at a moment."""
        if self._is_told(pulse.is_first, pulse.time) and not self._is_deaf(pulse.is_first, pulse.time):
            self._tell(pulse.is_first, pulse.time).extra.update(pulse.extra)

    def follow(self, signal: Signal) -> None:
        """Takes in what is so, or no longer."""
        before = self._phases.get(signal.key)
        if before is None and signal.was is not None:
            before = Phase(signal.was, signal.was)
        if before is None or signal.is_silent:
            self._remember(signal, before, is_told=signal.is_on)
        elif signal.is_on != before.is_on or signal.is_on != before.is_told or self._repeats(signal):
            self._settle(signal, before)

    def _repeats(self, signal: Signal) -> bool:
        return self._kind.repeats and self._rule.details.allow_repeat and signal.is_on

    def _settle(self, signal: Signal, before: Phase) -> None:
        if not self._is_told(signal.is_on, signal.time):
            self._remember(signal, before, is_told=signal.is_on)
        elif self._is_deaf(signal.is_on, signal.time):
            is_told = before.is_told if self._kind.is_made_up else signal.is_on
            self._remember(signal, before, is_told=is_told)
        else:
            self._remember(signal, before, is_told=signal.is_on)
            alert = self._tell(signal.is_on, signal.time)
            alert.extra.update(signal.extra)
            if signal.zone_id is not None:
                alert.zone_ids.append(signal.zone_id)

    def _remember(self, signal: Signal, before: Phase | None, *, is_told: bool) -> None:
        is_crossing = before is None or before.is_on != signal.is_on
        since = signal.time if is_crossing or before is None else before.since
        if signal.was is False and not signal.is_on and not is_told:
            # What is off, and known to be, takes no room.
            self._phases.pop(signal.key, None)
        else:
            self._phases[signal.key] = Phase(signal.is_on, is_told, since)

    def _is_told(self, is_first: bool, time: datetime) -> bool:
        """Whether anybody is to hear of this event now."""
        rule, kind = self._rule, self._kind
        if kind.second is None and not is_first:
            return False
        text = rule.primary_text if is_first else rule.secondary_text
        return (
            (bool(text) or kind.second is None)
            and is_open(rule.schedule, time, rule.zone or UTC)
            and (kind.limits_itself or is_within(rule, self._around))
        )

    def _is_deaf(self, is_first: bool, time: datetime) -> bool:
        """Whether the reset timer of an event runs, by the times of reports; a late one is judged by both sides."""
        told_at = self._before.fired_at.get(FIRST if is_first else SECOND)
        times = [alert.time for alert in self._alerts.values() if alert.is_first is is_first and alert.time != time]
        reset = self._kind.reset_of(self._rule)
        return any(abs(time - one) < reset for one in ([told_at] if told_at else []) + times)

    def _tell(self, is_first: bool, time: datetime) -> _Alert:
        return self._alerts.setdefault((is_first, time), _Alert(is_first, time))

    def memory(self, due_at: datetime | None) -> Memory:
        """What is remembered now; the same object where nothing is new."""
        fired_at = dict(self._before.fired_at)
        for alert in self._alerts.values():
            key = FIRST if alert.is_first else SECOND
            fired_at[key] = max(alert.time, fired_at.get(key, alert.time))
        after = Memory(self._phases, fired_at, due_at)
        return self._before if after == self._before else after

    def findings(self) -> list[Finding]:
        """What is to be told: by time, and what ends before what begins."""
        ordered = sorted(self._alerts.values(), key=lambda alert: (alert.time, alert.is_first))
        return [self._finding(alert) for alert in ordered]

    def _finding(self, alert: _Alert) -> Finding:
        rule, kind = self._rule, self._kind
        event = kind.first if alert.is_first or kind.second is None else kind.second
        zone_ids = tuple(alert.zone_ids) or self._limiting_zones()
        text = (rule.primary_text if alert.is_first else rule.secondary_text) or DESCRIPTIONS[event]
        if rule.details.append_zone_title and (labels := self._around.labels(zone_ids)):
            text = f"{text} ({', '.join(labels)})"
        return Finding(event, alert.time, text, zone_ids, alert.extra)

    def _limiting_zones(self) -> tuple[int, ...]:
        return tuple(sorted(self._rule.zone_ids & (self._around.inside or frozenset())))
