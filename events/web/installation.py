"""What is the same whichever process is asked: whether database and broker answer, and how the devices are."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

from channels.db import database_sync_to_async
from django.db import Error
from django.utils import timezone
from prometheus_client.metrics_core import Metric

from accounts.loops import PerLoop
from accounts.metrics.registry import gauge_family, labelled_family
from accounts.wire.errors import first_line
from alerts.services.delivery.metrics import Waiting, waiting_deliveries
from events.web.readiness import brokers, has_database
from trackers.services.selectors import FleetCounts, fleet_counts

logger = logging.getLogger(__name__)

Counts = tuple[FleetCounts, Waiting]

# All devices are read for it; whoever scrapes more often gets the same again.
COUNT_INTERVAL_S = 15.0
COUNT_TIMEOUT_S = 3.0


class Installation:
    """Asks database and broker, for one event loop."""

    def __init__(self) -> None:
        self._counts: Counts | None = None
        self._count_at = 0.0

    async def collect(self) -> list[Metric]:
        """Within ten seconds, in which Prometheus wants an answer; what cannot be told is left out."""
        database, by_broker = await asyncio.gather(has_database(), brokers())
        return [
            gauge_family("database_up", "1 while reports can be stored.", int(database)),
            labelled_family(
                "broker_up",
                "1 while the broker takes notices.",
                ("broker",),
                (((name,), int(is_up)) for name, is_up in by_broker.items()),
            ),
            *(_families(*counts) if database and (counts := await self._count()) else ()),
        ]

    async def _count(self) -> Counts | None:
        now = time.monotonic()
        if now >= self._count_at:
            self._count_at = now + COUNT_INTERVAL_S
            try:
                async with asyncio.timeout(COUNT_TIMEOUT_S):
                    self._counts = await database_sync_to_async(_count_all)()
            except (Error, TimeoutError) as error:
                logger.warning("the devices could not be counted: %s", first_line(error))
                self._counts = None
        return self._counts


current_installation = PerLoop(Installation)


def _count_all() -> Counts:
    return fleet_counts(), waiting_deliveries()


def _families(fleet: FleetCounts, waiting: Waiting) -> Iterator[Metric]:
    yield from _fleet_families(fleet)
    by_channel = [((channel,), count) for channel, count in waiting.counts.items()]
    yield labelled_family("deliveries_waiting", "Letters and posts that wait to be sent.", ("channel",), by_channel)
    now = timezone.now()
    ages = [((channel,), (now - oldest).total_seconds()) for channel, oldest in waiting.oldest.items()]
    meaning = "How long the oldest of them has waited, without letters that are held back to the end of an hour."
    yield labelled_family("oldest_delivery_age_seconds", meaning, ("channel",), ages)


def _fleet_families(counts: FleetCounts) -> Iterator[Metric]:
    by_status = [((name,), count) for name, count in counts.by_status.items()]
    yield labelled_family("trackers", "Devices by connection status.", ("status",), by_status)
    if counts.newest_report is not None:
        newest = counts.newest_report.timestamp()
        yield gauge_family("newest_report_timestamp_seconds", "The time of the newest report of all devices.", newest)
