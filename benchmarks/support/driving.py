"""A fleet that drives through a city and reports at an even pace. A worker.

Usage: python -m benchmarks.support.driving DEVICES
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from datetime import UTC, datetime
from typing import Any

import django
from asgiref.sync import sync_to_async

from benchmarks.support.dialogue import answer_questions
from trackers.reports.report import Fix, Report

LATITUDE, LONGITUDE = 47.5, 19.1
SPREAD_DEGREES = 0.12
STEP_DEGREES = 0.0004
# Transactions a second.
TURNS = 10


class Drive:
    """Devices `bench-1`, `bench-2`, … on a spiral that fills the city, one after the other a little further on."""

    def __init__(self, devices: int) -> None:
        self._devices = devices
        self._turn = 0

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "everyone":
                await self._report(self._devices)
                return {}
            case "drive":
                return await self._drive(**arguments)
        raise ValueError(action)

    async def _drive(self, seconds: float, per_s: float) -> dict[str, Any]:
        """Reports of so many devices a second for that long; how many there were, and how many turns began late."""
        start, late, sent = time.monotonic(), 0, 0
        for turn in range(round(seconds * TURNS)):
            wait_s = start + turn / TURNS - time.monotonic()
            late += wait_s < 0
            await asyncio.sleep(max(0.0, wait_s))
            sent += await self._report(round(per_s / TURNS))
        return {"late": late, "sent": sent}

    async def _report(self, count: int) -> int:
        from trackers.services.ingestion import ingest  # needs Django to be set up

        reports = [self._next() for _ in range(count)]
        await sync_to_async(ingest)(reports, received_at=datetime.now(UTC))
        return count

    def _next(self) -> Report:
        rounds, index = divmod(self._turn, self._devices)
        self._turn += 1
        angle, far = index * 2.399963, math.sqrt(index / self._devices) * SPREAD_DEGREES
        return Report(
            device_id=f"bench-{index + 1}",
            time=datetime.now(UTC),
            fix=Fix(
                latitude=LATITUDE + far * math.sin(angle) + rounds * STEP_DEGREES * math.cos(index),
                longitude=LONGITUDE + far * math.cos(angle) * 1.5 + rounds * STEP_DEGREES * math.sin(index),
                speed_kmh=0 if index % 3 == 0 else 20 + index % 60,
                heading_degrees=index * 7 % 360,
            ),
            ignition=index % 3 > 0,
        )


if __name__ == "__main__":
    django.setup()
    asyncio.run(answer_questions(Drive(int(sys.argv[1])).answer))
