"""The only writer of states: reports, and the passing of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.wire.hashes import digest_hash
from trackers.engine.apply import apply_report, next_due, pass_time
from trackers.engine.clock_jumps import without_future, without_future_contact
from trackers.engine.dating import FUTURE_TOLERANCE
from trackers.engine.past import PastReport
from trackers.engine.record import Record
from trackers.engine.rules import OwnRules, Rules, rules_with
from trackers.engine.state import State
from trackers.models import Source
from trackers.reports.outcome import Outcome, refuse_sender
from trackers.reports.report import Report
from trackers.services.publishing import News, publish_news
from trackers.services.retention import kept_since, longest_kept_since
from trackers.services.watching import Change, show_changes
from trackers.storage.history import add_history
from trackers.storage.last_reports import recall_reports, store_reports
from trackers.storage.states import (
    DueRecord,
    LockedSource,
    StateRow,
    add_states,
    lock_due_records,
    lock_record,
    lock_records_due_after,
    lock_source_rows,
    lock_sources,
    update_reported_states,
    update_states,
)
from trackers.storage.trips import PastChange, note_changes

DUE_STATES_PER_BATCH = 500


class Delivery(msgspec.Struct, frozen=True):
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


def rules_of(own_rules: str, common: Rules) -> Rules:
    """The rules of a source, by what is stored beside it."""
    return _decode_rules(own_rules, common) if own_rules else common


@lru_cache(maxsize=10_000)
def _decode_rules(own_rules: str, common: Rules) -> Rules:
    return rules_with(msgspec.json.decode(own_rules, type=OwnRules), common)


def create_states(sources: Iterable[Source]) -> None:
    """Stores the first states of sources that were just registered."""
    common = current_rules()
    add_states(_first_row(source, rules_of(source.own_rules, common)) for source in sources)


def _first_row(source: Source, rules: Rules) -> StateRow:
    return state_row_of(Record(State(source.pk, registered_at=source.created_at)), rules)


def ingest(reports: Sequence[Report], *, received_at: datetime, key: str | None = None) -> list[Outcome]:
    """Stores what the reports change, and tells the accounts on commit; the outcome of each report, in order."""
    return ingest_deliveries([Delivery(reports, received_at, key)])[0]


@transaction.atomic
def ingest_deliveries(deliveries: Sequence[Delivery], *, now: datetime | None = None) -> list[list[Outcome]]:
    """Stores what the deliveries change, in order, as one transaction; the outcome of each of their reports.

    Rows are locked in the order of their ids, so that two callers cannot wait for each other. What is known from later
    than `now`, by default the time that the clock shows, was noted by a clock that has been set back.
    """
    common = current_rules()
    sources = lock_sources({report.device_id for delivery in deliveries for report in delivery.reports})
    rules = {device_id: rules_of(source.own_rules, common) for device_id, source in sources.items()}
    moment = now or timezone.now()
    news, past, changes = News(), list[PastReport](), list[Change]()
    records = _records_until(moment, sources, rules, news)
    outcomes = []
    for delivery in deliveries:
        verdicts = _judge(delivery, sources)
        for report, verdict in zip(delivery.reports, verdicts, strict=True):
            if verdict is Outcome.STORED:
                before, own, source = records[report.device_id], rules[report.device_id], sources[report.device_id]
                after, recent, kept = apply_report(before, report, received_at=delivery.received_at, rules=own)
                records[report.device_id] = after
                news.add(before, after, own, recent)
                changes.append(
                    Change(before, after, own, report, kept, source.is_watched, watch_mark=source.watch_mark)
                )
                if kept is not None:
                    past.append(kept)
        outcomes.append(verdicts)
    update_reported_states(
        state_row_of(record, rules[device_id])
        for device_id, record in records.items()
        if record is not sources[device_id].record
    )
    store_reports(news.recent)
    _keep(past, moment)
    show_changes(changes, moment)
    publish_news(news, received_at=min(delivery.received_at for delivery in deliveries).timestamp())
    return outcomes


def _keep(past: Sequence[PastReport], now: datetime) -> None:
    since = kept_since(now, settings.HISTORY_DAYS)
    if since is not None and any(one.time < since for one in past):
        since = longest_kept_since(now)
    add_history(past, since=since)
    late = [one for one in past if one.is_buffered and (since is None or one.time >= since)]
    note_changes(changes_of((one.source_id, one.time) for one in late))


def changes_of(moments: Iterable[tuple[int, datetime]]) -> Iterator[PastChange]:
    """What has changed in the past of each source of which something was said late."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for source_id, time in moments:
        first, last = spans.get(source_id, (time, time))
        spans[source_id] = min(first, time), max(last, time)
    return (PastChange(source_id, *span) for source_id, span in spans.items())


