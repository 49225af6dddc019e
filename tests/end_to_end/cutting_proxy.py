"""A network between a page and the server that a test can cut.

Every request gets a connection of its own, so that a cut hits what it is meant for and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.patience import PATIENCE_S

EVENT_PATH = "/event/subscription"
_CHUNK = 65_536
# Whatever the transport puts around it, a heartbeat ends what the server writes; a handshake or a document does not.
_HEARTBEAT_AT_END = re.compile(rb'(?:(?<![\w"])X|"(?:1\|)?X"}\);)\s*(?:0\s*)?\Z')
# A masked frame with one byte of text, or with the few that a browser compresses it to.
_MASKED_HEARTBEAT = re.compile(rb"(?:\x81\x81.{5}|\xc1\x82.{6}|\xc1\x83.{7}|\xc1\x84.{8})\Z", re.DOTALL)
# From RFC 6455, section 1.3.
_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE_GOING_AWAY = b"\x88\x02\x03\xe9"


class Websockets(StrEnum):
    """What becomes of websockets here."""

    PASS = "pass"
    REFUSED = "refused"
    CLOSED_BEFORE_A_FRAME = "closed-before-a-frame"
    SWALLOWED = "swallowed"


@dataclass(frozen=True, slots=True)
class Request:
    """The head of one HTTP request."""

    method: str
    target: str
    headers: dict[str, str]

    @classmethod
    def parse(cls, head: bytes) -> Request:
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.split(":", 1) for line in lines)
        return cls(method, target, {name.lower(): value.strip() for name, value in pairs})

    @property
    def is_for_events(self) -> bool:
        return urlsplit(self.target).path == EVENT_PATH

    @property
    def is_upgrade(self) -> bool:
        return "upgrade" in self.headers

    @property
    def transport(self) -> str:
        return parse_qs(urlsplit(self.target).query).get("X-Atmosphere-Transport", [""])[0]

    @property
    def connects(self) -> bool:
        """Whether it asks for events, rather than to push or to close."""
        return self.is_for_events and self.method == "GET" and self.transport != "close"

    @property
    def is_heartbeat(self) -> bool:
        return self.method == "POST" and self.body_length == 1

    @property
    def body_length(self) -> int:
        return int(self.headers.get("content-length", "0"))

    def head_for_server(self) -> bytes:
        """The head, asking that the connection end with the response."""
        headers = self.headers if self.is_upgrade else {**self.headers, "connection": "close"}
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class CuttingProxy:
    """Listens on a port of its own and passes on what comes, until it is told to cut."""

    def __init__(self, server_port: int, websockets: Websockets = Websockets.PASS) -> None:
        self._server_port = server_port
        self.websockets = websockets
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cutting proxy", daemon=True)
        self._exchanges: set[asyncio.Task[None]] = set()
        self._connected: set[_Exchange] = set()
        self._held: set[_Exchange] = set()
        self._changed = asyncio.Event()
        self._gate = asyncio.Event()
        self._is_ending = False
        self.requests: list[Request] = []
        """Those to the event address, as they came."""
        self.heartbeats = Counter[str]()
        """How many came from each side, `server` and `client`."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._listener = self._call(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.let_in()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    @property
    def pushes(self) -> int:
        """How many messages came by POST; heartbeats are none."""
        return sum(request.method == "POST" and request.body_length > 1 for request in self.requests)

    def hold(self) -> None:
        """Lets nothing new but heartbeats reach the server; who asks has to wait. Open connections stay."""
        self._call(self._set_gate(is_open=False))

    def cut(self) -> None:
        """Ends the page's event connection as soon as there is one, and holds what comes next.

        The server has noticed when this returns, and what it had sent is on its way to the page.
        """
        self._call(self._cut())

    def drop(self) -> None:
        """Ends a request for events that is held as soon as there is one: the server never hears of it."""
        self._call(self._drop())

    def let_in(self) -> None:
        """Lets requests reach the server, those first that had to wait."""
        self._call(self._set_gate(is_open=True))

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_ending:
            writer.transport.abort()
            return
        task = self._loop.create_task(self._serve(reader, writer))
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)
        # Whatever becomes of it; it may be cancelled before it begins.
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # A browser also opens connections that it then has no use for.
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                request = Request.parse(await reader.readuntil(b"\r\n\r\n"))
                await self._answer(request, reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = _Exchange(self, request, reader, writer)
        if request.is_for_events:
            self.requests.append(request)
            if request.is_upgrade and self.websockets is Websockets.SWALLOWED:
                await reader.read()
                return
            if request.is_upgrade and self.websockets is not Websockets.PASS:
                writer.write(_refusal(request, self.websockets))
                return
            # A browser has six connections at most: heartbeats that wait would keep it from asking for events.
            if not request.is_heartbeat and not await self._let_pass(exchange):
                return
        try:
            await exchange.run(self._server_port)
        finally:
            self._connected.discard(exchange)

    async def _let_pass(self, exchange: _Exchange) -> bool:
        """Holds it at the gate; whether it is still wanted on the other side."""
        self._note(exchange, self._held)
        try:
            await self._gate.wait()
        finally:
            self._held.discard(exchange)
        return exchange.is_wanted

    def note_answer(self, exchange: _Exchange, chunk: bytes) -> None:
        """The server has begun to answer, or goes on."""
        self.heartbeats["server"] += bool(_HEARTBEAT_AT_END.search(chunk))
        self._note(exchange, self._connected)

    def _note(self, exchange: _Exchange, those: set[_Exchange]) -> None:
        if exchange.request.connects:
            those.add(exchange)
            self._changed.set()

    async def _any_of(self, those: set[_Exchange]) -> set[_Exchange]:
        while not those:
            self._changed.clear()
            await self._changed.wait()
        return those

    async def _set_gate(self, *, is_open: bool) -> None:
        if is_open:
            self._gate.set()
        else:
            self._gate.clear()

    async def _cut(self) -> None:
        connected = await self._any_of(self._connected)
        self._gate.clear()
        await asyncio.gather(*(exchange.cut() for exchange in connected))

    async def _drop(self) -> None:
        for exchange in await self._any_of(self._held):
            exchange.drop()
        self._held.clear()

    async def _end(self) -> None:
        self._is_ending = True
        for task in self._exchanges:
            task.cancel()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        # Not earlier: asyncio forgets a connection that it is just accepting.
        self._listener.close()


class _Exchange:
    """One request, its response, and the connection that carries them."""

    def __init__(
        self, proxy: CuttingProxy, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.request = request
        self._proxy = proxy
        self._reader, self._writer = reader, writer
        self._ended = asyncio.Event()

    @property
    def is_wanted(self) -> bool:
        """Whether the page still waits for the response."""
        return not (self._writer.is_closing() or self._reader.at_eof())

    async def run(self, server_port: int) -> None:
        """Passes on what comes from either side until the server ends its own."""
        from_server, self._to_server = await asyncio.open_connection("127.0.0.1", server_port)
        self._to_server.write(self.request.head_for_server())
        self._upstream = asyncio.create_task(self._pass_to_server())
        try:
            while chunk := await from_server.read(_CHUNK):
                self._writer.write(chunk)
                self._proxy.note_answer(self, chunk)
        finally:
            self._upstream.cancel()
            self._to_server.close()
            self._ended.set()

    async def cut(self) -> None:
        """Tells the server that the client is gone, and passes on what it had to say until then."""
        self._upstream.cancel()
        self._to_server.write_eof()
        await self._ended.wait()

    def drop(self) -> None:
        """Ends it before the server hears of it."""
        self._writer.transport.abort()

    async def _pass_to_server(self) -> None:
        self._proxy.heartbeats["client"] += self.request.is_heartbeat
        with suppress(ConnectionError):
            while chunk := await self._reader.read(_CHUNK):
                self._proxy.heartbeats["client"] += self.request.is_upgrade and bool(_MASKED_HEARTBEAT.search(chunk))
                self._to_server.write(chunk)
            self._to_server.write_eof()


def _refusal(request: Request, websockets: Websockets) -> bytes:
    if websockets is Websockets.REFUSED:
        return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    key = request.headers["sec-websocket-key"] + _WEBSOCKET_GUID
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return f"{head}{accept}\r\n\r\n".encode() + _CLOSE_GOING_AWAY
