"""Calls about the past of one vehicle, and what Traccar's table is asked for the same; each says how much it found."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from benchmarks.support.past import BEGIN
from benchmarks.support.product import LOGIN, PASSWORD


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks about the first vehicle, in the ways that `ask` measures; each says how much it found."""

    known: Mapping[str, Any]
    """The session and the tracker."""
    client: Any

    def call(self, path: str, since: datetime, until: datetime, **options: Any) -> Callable[[], int]:
        period = {"from": since.strftime("%Y-%m-%d %H:%M:%S"), "to": until.strftime("%Y-%m-%d %H:%M:%S")}
        fields = {**self.known, **period, **options}
        return lambda: len(list_of(self.client.post(path, fields, content_type="application/json")))

    def positions(self, since: datetime, until: datetime) -> int:
        """Of Traccar's table."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM tc_positions WHERE deviceid = 1 AND fixtime BETWEEN %s AND %s ORDER BY fixtime",
                [since, until],
            )
            return len(cursor.fetchall())

    def reports(self, until: datetime) -> int:
        from trackers.storage.history import read_history

        return len(read_history(1, BEGIN, until, most=10**9))


def make_asker() -> Asker:
    """Logs in."""
    from django.test import Client

    from trackers.models import Tracker

    client = Client()
    answer = client.post("/user/auth", {"login": LOGIN, "password": PASSWORD}, content_type="application/json")
    return Asker({"hash": answer.json()["hash"], "tracker_id": Tracker.objects.get(source_id=1).pk}, client)


def answered(question: tuple[str, Callable[[], int]]) -> list[str]:
    """Its line, of the second time that it is asked."""
    name, work = question
    found = work()
    elapsed, cpu = took(work)
    return [name, f"{found:,}", f"{elapsed:.0f}", f"{cpu:.0f}"]


def list_of(response: Any) -> list[Any]:
    body = asyncio.run(body_of(response))
    if response.status_code != 200:
        sys.exit(body.decode()[:500])
    found: list[Any] = json.loads(body)["list"]
    return found


async def body_of(response: Any) -> bytes:
    """All of an answer, of a long one piece by piece."""
    if not response.streaming:
        return bytes(response.content)
    return b"".join([piece async for piece in response.streaming_content])


def took(call: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Milliseconds, and those of CPU in this process: the medians of some calls, after one that is not counted."""
    call()
    samples = []
    for _ in range(times):
        began, cpu = time.perf_counter(), time.process_time()
        call()
        samples.append(((time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3))
    return median(one for one, _ in samples), median(one for _, one in samples)