def _records_until(
    now: datetime, sources: Mapping[str, LockedSource], rules: Mapping[str, Rules], news: News
) -> dict[str, Record]:
    """The records of the sources, in which nothing is later than `now`."""
    records = {}
    for device_id, source in sources.items():
        before, record = source.record, without_future(source.record, now)
        if record is not before:
            recall_reports(record.state.source_id, now)
            note_changes([PastChange(record.state.source_id, now, max(now, source.record.state.last_update or now))])
            news.add(before, record, rules[device_id])
        records[device_id] = record
    return records


def _judge(delivery: Delivery, sources: Mapping[str, LockedSource]) -> list[Outcome]:
    """What is to become of each report of the delivery, by its source alone."""
    digest = digest_hash(delivery.key) if delivery.key else ""
    return [_judge_one(sources.get(report.device_id), digest) for report in delivery.reports]


def _judge_one(source: LockedSource | None, digest: str) -> Outcome:
    if source is None:
        return Outcome.UNKNOWN_DEVICE
    return refuse_sender(source.key_digest, digest, is_blocked=source.is_blocked) or Outcome.STORED


def pass_time_for_due(now: datetime) -> int:
    """Carries out what time alone changes; the number of states changed. Several processes may do it at once."""
    changed = 0
    while passed := _pass_time_for_batch(now):
        changed += sum(passed)
    return changed


@transaction.atomic
def _pass_time_for_batch(now: datetime) -> list[bool]:
    """Whether each of a batch of states was changed. One that reports kept as it is becomes due later."""
    common = current_rules()
    found = lock_due_records(now, DUE_STATES_PER_BATCH)
    passed = [_pass_time(due, rules_of(due.own_rules, common), now) for due in found]
    update_states([state_row_of(change.after, change.rules) for change in passed])
    changed = [change for change in passed if change.after is not change.before]
    news = News()
    for change in changed:
        news.add(change.before, change.after, change.rules)
    show_changes(changed, now)
    publish_news(news)
    return [change.after is not change.before for change in passed]


def _pass_time(due: DueRecord, rules: Rules, now: datetime) -> Change:
    after = pass_time(due.record, now=now, rules=rules)
    return Change(
        due.record,
        after,
        rules,
        is_watched=due.is_watched,
        is_blocked=due.is_blocked,
        watch_mark=due.watch_mark,
    )


def bring_forward_due(now: datetime) -> int:
    """Has states due in time that were written by a clock which was ahead; the number of them.

    Without it who fell silent then would be online until the clock is there again. To be called once in a while: where
    all sources have longer offline timeouts than the common one, it reads them all.
    """
    late, changed = now + current_rules().offline_timeout + FUTURE_TOLERANCE, 0
    last_id: int | None = 0
    while last_id is not None:
        count, last_id = _bring_forward_batch(now, late, last_id)
        changed += count
    return changed


@transaction.atomic
def _bring_forward_batch(now: datetime, late: datetime, after_id: int) -> tuple[int, int | None]:
    """How many of a batch were due too late, and the id of its last source; None: there are no more."""
    common = current_rules()
    found = lock_records_due_after(late, DUE_STATES_PER_BATCH, after_id=after_id)
    known = [(record, without_future_contact(record, now), own_rules) for record, own_rules in found]
    wrong = [(after, own_rules) for before, after, own_rules in known if after is not before]
    update_states([state_row_of(after, rules_of(own_rules, common)) for after, own_rules in wrong])
    return len(wrong), found[-1][0].state.source_id if found else None


@transaction.atomic
def change_record(source_id: int, change: Callable[[Record], Record], *, now: datetime) -> None:
    """Changes what is kept of a source by hand, under the rules that are its own by now; the accounts are told."""
    source = lock_source_rows([source_id]).get()
    rules = rules_of(source.own_rules, current_rules())
    before = lock_record(source_id)
    after = pass_time(change(before), now=now, rules=rules)
    update_states([state_row_of(after, rules)])
    news = News()
    news.add(before, after, rules)
    show_changes([Change(before, after, rules, is_watched=source.is_watched, is_blocked=source.is_blocked)], now)
    publish_news(news)


def state_row_of(record: Record, rules: Rules) -> StateRow:
    """What is to be stored of a record."""
    return StateRow(record, next_due(record, rules))
