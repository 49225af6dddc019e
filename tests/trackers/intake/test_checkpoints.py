"""SQLite's log is carried over into the database beside the transactions that wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from accounts.models import User
from tests.strategies import EPOCH
from trackers.intake import checkpoints
from trackers.intake.batching import Batcher
from trackers.models import SourceState, Tracker
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report
from trackers.services.ingestion import Delivery
from trackers.storage.checkpoints import carry_over

pytestmark = pytest.mark.django_db(transaction=True)

HAS_LOG = connection.vendor == "sqlite"
"""PostgreSQL keeps what it has to itself: there everything is where it is read."""


@pytest.fixture(autouse=True)
async def another_connection(alice: User) -> AsyncIterator[None]:
    """One that stays open, as who closes the last one has all carried over; what was written until now is."""
    if HAS_LOG:
        await sync_to_async(carry_over)()
    yield
    await sync_to_async(lambda: connection.close())()  # the connection of that thread, not of this one


def carried_over(tracker: Tracker) -> str:
    """What the database itself has of a source, without the log."""
    if not HAS_LOG:
        return SourceState.objects.get(pk=tracker.source_id).document
    file = f"file:{connection.settings_dict['NAME']}?immutable=1"
    statement = "SELECT document FROM trackers_sourcestate WHERE source_id = ?"
    with closing(sqlite3.connect(file, uri=True)) as database:
        found = database.execute(statement, [tracker.source_id]).fetchone()
    return str(found[0]) if found else ""


async def store(batcher: Batcher, tracker: Tracker, second: int, name: str) -> None:
    report = Report(tracker.source.device_id, EPOCH + timedelta(seconds=second), attributes={name: 1})
    assert await batcher.store(Delivery([report], report.time)) == [Outcome.STORED]


async def test_what_enough_reports_wrote_is_carried_over(
    alice: User, register: Callable[..., Tracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    van = await sync_to_async(register)(alice)
    batcher = Batcher()
    await store(batcher, van, 1, "first")
    assert ("first" in await sync_to_async(carried_over)(van)) == (not HAS_LOG)
    monkeypatch.setattr(checkpoints, "PAGES_PER_CHECKPOINT", 1)
    await store(batcher, van, 2, "second")
    await batcher.close()
    assert "second" in await sync_to_async(carried_over)(van)
