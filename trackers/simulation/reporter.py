"""Sends the reports of a simulated fleet over HTTP, as real devices do."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime

import httpx

from trackers.simulation.device import Device, render_report
from trackers.simulation.fleet import Fleet

logger = logging.getLogger(__name__)

CONNECTIONS = 16
TICK_S = 0.2
RETRY_S = 2.0
TIMEOUT_S = 5.0
# One failure is a lost report; as many in a row are an outage.
_OUTAGE_FAILURES = 3
# A process that was held up or asleep goes on where the fleet was, instead of driving hours at once.
_LONGEST_STEP_S = 30.0


class Outage:
    """Whether the server takes reports; one line in the log when that ends, one when it begins again."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._failures = 0

    def note_failure(self, reason: str) -> None:
        """Counts a report that the server did not take."""
        self._failures += 1
        if self._failures == _OUTAGE_FAILURES:
            logger.warning("%s takes no reports, trying again: %s", self._address, reason)

    def note_answer(self) -> None:
        """Ends the outage, if there is one."""
        if self._failures >= _OUTAGE_FAILURES:
            logger.info("%s takes reports again", self._address)
        self._failures = 0


class Reporter:
    """Drives a fleet by the clock and sends its reports to the server at `url`.

    Each connection sends one report at a time, of the device whose turn it is, with its place of that
    moment. A report that fails is lost: the next one says where the device is then, and a server that returns
    gets no flood of old ones. A connection whose report failed rests for `retry_s` seconds.
    """

    def __init__(self, fleet: Fleet, url: str, *, retry_s: float = RETRY_S) -> None:
        self._fleet = fleet
        self._address = f"{url.rstrip('/')}/ingest/osmand"
        self._retry_s = retry_s
        self._outage = Outage(self._address)
        self._refused: set[str] = set()
        self._time = datetime.now(UTC)
        self._ticked = asyncio.Condition()

    async def run(self, stopping: asyncio.Event) -> None:
        """Reports until `stopping` is set; what is on its way then is dropped."""
        # Proxies in the environment are meant for the way out, not for a server that is usually this machine.
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http,
            asyncio.TaskGroup() as connections,
        ):
            tasks = [connections.create_task(self._keep_sending(http)) for _ in range(CONNECTIONS)]
            await self._keep_driving(stopping)
            for task in tasks:
                task.cancel()

    async def _keep_driving(self, stopping: asyncio.Event) -> None:
        before_s = time.monotonic()
        while not stopping.is_set():
            now_s = time.monotonic()
            self._fleet.advance(min(now_s - before_s, _LONGEST_STEP_S))
            self._time, before_s = datetime.now(UTC), now_s
            async with self._ticked:
                self._ticked.notify_all()
            await _wait(stopping, TICK_S)

    async def _keep_sending(self, http: httpx.AsyncClient) -> None:
        while True:
            device = self._fleet.take_turn()
            if device is None:
                async with self._ticked:
                    await self._ticked.wait()
                continue
            has_answer = await self._send(http, device)
            self._fleet.end_turn(device)
            if not has_answer:
                await asyncio.sleep(self._retry_s)

    async def _send(self, http: httpx.AsyncClient, device: Device) -> bool:
        """Sends a report of the device; False when the server could not say what it thinks of it."""
        try:
            response = await http.get(self._address, params=render_report(device, self._time))
        except httpx.TransportError as error:
            self._outage.note_failure(str(error) or type(error).__name__)
            return False
        if response.status_code not in (200, 400, 403):
            self._outage.note_failure(f"HTTP {response.status_code}")
            return False
        self._outage.note_answer()
        self._note_refusal(device, response)
        return True

    def _note_refusal(self, device: Device, response: httpx.Response) -> None:
        """Logs the first refusal of a device; it goes on, as it may be registered or unblocked."""
        if response.status_code == 200:
            self._refused.discard(device.device_id)
        elif device.device_id not in self._refused:
            self._refused.add(device.device_id)
            logger.info("the server refuses %s: %s", device.device_id, response.text.strip())


async def wait_until_ready(url: str, stopping: asyncio.Event) -> None:
    """Returns as soon as the server at `url` says that it is ready, or `stopping` is set."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
        while not stopping.is_set() and not await _is_ready(http, url):
            await _wait(stopping, TICK_S)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url.rstrip('/')}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
