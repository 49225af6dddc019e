"""Clients that come back whenever their connection ends, and the device that they all follow. A worker.

Usage: python -m benchmarks.support.storming HOST:PORT DEVICES_HOST:PORT
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.steady import Reporter
from benchmarks.support.updates import read_mark

# Each report is a frame for every client.
REPORT_EVERY_S = 1.0
# As published clients do: again at once, spread over a second.
BACK_WITHIN_S = 1.0
# So many handshakes are under way; a browser is one of many machines.
AT_ONCE = 500
CUT_WITHIN_S = 60.0
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
        self._storm.seen.pop(self._number, None)
        self._storm.cut += 1
        self.is_over.set()


class Storm:
    """All clients, and the device that they follow."""

    def __init__(self, host: str, devices: str) -> None:
        self._url, self._devices = f"ws://{host}/event/subscription", devices
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._clients: list[asyncio.Task[None]] = []
        self.cut = 0
        self.subscription = ""
        self.seen: dict[int, int] = {}
        """By the number of each client the newest report that it was told of over the connection that it has."""

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        if action == "begin":
            return await self._begin(**arguments)
        return await self._settle(**arguments)

    async def _begin(self, clients: int, subscription: str, device: int) -> dict[str, Any]:
        """Begins to report and to connect; `settle` says when all are right."""
        self.subscription = subscription
        self._reporter = Reporter(self._devices, device, REPORT_EVERY_S)
        self._reporting = asyncio.create_task(self._reporter.run())
        self._clients = [asyncio.create_task(self._stay(number)) for number in range(clients)]
        return {}

    async def _settle(self, *, are_cut: bool = False) -> dict[str, Any]:
        """How long it takes until each client knows of a report that is sent from now on; how many were cut so far.

        `are_cut`: some lose their connections, and are waited for until they have.
        """
        began_s, after = time.monotonic(), self._reporter.sent + 1
        if are_cut:
            await self._wait(lambda: self.cut > 0, CUT_WITHIN_S)
        await self._wait(lambda: self._right(after) == len(self._clients), RIGHT_WITHIN_S)
        cut, self.cut = self.cut, 0
        return {"right_s": time.monotonic() - began_s, "right": self._right(after), "cut": cut}

    def _right(self, after: int) -> int:
        """How many know of that report, or a later one."""
        return sum(number >= after for number in self.seen.values())

    async def _wait(self, is_so: Callable[[], bool], within_s: float) -> None:
        end_s = time.monotonic() + within_s
        while not is_so() and time.monotonic() < end_s:
            await asyncio.sleep(0.02)

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


async def run() -> None:
    await answer_questions(Storm(*sys.argv[1:]).answer)


if __name__ == "__main__":
    asyncio.run(run())
