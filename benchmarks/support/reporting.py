"""The devices: sends reports over HTTP as fast as they are taken, or at a pace with somebody watching. A worker.

Usage: python -m benchmarks.support.reporting HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.updates import CLOCK_DIGITS, NUMBER_DIGITS, read_mark

MESSAGE = (
    '{"message_time":"@TIME@","device_id":"bench-%d","version":"1.2","location":{"latitude":52.@PLACE@,"longitude":'
    '13.@PLACE@,"altitude":35,"satellites":9,"hdop":0.9,"speed":43.5,"heading":117},"is_moving":true,"battery_level":87,'
    '"board_voltage":13.8,"input_status":1,"hardware_mileage":10@PLACE@}'
)
SILENCE_S = 2.0
# First states come without such a break, even of a busy server.
SETTLED_S = 0.5


class Connection:
    """One keep-alive connection that sends a request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, host: str) -> Connection:
        address, _, port = host.partition(":")
        return cls(*await asyncio.open_connection(address, int(port)))

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises RuntimeError when it is none of success."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"content-length: ")
        body = await self._reader.readexactly(int(length.partition(b"\r\n")[0]))
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError((head + body).decode())
        return body


class Viewer(WSListener):
    """A websocket that follows trackers; notes when the frame of each marked report came."""

    def __init__(self, subscription: str) -> None:
        self._subscription = subscription
        self.is_answered = asyncio.Event()
        self.heard_ns: dict[int, int] = {}
        self._frames = 0

    async def settle(self) -> None:
        """Returns when it has the first states of all, and forgets the marks in them, which are of earlier reports."""
        await self.is_answered.wait()
        frames = -1
        while frames != self._frames:
            frames = self._frames
            await asyncio.sleep(SETTLED_S)
        self.heard_ns.clear()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._subscription.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.is_answered.set()
            self._frames += 1
            if (mark := read_mark(frame.get_payload_as_bytes())) is not None:
                self.heard_ns.setdefault(mark.number, time.monotonic_ns())


