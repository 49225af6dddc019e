"""A thread that stores keeps its connection, and opens another one once that has broken."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from trackers.intake.lanes import Lane

pytestmark = pytest.mark.django_db(transaction=True)

# PostgreSQL ends the connection at that; SQLite knows no such function.
END_CONNECTION = "SELECT pg_terminate_backend(pg_backend_pid())"


def ask(statement: str) -> int:
    """What the database answers, in a transaction only if its connection is to stay."""
    if statement == END_CONNECTION:
        return _ask(statement)
    with transaction.atomic():
        return _ask(statement)


def _ask(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


async def test_a_connection_that_broke_outside_of_a_transaction_costs_nothing_that_comes_later() -> None:
    lane = Lane(ask)
    assert await lane.do("SELECT 1", timeout_s=30) == 1
    with pytest.raises(OperationalError):
        await lane.do(END_CONNECTION, timeout_s=30)
    assert await lane.do("SELECT 2", timeout_s=30) == 2
    await lane.close()
