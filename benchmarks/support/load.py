"""The clients: connects many websockets to one server and counts what each receives. A worker.

Usage: python -m benchmarks.support.load
"""

from __future__ import annotations

import asyncio
import time
from array import array
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.updates import read_mark

CONNECTS_AT_ONCE = 20
# Whoever has heard nothing for so long has lost what is missing.
SILENCE_S = 4.0
POLL_S = 0.01


class Window:
    """The updates that are measured now, and who got which of them."""

    def __init__(self, *, clients: int, first: int, count: int) -> None:
        self.first = first
        self.count = count
        self.received = [bytearray(count) for _ in range(clients)]
        self.delivered = 0
        self.latencies_ns = array("q")
        self.payload_bytes = 0

    def note(self, client: int, payload: bytes) -> None:
        mark = read_mark(payload)
        if mark is None or not 0 <= mark.number - self.first < self.count:
            return
        self.received[client][mark.number - self.first] += 1
        self.delivered += 1
        self.latencies_ns.append(time.monotonic_ns() - mark.made_ns)
        self.payload_bytes = len(payload)

    async def settle(self) -> None:
        """Returns when every client has every update, or nothing more comes."""
        delivered, changed_at = -1, 0.0
        while self.delivered < self.count * len(self.received):
            now = time.monotonic()
            if self.delivered != delivered:
                delivered, changed_at = self.delivered, now
            elif now - changed_at > SILENCE_S:
                return
            await asyncio.sleep(POLL_S)

    def summary(self) -> dict[str, Any]:
        latencies = sorted(self.latencies_ns) or [0]
        return {
            "delivered": self.delivered,
            "lost": sum(numbers.count(0) for numbers in self.received),
            "repeated": self.delivered - sum(len(numbers) - numbers.count(0) for numbers in self.received),
            "payload_bytes": self.payload_bytes,
            "p50_ms": latencies[len(latencies) // 2] / 1e6,
            "p99_ms": latencies[len(latencies) * 99 // 100] / 1e6,
        }


class LoadClient(WSListener):
    """One websocket; `ready` is set by the first frame, if the server is to send one."""

    def __init__(self, load: Load, number: int, subscription: str | None) -> None:
        self._load = load
        self._number = number
        self._subscription = subscription
        self.ready = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._subscription is None:
            self.ready.set()
        else:
            transport.send(WSMsgType.TEXT, self._subscription.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.ready.set()
            self._load.window.note(self._number, frame.get_payload_as_bytes())


class Load:
    """All clients of one server."""

    def __init__(self) -> None:
        self.window = Window(clients=0, first=0, count=0)
        self._connections: list[tuple[WSTransport, LoadClient]] = []

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "connect":
                return await self._connect(**arguments)
            case "open":
                self.window = Window(clients=len(self._connections), **arguments)
                return {}
            case "settle":
                await self.window.settle()
                return self.window.summary()
        raise ValueError(action)

    async def _connect(self, url: str, clients: int, subscription: str | None) -> dict[str, Any]:
        for start in range(0, clients, CONNECTS_AT_ONCE):
            numbers = range(start, min(start + CONNECTS_AT_ONCE, clients))
            self._connections += await asyncio.gather(
                *(self._connect_one(url, number, subscription) for number in numbers)
            )
        return {"connected": len(self._connections)}

    async def _connect_one(self, url: str, number: int, subscription: str | None) -> tuple[WSTransport, LoadClient]:
        transport, client = await ws_connect(
            lambda: LoadClient(self, number, subscription), url, websocket_handshake_timeout=60
        )
        await asyncio.wait_for(client.ready.wait(), 60)
        return transport, client


if __name__ == "__main__":
    asyncio.run(answer_questions(Load().answer))
