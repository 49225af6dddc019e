"""Devices that report at an even pace, whatever happens, and say how long the answers took. A worker.

Usage: python -m benchmarks.support.steady DEVICES_HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.reporting import Connection
from benchmarks.support.updates import CLOCK_DIGITS, NUMBER_DIGITS


class Reporter:
    """One device, over a connection of its own; when that breaks, over another one."""

    def __init__(self, host: str, device: int, every_s: float) -> None:
        self._host, self._device, self._every_s = host, device, every_s
        self.sent = self.failed = 0
        self.answers_s: list[float] = []

    async def run(self) -> None:
        """Reports as often as it is to, or as soon as the report before was answered; for ever."""
        connection: Connection | None = None
        while True:
            began_s = time.monotonic()
            try:
                connection = connection or await Connection.open(self._host)
                await connection.send(self._next_request())
                self.answers_s.append(time.monotonic() - began_s)
            except (OSError, RuntimeError, asyncio.IncompleteReadError):
                connection, self.failed = None, self.failed + 1
            await asyncio.sleep(max(0.0, began_s + self._every_s - time.monotonic()))

    def _next_request(self) -> bytes:
        self.sent += 1
        mark = f"{self.sent:0{NUMBER_DIGITS}}%20{time.monotonic_ns():0{CLOCK_DIGITS}}"
        place = f"{self.sent % 1_000_000:06}"
        query = f"id=bench-{self._device}&timestamp={time.time_ns() // 1_000_000}"
        query += f"&lat=52.{place}&lon=13.{place}&mark={mark}"
        return f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode()


class Devices:
    """All of them."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._reporters: list[Reporter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self._begin(**arguments) if action == "begin" else self._tell()

    def _begin(self, devices: list[int], every_s: float) -> dict[str, Any]:
        self._reporters = [Reporter(self._host, device, every_s) for device in devices]
        self._tasks = [asyncio.create_task(reporter.run()) for reporter in self._reporters]
        return {}

    def _tell(self) -> dict[str, Any]:
        """How the reports fared since this was asked last."""
        answers = sorted(took_s for one in self._reporters for took_s in one.answers_s) or [0.0]
        failed = sum(one.failed for one in self._reporters)
        for one in self._reporters:
            one.answers_s, one.failed = [], 0
        return {
            "p50_ms": answers[len(answers) // 2] * 1e3,
            "most_ms": answers[-1] * 1e3,
            "reports": len(answers),
            "failed": failed,
        }


async def run() -> None:
    await answer_questions(Devices(sys.argv[1]).answer)


if __name__ == "__main__":
    asyncio.run(run())
