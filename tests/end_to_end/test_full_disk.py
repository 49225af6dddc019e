"""A disk that is full: devices are told to come again, nothing is half stored, and all is well when there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Daphne
from tests.patience import PATIENCE_S
from tests.trackers.bodies import ngp_message
from trackers.models import HistoryReport, SourceState, Tracker

REPORTS = 400
# As PostgreSQL says it when a table cannot grow.
FULL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON trackers_historyreport EXECUTE FUNCTION no_room()
"""


@pytest.fixture
def server(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "HISTORY_DAYS": "0"}
    with Daphne(environment, tmp_path / "log") as server:
        yield server
    assert "Traceback" not in server.log_text()


@contextmanager
def full_disk(server: Daphne) -> Iterator[None]:
    """Lets the database grow no more until the end of the block."""
    with _postgresql() if connection.vendor == "postgresql" else _sqlite(server):
        yield


@contextmanager
def _postgresql() -> Iterator[None]:
    with psycopg.connect(database_url(), autocommit=True) as session:
        session.execute(FULL)
        try:
            yield
        finally:
            session.execute("DROP FUNCTION no_room CASCADE")


@contextmanager
def _sqlite(server: Daphne) -> Iterator[None]:
    with connection.cursor() as cursor:
        # The pages that the rows of other tests have left empty would be room, too.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
    for address in (f"{database_url()}?init_command=PRAGMA max_page_count={pages}", database_url()):
        server.stop()
        server.environment["DATABASE_URL"] = address
        server.start()
        if address != database_url():
            yield


def test_nothing_is_half_stored(server: Daphne, alice: User, register: Callable[..., Tracker]) -> None:
    vans = [register(alice) for _ in range(3)]
    answers = {}

    def send(number: int) -> int:
        time = f"2024-05-02T08:{number // 60:02}:{number % 60:02}Z"
        messages = [ngp_message(van.source.device_id, time, number=number, note="x" * 400) for van in vans]
        answers[number] = httpx.post(f"{server.url}/ingest/ngp", json=messages, timeout=PATIENCE_S).status_code
        return answers[number]

    assert send(0) == 200
    with full_disk(server):
        # What room the file has left in itself is filled first.
        assert any(send(number) == 503 for number in range(1, REPORTS))
    assert send(REPORTS) == 200
    assert set(answers.values()) == {200, 503}
    stored = sum(answer == 200 for answer in answers.values())
    for van in vans:
        assert HistoryReport.objects.filter(source_id=van.source_id).count() == stored
        state = SourceState.objects.get(pk=van.source_id).state
        assert (state.revision, state.additional["number"].value) == (stored, REPORTS)
