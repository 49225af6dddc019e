"""Atmosphere clients of every line and transport, as small programs with one interface.

They do on the wire what the published clients do, no more: what those would take for a message, these do too.
"""

from __future__ import annotations

import json
import re
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from enum import StrEnum
from typing import Any, ClassVar, Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.servers import Site
from tests.end_to_end.transports.wire import (
    HOME,
    PATH,
    PATIENCE_S,
    Exchange,
    dial,
    get,
    post,
    target,
    wait_until_noticed,
)
from tests.javascript import read_frames_as_javascript

HEARTBEAT = "X"
PADDING = " " * 2048 + "\n"
HANDSHAKE = re.compile(r"([A-Za-z0-9_-]+)\|(\d+)\|X\|")
MOST_ANSWERS_WITHOUT_TEXT = 20
CALLBACK = "atmosphere1790000000000"
JSONP = re.compile(CALLBACK + r'\(\{"message" : ("(?:[^"\\]|\\.)*")\}\);')


class Line(StrEnum):
    """The lines of clients, by the version that they send."""

    LEGACY_2 = "2.3.8-javascript"
    LEGACY_4 = "4.0.1"
    TYPESCRIPT = "5.0.7"
    WASYNC = "2.3.0"

    @property
    def is_legacy(self) -> bool:
        return self in (Line.LEGACY_2, Line.LEGACY_4)


class Client(ABC):
    """One client. What is common: its parameters, pushes by POST, messages out of what the transport brings."""

    transport: ClassVar[str]
    wasync_name: ClassVar[str]
    """What the Java client calls the transport."""

    def __init__(
        self,
        site: Site,
        *,
        line: Line = Line.LEGACY_2,
        tracks: bool = False,
        tracking_id: str = "0",
        path: str = PATH,
        source: str = HOME,
        more: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.site, self.line, self.tracks, self.tracking_id = site, line, tracks, tracking_id
        self.path, self.source, self.more, self.headers = path, source, more, headers
        self._texts: deque[str] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.drop()

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What a connection carries in its query."""
        name = self.wasync_name if self.line is Line.WASYNC else self.transport
        pairs = [
            ("X-Atmosphere-tracking-id", self.tracking_id),
            ("X-Atmosphere-Framework", self.line),
            ("X-Atmosphere-Transport", name),
        ]
        if self.tracks:
            pairs.append(("X-Atmosphere-TrackMessageSize", "true"))
        named = {name for name, _ in self.more}
        return [*(pair for pair in pairs if pair[0] not in named), ("X-atmo-protocol", "true"), *self.more]

    def open(self) -> Self:
        """Connects for the first time, and takes the id from the handshake."""
        self.connect()
        found = HANDSHAKE.fullmatch(self.next_text())
        assert found, "no handshake"
        self.tracking_id = found[1]
        return self

    def come_back(self) -> Self:
        """Connects again, and takes what its line expects first (sheet 7.2)."""
        self.connect()
        self._take_greeting()
        return self

    @abstractmethod
    def connect(self) -> None:
        """Begins the connection on which messages come."""

    @abstractmethod
    def next_raw(self) -> str:
        """The next frame, event, write or body."""

    @abstractmethod
    def drop(self) -> None:
        """Ends its side of the connection, if there is one, without a word."""

    @abstractmethod
    def wait_for_end(self) -> list[str]:
        """The texts that still come until the server ends the connection, as the transport's clients expect it."""

    @property
    @abstractmethod
    def local_port(self) -> int:
        """Its end of the connection."""

    def hold(self) -> None:
        """Sees that there is a connection on which messages can come; who polls begins a poll now."""
        return

    def lose(self) -> None:
        """Loses the connection, and waits until the server knows."""
        port = self.local_port
        self.drop()
        wait_until_noticed(self.site, port)

    def push(self, document: Any) -> None:
        """Sends a command the way its line does without a websocket (sheet 1.4, 5.4)."""
        with post(self.site, self.push_parameters, _text(document), path=self.path, source=self.source) as answer:
            assert (answer.status, answer.body(), answer.headers["content-length"]) == (200, "", "0")

    @property
    def push_parameters(self) -> list[tuple[str, str]]:
        if self.line is Line.TYPESCRIPT:
            return self.parameters
        changed = {"X-Atmosphere-Transport": "polling"}
        return [(name, changed.get(name, value)) for name, value in self.parameters if name != "X-atmo-protocol"]

    def close_politely(self) -> None:
        """Says goodbye as its line does, and leaves (sheet 6.1)."""
        if self.line is not Line.TYPESCRIPT:
            self.request_close()
        self.drop()

    def request_close(self) -> None:
        pairs = [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", self.tracking_id)]
        method = "POST" if self.line is Line.LEGACY_4 else "GET"
        with Exchange(self.site, target(pairs, self.path), method=method, source=self.source) as answer:
            assert (answer.status, answer.body()) == (200, "")

    def next_text(self) -> str:
        """The next text, without its length; legacy clients swallow whitespace, and all of them an empty answer."""
        for _ in range(MOST_ANSWERS_WITHOUT_TEXT):
            if self._texts:
                return self._texts.popleft()
            for text in self.unframe(self.next_raw()):
                heard = text.strip() if self.line.is_legacy else text
                self._texts.extend([heard] if heard else [])
        raise AssertionError("nothing but answers without a text")

    def next_message(self) -> dict[str, Any]:
        """The next document; a handshake or anything else that clients do not swallow fails the test."""
        while (text := self.next_text()) == HEARTBEAT:
            pass
        return json.loads(text)

    def messages(self, count: int) -> list[dict[str, Any]]:
        return [self.next_message() for _ in range(count)]

    def unframe(self, raw: str) -> list[str]:
        """The texts in what the transport brought."""
        if self.tracks and raw.strip():
            return read_frames_as_javascript(raw.lstrip())
        return [raw]

    def subscribe(self, credential: str, trackers: Iterable[int], **fields: Any) -> dict[str, Any]:
        """Subscribes to `state`; the answer."""
        self.push(
            {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": list(trackers), **fields}
        )
        return self.next_message()

    def is_silent(self) -> bool:
        """Whether nothing more waits: asks something that is answered last, and looks what came before."""
        self.push("a question")
        answer = self.next_message()
        return answer["type"] == "error" and answer["status"]["code"] == 5

    def _take_greeting(self) -> None:
        if self.line is Line.TYPESCRIPT:
            found = HANDSHAKE.fullmatch(self.next_text())
            assert found and found[1] == self.tracking_id
        elif self.line.is_legacy:
            assert self.next_text() == HEARTBEAT


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
        self._socket.send(_text(document))

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

    def connect(self) -> None:
        super().connect()
        assert self.held.status == 200


class Sse(Stream):
    transport = "sse"
    wasync_name = "SSE"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun = ""

    def connect(self) -> None:
        self._begun = ""
        super().connect()
        assert self.held.headers["content-type"].replace(" ", "") == "text/event-stream;charset=utf-8"

    def next_raw(self) -> str:
        """The data of the next event, as an EventSource puts it together."""
        while "\n\n" not in self._begun:
            piece = self.held.piece()
            assert piece, "the stream has ended"
            self._begun = (self._begun + piece).replace("\r\n", "\n")
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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun = ""

    def connect(self) -> None:
        self._begun = ""
        super().connect()
        assert self.held.headers["content-type"].startswith("text/plain")

    def next_raw(self) -> str:
        piece = self.held.piece()
        assert piece, "the stream has ended"
        return piece

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
        """Whether a first byte comes in any case: a legacy client opens at it (sheet 5.1)."""
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


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
