"""A client for each transport."""

from __future__ import annotations

import json
import re
import socket
from contextlib import ExitStack, suppress
from typing import Any, ClassVar, Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.transports.client import HANDSHAKE, HEARTBEAT, Client, Line, as_text
from tests.end_to_end.transports.wire import PATIENCE_S, Exchange, dial, get, target, wait_until_noticed

PADDING = " " * 2048 + "\n"
CALLBACK = "atmosphere1790000000000"
JSONP = re.compile(CALLBACK + r'\(\{"message" : ("(?:[^"\\]|\\.)*")\}\);')


class Websocket(Client):
    transport = "websocket"
    wasync_name = "WEBSOCKET"

    def connect(self) -> None:
        scheme = f"ws://127.0.0.1:{self.site.port}"
        self._line = dial(self.site, self.source)
        self._port: int = self._line.getsockname()[1]
        connecting = connect(
            f"{scheme}{target(self.parameters, self.path)}",
            sock=self._line,
            max_size=None,
            open_timeout=PATIENCE_S,
            ping_interval=None,
            additional_headers=self.headers,
            proxy=None,
            # So that what is to fill a connection does.
            compression=None,
        )
        self._open = ExitStack()
        self._socket: ClientConnection = self._open.enter_context(connecting)

    @property
    def local_port(self) -> int:
        return self._port

    def next_raw(self) -> str:
        frame = self._socket.recv(PATIENCE_S)
        assert isinstance(frame, str)
        return frame

    def push(self, document: Any) -> None:
        self._socket.send(as_text(document))

    def drop(self) -> None:
        if hasattr(self, "_open"):
            with suppress(OSError):  # it may have ended already
                self._line.shutdown(socket.SHUT_RDWR)
            self._open.close()

    def close_with(self, code: int | None) -> None:
        """Closes with a close frame that says this, or nothing."""
        self._socket.close(1000 if code is None else code)
        wait_until_noticed(self.site, self._port)

    def is_open(self) -> bool:
        return self._socket.ping().wait(PATIENCE_S)

    def wait_for_end(self) -> list[str]:
        texts: list[str] = []
        with pytest.raises(ConnectionClosed):
            while True:
                texts.extend(self.unframe(self.next_raw()))
        assert self._socket.close_code == 1000
        return texts


class HttpClient(Client):
    """What the transports over HTTP have in common: a request whose response is the way for messages."""

    _held: Exchange | None = None

    def connect(self) -> None:
        self.drop()
        self._held = get(self.site, self.parameters, path=self.path, source=self.source, headers=self.headers)

    @property
    def held(self) -> Exchange:
        assert self._held is not None
        return self._held

    @property
    def local_port(self) -> int:
        return self.held.local_port

    def drop(self) -> None:
        if self._held is not None:
            self._held.close()
        self._held = None

    def wait_for_end(self) -> list[str]:
        rest = self.held.body().strip()
        self.drop()
        return [text for text in self.unframe(rest) if text] if rest else []


class Stream(HttpClient):
    """A response that never ends."""

    content_type: ClassVar[str]
    _begun = ""

    def connect(self) -> None:
        self._begun = ""
        super().connect()
        assert self.held.status == 200
        assert self.held.headers["content-type"].replace(" ", "") == f"{self.content_type};charset=utf-8"

    def next_raw(self) -> str:
        piece = self.held.piece()
        assert piece, "the stream has ended"
        return piece


class Sse(Stream):
    transport = "sse"
    wasync_name = "SSE"
    content_type = "text/event-stream"

    def next_raw(self) -> str:
        """The data of the next event, as an EventSource puts it together."""
        while "\n\n" not in self._begun:
            self._begun = (self._begun + super().next_raw()).replace("\r\n", "\n")
        event, _, self._begun = self._begun.partition("\n\n")
        return "\n".join(
            line.removeprefix("data:").removeprefix(" ") for line in event.split("\n") if line[:5] == "data:"
        )

    def wait_for_end(self) -> list[str]:
        rest = self.held.body()
        self.drop()
        return rest.replace("\r\n", "\n").split("\n\n")[:-1]


class Streaming(Stream):
    transport = "streaming"
    wasync_name = "STREAMING"
    content_type = "text/plain"

    def unframe(self, raw: str) -> list[str]:
        """The texts in what was read so far: a proxy may cut and join writes where the network likes."""
        self._begun += raw
        texts = []
        while text := self._cut_off_tracked() if self.tracks else self._cut_off():
            texts.append(text)
        return texts

    def _cut_off_tracked(self) -> str | None:
        length, bar, rest = self._begun.lstrip().partition("|")
        if not bar or len(rest) < int(length):
            return None
        self._begun = rest[int(length) :]
        return rest[: int(length)]

    def _cut_off(self) -> str | None:
        begun = self._begun.lstrip()
        if begun.startswith(HEARTBEAT):
            end = 1
        elif found := HANDSHAKE.match(begun):
            end = found.end()
        else:
            try:
                _, end = json.JSONDecoder().raw_decode(begun)
            except ValueError:
                return None
        self._begun = begun[end:]
        return begun[:end]

    def _take_greeting(self) -> None:
        if self.line is Line.TYPESCRIPT:
            super()._take_greeting()
        elif self.line.is_legacy:
            first = self.next_raw()
            assert first.startswith(PADDING)
            self._texts.extend(self.unframe(first))


class LongPolling(HttpClient):
    transport = "long-polling"
    wasync_name = "LONG_POLLING"

    _begun = ""

    def open(self) -> Self:
        """Takes the handshake and begins the next poll at once, as all of them do."""
        super().open()
        self.hold()
        return self

    def hold(self) -> None:
        """Begins the poll on which the next message comes, if it has not begun."""
        if self._held is None:
            self.connect()
            self._begun = self.held.piece() if self.is_answered_at_once else ""

    @property
    def is_answered_at_once(self) -> bool:
        """Whether a first byte comes in any case: a legacy client opens at it (atmosphere §5.1)."""
        return self.line.is_legacy and self.transport == "long-polling"

    def next_raw(self) -> str:
        self.hold()
        assert self.held.status == 200
        body = self._begun + self.held.body()
        self.drop()
        return body

    def lose(self) -> None:
        if self._held is not None:
            super().lose()

    def come_back(self) -> Self:
        self.drop()
        self.hold()
        return self


class Jsonp(LongPolling):
    transport = "jsonp"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return [*super().parameters, ("jsonpTransport", CALLBACK)]

    def next_raw(self) -> str:
        return _called_with(super().next_raw())

    def wait_for_end(self) -> list[str]:
        text = _called_with(self.held.body())
        self.drop()
        return [text] if text else []


CLIENTS: dict[str, type[Client]] = {kind.transport: kind for kind in (Websocket, Sse, Streaming, LongPolling, Jsonp)}


def _called_with(script: str) -> str:
    """What a script hands to the callback; an empty one calls nothing."""
    if not script:
        return ""
    found = JSONP.fullmatch(script)
    assert found, script
    text = json.loads(found[1])
    assert isinstance(text, str)
    return text
