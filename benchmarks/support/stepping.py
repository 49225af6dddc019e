"""One version of the product, step by step: reads requests, and stores what they bring. A worker.

The product is that of the working directory.

Usage: python benchmarks/support/stepping.py SOURCES
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

import django
from asgiref.sync import sync_to_async

sys.path[0] = os.getcwd()

from benchmarks.support.dialogue import answer_questions  # noqa: E402
from benchmarks.support.fleet import create_fleet  # noqa: E402
from benchmarks.support.processes import cpu_s_of  # noqa: E402
from benchmarks.support.product import LOGIN, PASSWORD  # noqa: E402
from benchmarks.support.reporting import MESSAGE  # noqa: E402

READ_TIMES = 400
# In one answer, whichever is less.
MOST_TRANSACTIONS = 40
ENOUGH_REPORTS = 1500


class Steps:
    """What is measured: microseconds of CPU per report, of this thread and of PostgreSQL's process for it."""

    def __init__(self, sources: int) -> None:
        from trackers.intake.lanes import Lane

        self._sources = sources
        self._numbers = count()
        self._lane = Lane(self._store)

    async def answer(self, action: str, **question: Any) -> dict[str, float]:
        if action == "read":
            return {"": self._read(**question)}
        return await self._lane.do(int(question["batch"]), timeout_s=600)

    def _query(self) -> str:
        number = next(self._numbers)
        place = f"{number % 1_000_000:06}"
        query = f"id=bench-{number % self._sources + 1}&timestamp={time.time_ns() // 1_000_000}"
        return f"{query}&lat=52.{place}&lon=13.{place}&speed=23.5&bearing=117&altitude=35&accuracy=5&batt=87"

    def _read(self, what: str) -> float:
        from trackers.reports import ngp

        message = (MESSAGE % 7).replace("@TIME@", "2026-11-29T12:00:00.123Z").replace("@PLACE@", "123456").encode()
        if what == "ngp":
            return time_of(lambda: ngp.parse_message(message))
        query = self._query()
        return time_of(lambda: self._delivery(query))

    def _delivery(self, query: str) -> Any:
        from trackers.reports.requests import IngestRequest, Limits, read_osmand
        from trackers.services.ingestion import Delivery

        now = datetime.now(UTC)
        request = IngestRequest(method="GET", query=query, content_type="", authorization="", body=b"")
        reading = read_osmand(request, now=now, limits=Limits(bytes=1_000_000, reports=10_000))
        return Delivery(reading.reports, now, reading.key)

    def _store(self, batch: int) -> dict[str, float]:
        from django.db import connection

        from trackers.services.ingestion import ingest_deliveries

        connection.ensure_connection()
        backend = connection.connection.info.backend_pid if connection.vendor == "postgresql" else None
        costs: list[tuple[float, float]] = []
        for _ in range(min(MOST_TRANSACTIONS, ENOUGH_REPORTS // batch)):
            deliveries = [self._delivery(self._query()) for _ in range(batch)]
            began_s, database_began_s = time.thread_time(), cpu_s_of(backend) if backend else 0.0
            ingest_deliveries(deliveries)
            own_s = time.thread_time() - began_s
            costs.append((own_s, cpu_s_of(backend) - database_began_s if backend else 0.0))
        own, database = (median(of_one) / batch * 1e6 for of_one in zip(*costs, strict=True))
        return {", server": own, ", PostgreSQL": database} if backend else {"": own}


def time_of(step: Callable[[], Any]) -> float:
    """Microseconds of CPU of one."""
    began_s = time.process_time()
    for _ in range(READ_TIMES):
        step()
    return (time.process_time() - began_s) / READ_TIMES * 1e6


async def main() -> None:
    await sync_to_async(create_fleet)(LOGIN, PASSWORD, sys.argv[1])
    # As config/asgi.py has it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    await answer_questions(Steps(int(sys.argv[1])).answer)


if __name__ == "__main__":
    django.setup()
    asyncio.run(main())
