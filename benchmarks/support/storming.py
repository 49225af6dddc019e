"""Clients that come back whenever their connection ends, and a device that reports all the while. A worker.

Usage: python -m benchmarks.support.storming HOST:PORT DEVICES_HOST:PORT
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.reporting import Connection
from benchmarks.support.updates import CLOCK_DIGITS, NUMBER_DIGITS, read_mark

REPORT_EVERY_S = 0.1
# As published clients do: again at once, spread over a second.
BACK_WITHIN_S = 1.0
# So many handshakes are under way; a browser is one of many machines.
AT_ONCE = 500
RIGHT_WITHIN_S = 600.0


class StormClient(WSListener):
    """One connection of a client."""

    def __init__(self, storm: Storm, number: int) -> None:
        self._storm, self._number = storm, number
        self.is_over = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._storm.subscription.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            if (mark := read_mark(frame.get_payload_as_bytes())) is not None:
                self._storm.seen[self._number] = max(mark.number, self._storm.seen.get(self._number, 0))
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.is_over.set()


class Storm:
    """All clients, and the device that they follow."""

    def __init__(self, host: str, devices: str) -> None:
        self._url, self._devices = f"ws://{host}/event/subscription", devices
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []
        self._sent = 0
        self._answers_s: list[float] = []
        self.failed = 0
        self.subscription = ""
        self.seen: dict[int, int] = {}
        """By the number of each client the newest report that it knows of."""

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        if action == "begin":
            return await self._begin(**arguments)
        return await self._settle(**arguments)

    async def _begin(self, clients: int, subscription: str) -> dict[str, Any]:
        """Begins to report and to connect; `settle` says when all are right."""
        self.subscription = subscription
        self._tasks.append(asyncio.create_task(self._report()))
        self._tasks += [asyncio.create_task(self._stay(number)) for number in range(clients)]
        return {}

    async def _settle(self, *, since_last: bool = False) -> dict[str, Any]:
        """How long it takes until each client knows of a report that is sent from now on, and how reports fare.

        `since_last`: of the reports also those that were sent since the answer before.
        """
        began_s, after = time.monotonic(), self._sent + 1
        if not since_last:
            self._answers_s, self.failed = [], 0
        clients = len(self._tasks) - 1
        while sum(number >= after for number in self.seen.values()) < clients:
            if time.monotonic() - began_s > RIGHT_WITHIN_S:
                break
            await asyncio.sleep(0.02)
        answers, failed = sorted(self._answers_s) or [0.0], self.failed
        self._answers_s, self.failed = [], 0
        return {
            "right_s": time.monotonic() - began_s,
            "right": sum(number >= after for number in self.seen.values()),
            "p50_ms": answers[len(answers) // 2] * 1e3,
            "most_ms": answers[-1] * 1e3,
            "reports": len(answers),
            "failed": failed,
        }

    async def _stay(self, number: int) -> None:
        """Comes, and comes back, for ever."""
        while True:
            client = StormClient(self, number)
            try:
                async with self._turns:
                    await ws_connect(lambda client=client: client, self._url, websocket_handshake_timeout=60)
                await client.is_over.wait()
            except (WSError, OSError, TimeoutError):
                pass
            await asyncio.sleep(random.uniform(0, BACK_WITHIN_S))

    async def _report(self) -> None:
        """A report each tenth of a second, as soon as the one before was answered."""
        connection: Connection | None = None
        while True:
            began_s = time.monotonic()
            try:
                connection = connection or await Connection.open(self._devices)
                self._sent += 1
                await connection.send(self._request())
                self._answers_s.append(time.monotonic() - began_s)
            except (OSError, RuntimeError, asyncio.IncompleteReadError):
                connection, self.failed = None, self.failed + 1
            await asyncio.sleep(max(0.0, began_s + REPORT_EVERY_S - time.monotonic()))

    def _request(self) -> bytes:
        mark = f"{self._sent:0{NUMBER_DIGITS}}%20{time.monotonic_ns():0{CLOCK_DIGITS}}"
        place = f"{self._sent % 1_000_000:06}"
        query = f"id=bench-1&timestamp={time.time_ns() // 1_000_000}&lat=52.{place}&lon=13.{place}&mark={mark}"
        return f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: {self._devices}\r\n\r\n".encode()


async def run() -> None:
    await answer_questions(Storm(*sys.argv[1:]).answer)


if __name__ == "__main__":
    asyncio.run(run())