class Devices:
    """All devices of one server."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._count = 0
        self._homes: list[Connection] = []
        self._turns: Sequence[Iterator[int]] = []

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        actions: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
            "arrays": self.send_arrays,
            "singles": self.send_singles,
            "settle": self.settle,
            "settled": self.send_settled,
            "watched": self.send_watched,
        }
        return await actions[action](**arguments)

    async def send_arrays(self, seconds: float, sources: int, per_array: int, connections: int) -> dict[str, Any]:
        """NGP arrays, the sources in turns, for that long and at least one of each source."""
        arrays = [
            "[" + ",".join(MESSAGE % number for number in range(start, start + per_array)) + "]"
            for start in range(1, sources + 1, per_array)
        ]
        turn = 0

        def next_request() -> bytes:
            nonlocal turn
            turn += 1
            return self._array_request(arrays[turn % len(arrays)])

        started = time.monotonic()
        end = started + seconds
        await _flood(
            await self._open(connections),
            lambda _: next_request(),
            lambda _: turn < len(arrays) or time.monotonic() < end,
        )
        return {"reports": turn * per_array, "seconds": time.monotonic() - started}

    async def send_singles(self, seconds: float, sources: int, connections: int) -> dict[str, Any]:
        """OsmAnd queries, one report each, for that long, of the sources in turns over whichever connection is free."""
        end = time.monotonic() + seconds
        turns = [cycle(range(1, sources + 1))] * connections
        return await self._send_singles(await self._open(connections), turns, lambda _: time.monotonic() < end)

    async def settle(self, reports: int, sources: int, connections: int) -> dict[str, Any]:
        """The same, that many, each source over a connection that it keeps to: see `send_settled`."""
        self._homes = await self._open(connections)
        self._turns = [cycle(range(first, sources + 1, connections)) for first in range(1, connections + 1)]
        return await self._send_singles(self._homes, self._turns, lambda sent: sent * connections < reports)

    async def send_settled(self, seconds: float) -> dict[str, Any]:
        """The same, for that long, of the sources that have settled."""
        end = time.monotonic() + seconds
        return await self._send_singles(self._homes, self._turns, lambda _: time.monotonic() < end)

    async def send_watched(
        self, seconds: float, sources: int, connections: int, per_s: float, subscription: str, viewed_at: str
    ) -> dict[str, Any]:
        """OsmAnd queries at an even pace; how long after each was sent, and answered by 200, a viewer saw it there."""
        viewer = Viewer(subscription)
        transport, _ = await ws_connect(lambda: viewer, f"ws://{viewed_at}/event/subscription")
        await viewer.settle()
        first, total = self._count, round(seconds * per_s)
        sent_ns: dict[int, int] = {}
        answered_ns: dict[int, int] = {}
        idle: asyncio.Queue[Connection] = asyncio.Queue()
        for _ in range(connections):
            idle.put_nowait(await Connection.open(self._host))

        async def send_one(connection: Connection) -> None:
            number = self._count + 1
            sent_ns[number] = time.monotonic_ns()
            await connection.send(self._single_request(number % sources + 1))
            answered_ns[number] = time.monotonic_ns()
            idle.put_nowait(connection)

        started = time.monotonic()
        async with asyncio.TaskGroup() as sending:
            for index in range(total):
                await asyncio.sleep(max(0.0, started + index / per_s - time.monotonic()))
                sending.create_task(send_one(await idle.get()))
        took_s = time.monotonic() - started
        await _wait_for(lambda: sent_ns.keys() <= viewer.heard_ns.keys())
        transport.disconnect()
        return {
            "per_s": total / took_s,
            "lost": total - len(viewer.heard_ns.keys() & sent_ns.keys()),
            "sent_ms": _spread_ms(viewer.heard_ns, sent_ns),
            "answered_ms": _spread_ms(viewer.heard_ns, answered_ns),
            "first": first,
        }

    async def _send_singles(
        self, connections: Sequence[Connection], sources: Sequence[Iterator[int]], goes_on: Callable[[int], bool]
    ) -> dict[str, Any]:
        started, first = time.monotonic(), self._count
        await _flood(connections, lambda number: self._single_request(next(sources[number])), goes_on)
        return {"reports": self._count - first, "seconds": time.monotonic() - started}

    async def _open(self, connections: int) -> list[Connection]:
        return [await Connection.open(self._host) for _ in range(connections)]

    def _array_request(self, array: str) -> bytes:
        self._count += 1
        time_text = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        body = array.replace("@TIME@", time_text).replace("@PLACE@", f"{self._count % 1_000_000:06}").encode()
        head = f"POST /ingest/ngp HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _single_request(self, source: int) -> bytes:
        self._count += 1
        mark = f"{self._count:0{NUMBER_DIGITS}}%20{time.monotonic_ns():0{CLOCK_DIGITS}}"
        place = f"{self._count % 1_000_000:06}"
        query = f"id=bench-{source}&timestamp={time.time_ns() // 1_000_000}"
        query += f"&lat=52.{place}&lon=13.{place}&speed=23.5&bearing=117&altitude=35&accuracy=5&batt=87&mark={mark}"
        return f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode()


def _spread_ms(heard_ns: Mapping[int, int], since_ns: Mapping[int, int]) -> tuple[float, float]:
    """The median and the 99th percentile of how long after a moment each was heard."""
    waits = sorted(max(0, heard_ns[number] - moment) for number, moment in since_ns.items() if number in heard_ns)
    return waits[len(waits) // 2] / 1e6, waits[len(waits) * 99 // 100] / 1e6


async def _flood(
    connections: Sequence[Connection], next_request: Callable[[int], bytes], goes_on: Callable[[int], bool]
) -> None:
    """Sends over all of them at once: over each the next request for its number when the last one is answered.

    Whether it goes on is asked with how many it has sent.
    """

    async def keep_sending(number: int) -> None:
        sent = 0
        while goes_on(sent):
            await connections[number].send(next_request(number))
            sent += 1

    await asyncio.gather(*map(keep_sending, range(len(connections))))


async def _wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SILENCE_S
    while not is_so() and time.monotonic() < end:
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(answer_questions(Devices(sys.argv[1]).answer))
