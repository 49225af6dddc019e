"""Clients that live through restarts of their server: each comes back by the transport that it had.

One whose connection ends in good order goes on with its id; one whose connection breaks, or that hears that it is not
known any more, begins anew.
"""

from __future__ import annotations

import asyncio
import json
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidHandshake, InvalidMessage

from tests.end_to_end.servers import WebServer
from tests.patience import PATIENCE_S

RETRY_S = 0.2
BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)
LOST = (OSError, httpx.HTTPError, InvalidHandshake, InvalidMessage, EOFError)


class Survivor(ABC):
    """A client that subscribes when it has its id from the server."""

    transport: ClassVar[str]

    def __init__(self, server: WebServer, credential: str, tracker_ids: Sequence[int], http: httpx.AsyncClient) -> None:
        self.heights: dict[int, int] = {}
        """Of each source, as heard last."""
        self.ends: Counter[int] = Counter()
        """Close codes, or the statuses of refusals."""
        self.connections = self.failed_pushes = 0
        self.may_be_cancelled = True
        """An HTTP request, only while it waits for what the server sends.

        httpx leaves open what a request was about to close when it is cancelled: idle connections of the pool that the
        server has closed meanwhile.
        """
        self._server, self._http = server, http
        self._command = json.dumps(
            {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": list(tracker_ids)}
        )
        self._tracking_id = "0"

    def __repr__(self) -> str:
        told = f"{self.connections} connections, ends {dict(self.ends)}, {self.failed_pushes} failed pushes"
        return f"{type(self).__name__} {self._tracking_id}: {told}, {self.heights}"

    async def live(self) -> None:
        """Connects again and again."""
        while True:
            try:
                await self.connect()
            except ConnectionClosedError as error:
                self.ends[error.rcvd.code if error.rcvd else 0] += 1
                if error.rcvd is None:
                    self._tracking_id = "0"
            except BROKEN:
                self._tracking_id = "0"
            except LOST:
                self.may_be_cancelled = True
                await asyncio.sleep(RETRY_S)

    @abstractmethod
    async def connect(self) -> None:
        """Connects, and hears until the connection ends."""

    @property
    def is_known(self) -> bool:
        """Whether it has its id from the server."""
        return self._tracking_id != "0"

    @property
    def path(self) -> str:
        query = {
            "X-Atmosphere-tracking-id": self._tracking_id,
            "X-Atmosphere-Framework": "2.3.8-javascript",
            "X-Atmosphere-Transport": self.transport,
            "X-Atmosphere-TrackMessageSize": "true",
            "X-atmo-protocol": "true",
            "Content-Type": "application/json",
        }
        return f"/event/subscription?{urlencode(query)}"

    def hear(self, text: str) -> bool:
        """Takes one frame; whether it was the handshake."""
        if (text := text.strip()).startswith("{"):
            message = json.loads(text)
            assert message["type"] != "error", message
            if message.get("event") == "logout":
                # Nobody knows it any more.
                self._tracking_id = "0"
            elif message.get("event") == "state":
                self.heights[message["data"]["source_id"]] = message["data"]["gps"]["alt"]
        elif "|" in text and not self.is_known:
            self._tracking_id = text.split("|")[0]
            return True
        return False

    async def trace(self, step: str, _told: object) -> None:
        """Hears how far a request of the client is (the extension `trace` of httpcore)."""
        self.may_be_cancelled = step.startswith("http11.receive_response") and step.endswith(".started")

    async def push(self, text: str) -> None:
        """Pushes, until it is taken."""
        self.may_be_cancelled = False
        while True:
            try:
                if (await self._http.post(f"{self._server.url}{self.path}", content=text)).status_code == 200:
                    self.may_be_cancelled = True
                    return
            except LOST:
                self.failed_pushes += 1
            await asyncio.sleep(RETRY_S)


class Socket(Survivor):
    """A websocket of a program that knows the protocol."""

    transport = "websocket"

    async def connect(self) -> None:
        address = f"ws://127.0.0.1:{self._server.port}{self.path}"
        async with connect(address, max_size=None, ping_interval=None, open_timeout=PATIENCE_S, proxy=None) as socket:
            self.connections += 1
            async for frame in socket:
                for text in split_by_length(str(frame))[0]:
                    if self.hear(text):
                        await socket.send(self._command)


class BareSocket(Survivor):
    """A websocket of a program that knows no protocol: it subscribes anew each time."""

    transport = "websocket"

    async def connect(self) -> None:
        address = f"ws://127.0.0.1:{self._server.port}/event/subscription"
        async with connect(address, max_size=None, ping_interval=None, open_timeout=PATIENCE_S, proxy=None) as socket:
            self.connections += 1
            await socket.send(self._command)
            async for frame in socket:
                self.hear(str(frame))


class Poll(Survivor):
    """Long-polling: one request after the other."""

    transport = "long-polling"

    async def connect(self) -> None:
        self.may_be_cancelled = False
        answer = await self._http.get(f"{self._server.url}{self.path}", extensions={"trace": self.trace})
        if answer.status_code != 200:
            self.ends[answer.status_code] += 1
            raise EOFError
        self.connections += 1
        for text in split_by_length(answer.text.strip())[0]:
            if self.hear(text):
                await self.push(self._command)


class Stream(Survivor):
    """A response that never ends."""

    transport = "streaming"

    async def connect(self) -> None:
        rest, self.may_be_cancelled = "", False
        address, extensions = f"{self._server.url}{self.path}", {"trace": self.trace}
        async with self._http.stream("GET", address, extensions=extensions) as answer:
            if answer.status_code != 200:
                self.ends[answer.status_code] += 1
                raise EOFError
            self.connections += 1
            async for piece in answer.aiter_text():
                texts, rest = split_by_length((rest + piece).lstrip())
                for text in texts:
                    if self.hear(text):
                        await self.push(self._command)


def split_by_length(text: str) -> tuple[list[str], str]:
    """The messages of a text in which each stands behind its length, and what is of the next one."""
    texts = []
    while (mark := text.find("|")) > 0 and text[:mark].isdecimal():
        end = mark + 1 + int(text[:mark])
        if len(text) < end:
            break
        texts.append(text[mark + 1 : end])
        text = text[end:].lstrip()
    return texts, text


class Survivors:
    """Many of them, in a thread of their own."""

    def __init__(self, server: WebServer, credential: str, tracker_ids: Sequence[int], **counts: int) -> None:
        """`counts`: how many of each kind, by the name of its class."""
        self.all: list[Survivor] = []
        self._make = (server, credential, tracker_ids)
        self._counts = counts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def of(self, *kinds: type[Survivor]) -> list[Survivor]:
        return [one for one in self.all if isinstance(one, kinds)]

    def __enter__(self) -> Survivors:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            self._run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _run(self, job: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(job, self._loop).result(PATIENCE_S)

    async def _start(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._http = httpx.AsyncClient(timeout=None, limits=limits, trust_env=False)
        kinds = {kind.__name__: kind for kind in (Socket, BareSocket, Poll, Stream)}
        self.all = [kinds[name](*self._make, self._http) for name, count in self._counts.items() for _ in range(count)]
        self._tasks = [asyncio.create_task(one.live()) for one in self.all]

    async def _stop(self) -> None:
        going_on = dict(zip(self._tasks, self.all, strict=True))
        while going_on:
            for task in [task for task, one in going_on.items() if one.may_be_cancelled or task.done()]:
                task.cancel()
                del going_on[task]
            await asyncio.sleep(0.01)
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
        broken = [end for end in ended if not isinstance(end, asyncio.CancelledError)]
        assert not broken, broken[:3]
