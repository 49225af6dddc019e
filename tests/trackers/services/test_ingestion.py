"""Storing reports and the passing of time: what is stored, and which account hears what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import User
from tests.notices import Hear
from tests.strategies import EPOCH
from trackers.engine.notices import StatesChanged
from trackers.engine.record import Record
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus
from trackers.models import Source, SourceState, Tracker
from trackers.reports.outcome import Outcome
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import (
    DUE_STATES_PER_BATCH,
    Delivery,
    bring_forward_due,
    ingest,
    ingest_deliveries,
    pass_time_for_due,
)
from trackers.services.settings import save_source_rules
from trackers.services.trackers import clear_ingest_key, clone_tracker, corrupt_tracker, set_blocked, set_ingest_key
from trackers.storage.last_reports import recent_reports
from trackers.storage.states import StateRow, add_states, due_rows

Register = Callable[..., Tracker]


class Rollback(Exception):
    """Ends a transaction."""


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def report(tracker: Tracker, minute: float = 0, *, speed: float = 50) -> Report:
    return Report(tracker.source.device_id, at(minute), fix=Fix(52.5, 13.4, speed_kmh=speed))


def stored(tracker: Tracker) -> State:
    return SourceState.objects.get(source=tracker.source_id).state


def test_what_is_stored_is_what_is_told(alice: User, charlie: User, van: Tracker, hear: Hear) -> None:
    with hear(alice, charlie) as heard:
        assert ingest([report(van)], received_at=at(0)) == [Outcome.STORED]
    row = SourceState.objects.get()
    assert heard == {"alice": [StatesChanged((row.state,))], "charlie": []}
    assert (row.revision, row.connection_status, row.movement_status) == (1, "active", "moving")
    assert (row.last_update, row.due_at) == (at(0), at(5))


def test_one_notice_has_each_reports_state(alice: User, charlie: User, register: Register, hear: Hear) -> None:
    first, second, strange = register(alice), register(alice), register(charlie)
    batch = [report(first, 1), report(strange, 1), report(second, 1), report(first, 2), report(first, 3)]
    with hear(alice, charlie) as heard:
        assert ingest(batch, received_at=at(3)) == [Outcome.STORED] * 5
    (of_alice,), (of_charlie,) = heard["alice"], heard["charlie"]
    of_first = [state for state in of_alice.states if state.source_id == first.source_id]
    assert [state.last_update for state in of_first] == [at(1), at(2), at(3)]
    assert [state for state in of_alice.states if state not in of_first] == [stored(second)]
    assert (of_first[-1], of_charlie) == (stored(first), StatesChanged((stored(strange),)))


def test_original_and_clone_accounts_are_both_told(alice: User, charlie: User, van: Tracker, hear: Hear) -> None:
    clone_tracker(van, account=charlie, label="Borrowed")
    with hear(alice, charlie) as heard:
        ingest([report(van)], received_at=at(0))
    assert heard == {"alice": [StatesChanged((stored(van),))], "charlie": [StatesChanged((stored(van),))]}


def test_a_refused_report_spares_its_batch(alice: User, register: Register, hear: Hear) -> None:
    good, blocked, removed = register(alice), register(alice), register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    corrupt_tracker(removed)
    spoiled = Source.objects.get(pk=removed.source_id).device_id
    batch = [report(blocked), report(good), report(removed), Report(spoiled, at(0)), Report("nobody", at(0))]
    with hear(alice) as heard:
        outcomes = ingest(batch, received_at=at(0))
    assert outcomes == [Outcome.BLOCKED, Outcome.STORED, *[Outcome.UNKNOWN_DEVICE] * 3]
    assert heard["alice"] == [StatesChanged((stored(good),))]
    assert [SourceState.objects.get(source=one.source_id).revision for one in (blocked, removed)] == [0, 0]


def test_a_keyed_source_refuses_keyless_reports(alice: User, register: Register, hear: Hear) -> None:
    locked, free = register(alice), register(alice)
    key = set_ingest_key([locked.source_id])
    batch = [report(locked), report(free)]
    missing, wrong = Outcome.MISSING_KEY, Outcome.WRONG_KEY
    for tried, outcome in ((None, missing), ("", missing), ("0" * 32, wrong), (key[:-1], wrong), ("ä\x00", wrong)):
        with hear(alice) as heard:
            assert ingest(batch, received_at=at(0), key=tried) == [outcome, Outcome.STORED]
        assert [one for notice in heard["alice"] for one in notice.states if one.source_id == locked.source_id] == []
    assert stored(locked).revision == 0
    assert ingest(batch, received_at=at(0), key=key) == [Outcome.STORED] * 2
    assert stored(locked).revision == 1
    clear_ingest_key([locked.source_id])
    assert ingest([report(locked, 1)], received_at=at(1)) == [Outcome.STORED]


def test_each_delivery_is_judged_by_its_key(alice: User, register: Register, hear: Hear) -> None:
    van = register(alice)
    key = set_ingest_key([van.source_id])
    deliveries = [
        Delivery([report(van, 1)], at(1), key),
        Delivery([report(van, 2)], at(2)),
        Delivery([], at(2)),
        Delivery([report(van, 3), Report("nobody", at(3))], at(3), key),
    ]
    with hear(alice) as heard:
        outcomes = ingest_deliveries(deliveries)
    assert outcomes == [[Outcome.STORED], [Outcome.MISSING_KEY], [], [Outcome.STORED, Outcome.UNKNOWN_DEVICE]]
    (notice,) = heard["alice"]
    assert [state.last_update for state in notice.states] == [at(1), at(3)]


def test_nothing_comes_of_an_empty_batch(db: None) -> None:
    assert ingest([], received_at=at(0)) == []


@pytest.mark.parametrize("minute", [0, 1])
def test_a_repeated_report_is_told_to_nobody(alice: User, van: Tracker, hear: Hear, minute: float) -> None:
    ingest([report(van)], received_at=at(0))
    before = stored(van)
    with hear(alice) as heard:
        assert ingest([report(van), report(van)], received_at=at(minute)) == [Outcome.STORED] * 2
    assert SourceState.objects.get().record.contact_at == at(minute)
    assert (stored(van).revision, heard["alice"]) == (before.revision, [])


def test_a_late_report_moves_nothing(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([report(van, 2)], received_at=at(2))
    before = stored(van)
    with hear(alice) as heard:
        ingest([report(van, 1, speed=0)], received_at=at(3))
    after = stored(van)
    assert (after.gps, after.last_update, after.revision) == (before.gps, before.last_update, before.revision)
    assert heard["alice"] == [StatesChanged(())]


def test_rolled_back_reports_are_told_to_nobody(alice: User, van: Tracker, hear: Hear) -> None:
    with hear(alice) as heard, pytest.raises(Rollback), transaction.atomic():
        ingest([report(van)], received_at=at(0))
        raise Rollback
    assert (stored(van).revision, heard["alice"]) == (0, [])


@pytest.mark.api(69)
def test_turning_idle_and_offline_is_told(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([report(van)], received_at=at(0))
    told = []
    for minute in (4, 5, 6, 10, 100):
        with hear(alice) as heard:
            pass_time_for_due(at(minute))
        told += [(minute, one.connection_status, one.last_update) for notice in heard["alice"] for one in notice.states]
    assert told == [(5, ConnectionStatus.IDLE, at(0)), (10, ConnectionStatus.OFFLINE, at(0))]
    assert SourceState.objects.get().due_at is None


@pytest.mark.api(71)
def test_time_parks_what_has_stopped(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([report(van, 0), report(van, 1, speed=0), report(van, 5.5, speed=0)], received_at=at(5.5))
    with hear(alice) as heard:
        assert pass_time_for_due(at(6)) == 1
    (notice,) = heard["alice"]
    assert [state.movement_status for state in notice.states] == [MovementStatus.PARKED]
    assert SourceState.objects.get().movement_status == "parked"


def test_only_what_is_due_is_touched(alice: User, register: Register, hear: Hear) -> None:
    due, later = register(alice), register(alice)
    ingest([report(due, 0), report(later, 3)], received_at=at(3))
    with hear(alice) as heard:
        assert pass_time_for_due(at(6)) == 1
    assert heard["alice"] == [StatesChanged((stored(due),))]
    assert pass_time_for_due(at(6)) == 0


def test_prematurely_due_states_are_postponed_silently(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([report(van, 0)], received_at=at(0))
    ingest([report(van, 3)], received_at=at(3))
    before = stored(van)
    with hear(alice) as heard:
        assert pass_time_for_due(at(5)) == 0
    assert (stored(van), heard["alice"], SourceState.objects.get().due_at) == (before, [], at(8))
    assert pass_time_for_due(at(8)) == 1


def test_an_offline_sources_report_makes_it_due(van: Tracker) -> None:
    ingest([report(van, 0)], received_at=at(0))
    pass_time_for_due(at(60))
    ingest([report(van, 61)], received_at=at(61))
    assert SourceState.objects.get().due_at == at(66)


def test_on_postgresql_reports_touch_no_state_index(van: Tracker) -> None:
    ingest([report(van, 0)], received_at=at(0))
    if connection.vendor == "postgresql":
        before = versions_of_states()
        ingest([report(van, 1)], received_at=at(1))
        assert versions_of_states() == (before[0] + 1, before[1] + 1)


def versions_of_states() -> tuple[int, int]:
    """How many rows this transaction has written anew, and how many of them in the page where they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'trackers_sourcestate'::regclass::oid")
        (table,) = cursor.fetchone()
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_updated(%s), pg_stat_get_xact_tuples_hot_updated(%s)", [table, table]
        )
        updated, in_place = cursor.fetchone()
    return updated, in_place


