"""Long answers go at the pace of who reads them, and end well or are cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from accounts.api.answers import MAX_STREAMS_PER_ACCOUNT
from accounts.models import User
from tests.end_to_end.plain_client import log_in
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_limits import MEGABYTE, reads_memory
from tests.end_to_end.test_slow_reader import resident_bytes
from trackers.engine.past import PastReport, Point
from trackers.models import Tracker
from trackers.storage.history import add_history

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
# As KML this is 26 megabytes.
MANY, MOST_GROWTH_BYTES = 80_000, 16 * MEGABYTE
# Far more than the sockets' buffers on both sides take.
SOME = 40_000
PATIENCE_S = 120


def reports_of(tracker: Tracker, count: int) -> Iterator[PastReport]:
    """A drive without end, a point each ten seconds."""
    for number in range(count):
        time = BEGIN + number * timedelta(seconds=10)
        point = Point(time, 48 + number * 1e-5, 11 + (number % 7) * 1e-3, 60.0, 90)
        yield PastReport(tracker.source_id, time, number, point, is_fast=True)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def asking(server: Daphne, credential: str, van: Tracker, **more: Any) -> Any:
    """A download that is read as far as one reads."""
    until = BEGIN + timedelta(days=19)
    period = {"from": BEGIN.isoformat(timespec="seconds"), "to": until.isoformat(timespec="seconds")}
    fields = {"hash": credential, "tracker_id": van.pk, "simplify": False, **period, **more}
    return httpx.stream("POST", f"{server.url}/track/download", json=fields, timeout=PATIENCE_S)


@reads_memory
def test_a_long_file_waits_for_its_reader(server: Daphne, alice: User, van: Tracker) -> None:
    add_history(reports_of(van, MANY), since=None)
    credential = log_in(server, alice.login)
    with asking(server, credential, van, format="csv") as warming:
        warming.read()
    before = resident_bytes(server.pid)
    with asking(server, credential, van) as sleeper:
        slow = sleeper.iter_bytes()
        begun = next(slow)
        with asking(server, credential, van) as quick:
            whole = quick.read()
        assert resident_bytes(server.pid) - before < MOST_GROWTH_BYTES
        rest = begun + b"".join(slow)
    assert (rest.count(b"<Point>"), rest == whole) == (MANY, True)


def test_what_fails_in_the_middle_is_cut(server: Daphne, alice: User, van: Tracker) -> None:
    add_history(reports_of(van, SOME), since=None)
    credential = log_in(server, alice.login)
    with asking(server, credential, van) as response:
        assert response.status_code == 200
        pieces = response.iter_bytes()
        next(pieces)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trackers_historyreport RENAME TO elsewhere")
        try:
            with pytest.raises(httpx.TransportError):
                b"".join(pieces)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE elsewhere RENAME TO trackers_historyreport")
    for _ in range(MAX_STREAMS_PER_ACCOUNT):
        with asking(server, credential, van) as response:
            assert response.status_code == 200
