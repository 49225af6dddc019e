"""Which connections have PostgreSQL keep plans: those of lanes, unless a pooler stands between."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import connection

from trackers.intake.lanes import Lane
from trackers.storage.plans import PREPARE_AFTER, open_with_plans

pytestmark = pytest.mark.django_db(transaction=True)


def count_kept_plans(times: int) -> int:
    """How many plans this thread's connection has kept, once the same was asked so often."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE length(%s) > 0", ["plan"])
        return int(cursor.fetchone()[0])


async def test_a_lane_has_what_comes_again_planned_once() -> None:
    lane = Lane(count_kept_plans)
    assert await lane.do(PREPARE_AFTER, timeout_s=30) == 0
    assert await lane.do(2, timeout_s=30) == (connection.vendor == "postgresql")
    await lane.close()


class Pooled:
    """A database of which a pooler has lent us a connection: another process answers than the one that greeted."""

    vendor = "postgresql"

    def __init__(self, greeted: int, answers: int) -> None:
        self.connection: Any = None
        self._opened = SimpleNamespace(info=SimpleNamespace(backend_pid=greeted), prepare_threshold=None)
        self._answers = answers

    def cursor(self) -> Pooled:
        self.connection = self._opened
        return self

    def __enter__(self) -> Pooled:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        assert statement == "SELECT pg_backend_pid()"

    def fetchone(self) -> tuple[int]:
        return (self._answers,)


@pytest.mark.parametrize(("answers", "prepares"), [(7, PREPARE_AFTER), (8, None)])
def test_nothing_is_prepared_behind_a_pooler(answers: int, prepares: int | None) -> None:
    database = Pooled(greeted=7, answers=answers)
    open_with_plans(cast(Any, database))
    assert database.connection.prepare_threshold == prepares
