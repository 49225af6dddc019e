"""Several writers at once, as with several processes: nothing is lost and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.services.users import remove_user
from tests.strategies import EPOCH
from trackers.engine.state import ConnectionStatus
from trackers.models import SourceState, Tracker
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report
from trackers.services.ingestion import ingest, pass_time_for_due
from trackers.services.trackers import clear_ingest_key, set_blocked, set_ingest_key

WRITERS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Does the work for 0, 1, 2 … in threads with a connection each; the results."""

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda number: in_own_connection(lambda: work(number)), range(WRITERS)))


def in_own_connection(work: Callable[[], Any]) -> Any:
    """Does the work in this thread, whose connection ends with it."""
    try:
        return work()
    finally:
        connection.close()


@pytest.fixture
def vans(alice: User, register: Callable[..., Tracker]) -> list[Tracker]:
    return [register(alice) for _ in range(3)]


def test_batches_in_different_orders_lose_no_change(vans: list[Tracker]) -> None:
    def send(writer: int) -> None:
        order = vans if writer % 2 else vans[::-1]
        for second in range(writer, 10 * WRITERS, WRITERS):
            reports = [Report(van.source.device_id, at(second), attributes={str(second): "1"}) for van in order]
            ingest(reports, received_at=at(100))

    at_once(send)
    for row in SourceState.objects.all():
        assert row.last_update == at(10 * WRITERS - 1)
        assert row.revision == len(row.state.additional)


def test_a_blocked_source_takes_no_report(vans: list[Tracker]) -> None:
    van = vans[0]

    def block_or_send(writer: int) -> list[Outcome]:
        if writer == 0:
            set_blocked(van.source_id, is_blocked=True)
            return []
        return [ingest([Report(van.source.device_id, at(s))], received_at=at(s))[0] for s in range(10)]

    outcomes = at_once(block_or_send)
    for of_writer in outcomes[1:]:
        assert of_writer == sorted(of_writer, key=lambda outcome: outcome is Outcome.BLOCKED)
    assert ingest([Report(van.source.device_id, at(99))], received_at=at(99)) == [Outcome.BLOCKED]


def test_source_changes_and_reports_never_deadlock(vans: list[Tracker]) -> None:
    def change_or_send(writer: int) -> None:
        for second in range(25):
            if writer == 0:
                set_blocked(vans[0].source_id, is_blocked=second % 2 == 0)
            elif writer == 1:
                set_ingest_key([van.source_id for van in vans])
                clear_ingest_key([van.source_id for van in reversed(vans)])
            else:
                order = vans if writer % 2 else vans[::-1]
                ingest([Report(van.source.device_id, at(second)) for van in order], received_at=at(second))

    at_once(change_or_send)  # the database ends one of those that wait for each other with an error
    vans[0].source.refresh_from_db()
    assert vans[0].source.is_blocked


def test_accounts_are_removed_amid_their_reports(register: Callable[..., Tracker]) -> None:
    accounts = [User.objects.create_user(f"{number}@fleet.example") for number in range(10)]
    # Named against the order of their ids.
    fleets = [[register(account, label=label) for label in "CBA"] for account in accounts]

    def remove_or_send(writer: int) -> None:
        for second, (account, fleet) in enumerate(zip(accounts, fleets, strict=True)):
            if writer == 0:
                remove_user(account)
            for _ in range(3):
                ingest([Report(van.source.device_id, at(second)) for van in fleet], received_at=at(second))

    at_once(remove_or_send)  # the database ends one of those that wait for each other with an error
    assert not Tracker.objects.exists()


def test_several_housekeepers_change_each_state_once(vans: list[Tracker]) -> None:
    ingest([Report(van.source.device_id, at(0)) for van in vans], received_at=at(0))
    before = dict(SourceState.objects.values_list("pk", "revision"))
    at_once(lambda _: pass_time_for_due(at(3600)))
    for row in SourceState.objects.all():
        assert (row.connection_status, row.revision) == (ConnectionStatus.OFFLINE, before[row.pk] + 1)


def test_housekeeping_does_not_await_held_states(vans: list[Tracker]) -> None:
    ingest([Report(van.source.device_id, at(0)) for van in vans], received_at=at(0))

    def keep_house() -> int:
        with ThreadPoolExecutor(1) as other:
            return other.submit(in_own_connection, lambda: pass_time_for_due(at(3600))).result(timeout=10)

    # SQLite locks the database and no rows: there is nobody to be passed over.
    held = vans[: connection.features.has_select_for_update_skip_locked]
    with transaction.atomic() if held else nullcontext():
        list(SourceState.objects.select_for_update().filter(source__trackers__in=held))
        assert keep_house() == len(vans) - len(held)
    assert keep_house() == len(held)
