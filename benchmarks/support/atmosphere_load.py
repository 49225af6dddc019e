"""Atmosphere clients, as many on any transport, and what each receives. A worker.

Usage: python -m benchmarks.support.atmosphere_load
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.http_client import HttpConnection, Traffic
from benchmarks.support.load import CONNECTS_AT_ONCE, POLL_S, SILENCE_S, Window

CONNECT_TIMEOUT_S = 20
# After the last message: every poll that follows it has reached the server, and belongs to the window.
LAST_POLLS_S = 0.2
FRAMEWORK = "3.1.3-javascript"
JSONP_CALLBACK = "atmosphere1"
# The transports whose every message costs a request.
POLLS = ("long-polling", "jsonp")


class NewestWindow(Window):
    """A window of updates of several trackers in turns, of which a client may get the newest only."""

    def __init__(self, *, clients: int, first: int, count: int, trackers: int) -> None:
        super().__init__(clients=clients, first=first, count=count)
        self.trackers = trackers

    async def settle(self) -> None:
        """Returns when every client has the newest of every tracker, or nothing more comes."""
        delivered, changed_at = -1, time.monotonic()
        while not all(all(numbers[-self.trackers :]) for numbers in self.received):
            now = time.monotonic()
            if self.delivered != delivered:
                delivered, changed_at = self.delivered, now
            elif now - changed_at > SILENCE_S:
                break
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(LAST_POLLS_S)

    def summary(self) -> dict[str, Any]:
        """What is missing was lost if nothing newer of the same tracker came, else left out for it."""
        summary = super().summary()
        missing = summary["lost"]
        series = [numbers[tracker :: self.trackers] for numbers in self.received for tracker in range(self.trackers)]
        lost = sum(len(one) - len(one.rstrip(b"\0")) for one in series)
        return {**summary, "lost": lost, "coalesced": missing - lost}


class Ear:
    """What one client hears, whatever carries it: the handshake, the answer to its command, then states."""

    def __init__(self, load: AtmosphereLoad, number: int) -> None:
        self._load = load
        self._number = number
        self.tracking_id = "0"
        self.is_subscribed = asyncio.Event()

    def hear(self, message: bytes) -> None:
        if self.tracking_id == "0":
            self.tracking_id = message.partition(b"|")[0].decode()
        elif not self.is_subscribed.is_set():
            answer = json.loads(message)
            if answer["type"] != "response":
                raise RuntimeError(f"this is no answer to a subscription: {answer}")
            self.is_subscribed.set()
        else:
            self._load.window.note(self._number, message)


class SocketClient(WSListener):
    """One websocket."""

    def __init__(self, ear: Ear, traffic: Traffic, subscription: str) -> None:
        self._ear = ear
        self._traffic = traffic
        self._subscription = subscription.encode()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_bytes()
        self._traffic.byte_count += len(payload) + (2 if len(payload) < 126 else 4)
        is_new = self._ear.tracking_id == "0"
        self._ear.hear(payload)
        if is_new:
            transport.send(WSMsgType.TEXT, self._subscription)


class HttpClient:
    """One stream, or one poll after the other; pushes go over a connection of their own."""

    def __init__(self, ear: Ear, traffic: Traffic, *, host: str, path: str, transport: str, tracks_size: bool) -> None:
        self._ear = ear
        self._connection = HttpConnection(host, traffic)
        self._pushes = HttpConnection(host, traffic)
        self._path = path
        self._transport = transport
        self._tracks_size = tracks_size
        self._read = reader_of(transport, tracks_size)

    async def open(self, subscription: str) -> asyncio.Task[None]:
        """Connects and subscribes; the task that goes on listening."""
        await self._connection.open()
        is_open = asyncio.Event()
        listening = asyncio.create_task(self._listen(is_open))
        await is_open.wait()
        await self._pushes.open()
        answer = await self._pushes.request("POST", self._target("polling"), subscription)
        await answer.whole()
        self._pushes.close()
        return listening

    async def _listen(self, is_open: asyncio.Event) -> None:
        while True:
            response = await self._connection.request("GET", self._target(self._transport))
            if self._ear.tracking_id != "0":
                is_open.set()
            if self._transport in POLLS:
                self._hear(await response.whole())
                continue
            async for piece in response.pieces():
                self._hear(piece)
                is_open.set()

    def _hear(self, data: bytes) -> None:
        for message in self._read(data):
            self._ear.hear(message)

    def _target(self, transport: str) -> str:
        target = f"{self._path}?{parameters_of(self._ear.tracking_id, transport)}"
        if self._tracks_size:
            target += "&X-Atmosphere-TrackMessageSize=true"
        if transport == self._transport:
            target += "&X-atmo-protocol=true"
        if transport == "jsonp":
            target += f"&jsonpTransport={JSONP_CALLBACK}"
        return f"{target}&_={time.time_ns() // 1_000_000}"


def parameters_of(tracking_id: str, transport: str) -> str:
    """What each request of the client for browsers begins with, in its order."""
    return (
        f"X-Atmosphere-tracking-id={tracking_id}&X-Atmosphere-Framework={FRAMEWORK}&X-Atmosphere-Transport={transport}"
    )


def reader_of(transport: str, tracks_size: bool) -> Callable[[bytes], Iterable[bytes]]:
    """What finds the messages in a chunk of a stream, or in the answer to a poll."""
    if tracks_size:
        return read_sized
    return {"sse": read_event, "jsonp": read_script}.get(transport, read_text)


def read_text(data: bytes) -> list[bytes]:
    return [data.strip()]


def read_event(data: bytes) -> list[bytes]:
    return [data.removeprefix(b"data:").strip()]


def read_script(data: bytes) -> list[bytes]:
    document = json.loads(data[data.index(b"{") : data.rindex(b"}") + 1])
    return [document["message"].encode()]


def read_sized(data: bytes) -> Iterable[bytes]:
    """The messages of the benchmark are ASCII: bytes, characters and UTF-16 code units are one."""
    while data := data.lstrip():
        length, _, rest = data.partition(b"|")
        yield rest[: int(length)]
        data = rest[int(length) :]


class AtmosphereLoad:
    """All clients of one server."""

    def __init__(self) -> None:
        self.window = NewestWindow(clients=0, first=0, count=0, trackers=1)
        self.traffic = Traffic()
        self._clients = 0
        self._sockets: list[WSTransport] = []
        self._listening: list[asyncio.Task[None]] = []

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "connect":
                return await self._connect(**arguments)
            case "open":
                self.window = NewestWindow(clients=self._clients, **arguments)
                self.traffic.byte_count = 0
                return {}
            case "settle":
                await self.window.settle()
                for task in self._listening:
                    if task.done():
                        task.result()  # raises what ended it
                return {**self.window.summary(), "wire_bytes": self.traffic.byte_count}
        raise ValueError(action)

    async def _connect(self, clients: int, **how: Any) -> dict[str, Any]:
        for start in range(0, clients, CONNECTS_AT_ONCE):
            numbers = range(start, min(start + CONNECTS_AT_ONCE, clients))
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await asyncio.gather(*(self._connect_one(number, **how) for number in numbers))
        self._clients = clients
        return {"connected": clients}

    async def _connect_one(
        self, number: int, host: str, path: str, transport: str, tracks_size: bool, subscription: str
    ) -> None:
        ear = Ear(self, number)
        if transport == "websocket":
            url = f"ws://{host}{path}?{parameters_of('0', transport)}&X-atmo-protocol=true"
            socket, _ = await ws_connect(lambda: SocketClient(ear, self.traffic, subscription), url)
            self._sockets.append(socket)
        else:
            client = HttpClient(ear, self.traffic, host=host, path=path, transport=transport, tracks_size=tracks_size)
            self._listening.append(await client.open(subscription))
        await ear.is_subscribed.wait()


if __name__ == "__main__":
    asyncio.run(answer_questions(AtmosphereLoad().answer))