def test_due_states_are_told_in_batches(alice: User, hear: Hear) -> None:
    count = DUE_STATES_PER_BATCH + 1
    first = (Source.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    sources = [Source(pk=first + number, device_id=f"many-{number}") for number in range(count)]
    Source.objects.bulk_create(sources)
    Tracker.objects.bulk_create(Tracker(account=alice, source=source, label=source.device_id) for source in sources)
    add_states(StateRow(Record(State(source.pk, registered_at=at(0))), at(5)) for source in sources)
    with hear(alice) as heard:
        assert pass_time_for_due(at(5)) == count
    assert [len(notice.states) for notice in heard["alice"]] == [DUE_STATES_PER_BATCH, 1]
    assert {state.source_id for notice in heard["alice"] for state in notice.states} == {one.pk for one in sources}
    assert not SourceState.objects.exclude(connection_status="signal_lost", due_at=None).exists()


def test_a_removed_source_still_comes_to_rest(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([report(van)], received_at=at(0))
    corrupt_tracker(van)
    with hear(alice) as heard:
        assert pass_time_for_due(at(60)) == 1
    assert (heard["alice"], SourceState.objects.get().due_at) == ([], None)


def test_what_is_due_is_found_by_its_index(van: Tracker) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # With a handful of rows reading all of them is the cheaper plan.
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = due_rows(at(5), DUE_STATES_PER_BATCH).explain()
    assert re.search(r"(using|index scan on) (index )?trackers_sourcestate_due_at", plan, re.IGNORECASE), plan


# A clock that is set


DAY = timedelta(days=1)


def ingest_at(clock: datetime, *reports: Report) -> None:
    """Stores reports that arrive when the clock says so."""
    ingest_deliveries([Delivery(reports, clock)], now=clock)


def test_a_report_after_the_clock_was_set_back_is_told_and_stored_newest(alice: User, van: Tracker, hear: Hear) -> None:
    for minute in range(12):
        ingest_at(at(minute) + DAY, report(van, minute + 24 * 60))
    before = stored(van).revision
    with hear(alice) as heard:
        ingest_at(at(20), report(van, 20, speed=30))
    states = [state for notice in heard["alice"] for state in notice.states]
    assert [state.revision for state in states] == [before + 1, before + 2]
    assert [state.last_update for state in states] == [at(20), at(20)]
    assert states[-1].gps is not None and states[-1].gps.speed_kmh == 30
    newest = recent_reports([van.source_id])[van.source_id][0]
    assert (newest.time, newest.received_at) == (at(20), at(20))


def test_offline_comes_in_time_after_a_report_by_a_clock_that_was_ahead(van: Tracker) -> None:
    ingest_at(at(0) + DAY, report(van))
    assert bring_forward_due(at(0)) == 1
    assert bring_forward_due(at(1)) == 0
    assert pass_time_for_due(at(9)) <= 1
    assert stored(van).connection_status is not ConnectionStatus.OFFLINE
    pass_time_for_due(at(10))
    assert stored(van).connection_status is ConnectionStatus.OFFLINE


def test_a_long_offline_timeout_is_not_taken_for_a_clock_that_was_ahead(van: Tracker) -> None:
    van.source.offline_timeout_s = 24 * 3600
    save_source_rules(van.source)
    ingest_at(at(0), report(van))
    assert bring_forward_due(at(1)) == 0
