"""Alert rules, judged in the transaction that stores what they look at (alerts §5.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from alerts.engine.events import DESCRIPTIONS, Event
from alerts.engine.judge import Finding, begin, judge
from alerts.engine.memory import Memory, encode_memory
from alerts.engine.notices import AlertPlace
from alerts.engine.rules import Rule
from alerts.engine.sight import (
    ALWAYS,
    Sight,
    SourceSights,
    Surroundings,
    facets_of,
    look_around,
    sight_of_last,
    sight_of_time,
    transitions_of,
)
from alerts.models import RuleMemory
from alerts.services.raising import Cause, raise_alerts
from alerts.services.vigil import counts_silence_from
from alerts.storage.bindings import Binding, Watched, bindings_of
from alerts.storage.zones import AccountZones, zones_of
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus
from trackers.models import Tracker
from trackers.services import ingestion
from trackers.services.watching import Change
from trackers.storage.states import DueRecord, lock_records, lock_source_rows

DUE_PER_BATCH = 200
SAVED_AT_ONCE = 500
Memories = dict[tuple[int, int], Memory]
View = tuple[Sight, Surroundings]


def judge_changes(changes: Sequence[Change], now: datetime) -> None:
    """Stores the alerts that the changes give cause for; who is blocked gives none."""
    concerned = [change for change in changes if (change.is_watched or _has_moved(change)) and not change.is_blocked]
    if concerned:
        marks = {change.after.state.source_id: change.watch_mark for change in concerned if change.is_watched}
        _judge(_sights(concerned, now), marks, now)


def _has_moved(change: Change) -> bool:
    return change.before.state.movement_status is not change.after.state.movement_status


def _sights(changes: Sequence[Change], now: datetime) -> dict[int, SourceSights]:
    """What there is to see of each source: by the times of reports, whatever the order in which they came."""
    silence_from = counts_silence_from() if any(map(_is_of_silence, changes)) else None
    by_source: defaultdict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_source[change.after.state.source_id].append(change)
    return {
        source_id: SourceSights(of_one[0].before, tuple(_in_order(of_one, now, silence_from)))
        for source_id, of_one in by_source.items()
    }


def _is_of_silence(change: Change) -> bool:
    before, after = change.before.state.connection_status, change.after.state.connection_status
    return before is ConnectionStatus.OFFLINE or after is ConnectionStatus.OFFLINE


def _in_order(changes: Sequence[Change], now: datetime, silence_from: datetime | None) -> Iterator[Sight]:
    latest = changes[0].before.state.last_update
    for change in sorted(changes, key=lambda one: one.past.time if one.past else now):
        time = change.past.time if change.past else now
        is_news = change.past is None or latest is None or time > latest
        if change.past is not None and is_news:
            latest = time
        yield _sight(change, time, now, is_news=is_news, silence_from=silence_from)


def _sight(change: Change, time: datetime, now: datetime, *, is_news: bool, silence_from: datetime | None) -> Sight:
    past = change.past
    return Sight(
        time,
        now,
        change.before,
        change.after,
        change.rules,
        report=None if past is None else change.report,
        point=None if past is None else past.point,
        is_news=is_news,
        transitions=transitions_of(change.before, change.after, past, change.rules),
        counts_silence_from=silence_from,
        facets=facets_of(change.before, change.after, None if past is None else change.report),
    )


def _judge(sights: Mapping[int, SourceSights], marks: Mapping[int, int | None], now: datetime) -> None:
    watched = {source_id: Watched(mark, sights[source_id].facets) for source_id, mark in marks.items()}
    bindings = bindings_of(watched) if watched else {}
    causes, memories = _judge_bindings(bindings, sights)
    causes += _trips_of_no_rule(sights, causes)
    save_memories(memories)
    if causes:
        raise_alerts(causes, now)


def _judge_bindings(
    bindings: Mapping[int, Sequence[Binding]], sights: Mapping[int, SourceSights]
) -> tuple[list[Cause], Memories]:
    """What is to be told, and what is to be remembered anew."""
    concerned = {source_id: _concerned(of_one, sights[source_id]) for source_id, of_one in bindings.items()}
    zones = _zones_for(concerned.values())
    causes, memories = [], Memories()
    for source_id, of_one in concerned.items():
        seen, views = sights[source_id], dict[int, list[View]]()
        for binding in of_one:
            rule, memory = binding.rule, binding.memory
            view = views.get(rule.account_id)
            if view is None:
                view = views[rule.account_id] = _view_of(seen, zones.get(rule.account_id))
            if memory is None:
                memory = _begin(rule, seen, zones.get(rule.account_id))
            for sight, around in view:
                memory, findings = judge(rule, memory, sight, around)
                # Mostly there are none, and this is done for each rule with each report.
                if findings:
                    causes += [_cause(binding, finding, sight, around) for finding in findings]
            if memory is not binding.memory:
                memories[rule.rule_id, binding.tracker_id] = memory
    return causes, memories


def _view_of(seen: SourceSights, zones: AccountZones | None) -> list[View]:
    return [(one, look_around(zones, one.whereabouts)) for one in seen.sights]


def _begin(rule: Rule, seen: SourceSights, zones: AccountZones | None) -> Memory:
    first = seen.sights[0]
    return begin_with(rule, seen.before, first.rules, first.now, zones)


def _concerned(bindings: Sequence[Binding], seen: SourceSights) -> list[Binding]:
    facets = seen.facets | ALWAYS
    return [binding for binding in bindings if binding.facets & facets]


def _zones_for(bindings: Iterable[Iterable[Binding]]) -> dict[int, AccountZones]:
    """The zones of the accounts that have rules about zones; no statement where there are none."""
    accounts = {binding.rule.account_id for of_one in bindings for binding in of_one if binding.rule.zone_ids}
    return zones_of(accounts) if accounts else {}


def begin_with(rule: Rule, record: Record, rules: Rules, now: datetime, zones: AccountZones | None) -> Memory:
    """What a rule remembers of a source that begins with what is known of it."""
    last = sight_of_last(record, rules, now)
    return begin(rule, [last, sight_of_time(record, rules, now)], look_around(zones, last.place))


def _cause(binding: Binding, finding: Finding, sight: Sight, around: Surroundings) -> Cause:
    place, is_last_known = _place_of(sight)
    return Cause(
        binding.rule.account_id,
        binding.tracker_id,
        finding,
        place,
        is_last_known,
        around.labels(finding.zone_ids),
        binding.rule,
    )


def _place_of(sight: Sight) -> tuple[AlertPlace | None, bool]:
    """Where it was, and whether that is from before."""
    if sight.point is not None:
        return AlertPlace(sight.point.latitude, sight.point.longitude, sight.point.precision_m), False
    gps = sight.after.state.gps
    return (None, False) if gps is None else (AlertPlace(gps.latitude, gps.longitude, gps.precision_m), True)


def _trips_of_no_rule(sights: Mapping[int, SourceSights], causes: Iterable[Cause]) -> list[Cause]:
    """Begin and end of trips that no rule tells to all of the account (history §4)."""
    found = {
        source_id: [(sight, one) for sight in seen.sights for one in sight.transitions]
        for source_id, seen in sights.items()
    }
    found = {source_id: transitions for source_id, transitions in found.items() if transitions}
    if not found or not settings.LOG_TRIPS:
        return []
    told = {cause.key[1:] for cause in causes if cause.rule is None or cause.rule.private_to is None}
    trackers = Tracker.objects.filter(source__in=found).order_by("pk")
    logged = [
        _logged(tracker, sight, one.time, is_begin=one.is_begin)
        for tracker in trackers
        for sight, one in found[tracker.source_id]
    ]
    return [cause for cause in logged if cause.key[1:] not in told]


def _logged(tracker: Tracker, sight: Sight, time: datetime, *, is_begin: bool) -> Cause:
    event = Event.TRACK_START if is_begin else Event.TRACK_END
    place, is_last_known = _place_of(sight)
    finding = Finding(event, time, DESCRIPTIONS[event])
    return Cause(tracker.account_id, tracker.pk, finding, place, is_last_known)


def save_memories(memories: Mapping[tuple[int, int], Memory]) -> None:
    """Stores what rules remember of trackers, in place of what they remembered."""
    rows = [
        RuleMemory(rule_id=rule_id, tracker_id=tracker_id, document=encode_memory(memory), due_at=memory.due_at)
        for (rule_id, tracker_id), memory in sorted(memories.items())
    ]
    if rows:
        RuleMemory.objects.bulk_create(
            rows,
            batch_size=SAVED_AT_ONCE,
            update_conflicts=True,
            unique_fields=["rule", "tracker"],
            update_fields=["document", "due_at"],
        )


def judge_time(now: datetime) -> int:
    """Judges the rules that time alone may fire; how many were due. Several processes may do it at once.

    `now` is the time for judging silence, as for `pass_time_for_due`.
    """
    judged = 0
    while due := _judge_due(now):
        judged += due
    return judged


@transaction.atomic
def _judge_due(now: datetime) -> int:
    """Judges a batch, whose due times are other ones then."""
    due = RuleMemory.objects.filter(due_at__lte=now).order_by("due_at")
    pairs = list(due.values_list("tracker__source_id", "pk")[:DUE_PER_BATCH])
    source_ids = {source_id for source_id, _ in pairs}
    if not pairs:
        return 0
    lock_source_rows(source_ids)
    records = [found for found in lock_records(source_ids) if not found.is_blocked]
    marks = {found.record.state.source_id: found.watch_mark for found in records}
    sights = {
        found.record.state.source_id: SourceSights(found.record, (_sight_of_time(found, now),)) for found in records
    }
    _judge(sights, marks, now)
    # Of blocked trackers, suspended rules and those that had nothing to tell.
    RuleMemory.objects.filter(pk__in=[pk for _, pk in pairs], due_at__lte=now).update(due_at=None)
    return len(pairs)


def _sight_of_time(found: DueRecord, now: datetime) -> Sight:
    rules = ingestion.rules_of(found.own_rules, ingestion.current_rules())
    return sight_of_time(found.record, rules, now, counts_silence_from())
