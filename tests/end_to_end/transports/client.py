"""Atmosphere clients of every line and transport, as small programs with one interface.

They do on the wire what the published clients do, no more: what those would take for a message, these do too.
"""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Self

from tests.described import check_message
from tests.end_to_end.servers import Site
from tests.end_to_end.transports.wire import (
    HOME,
    PATH,
    Exchange,
    post,
    target,
    wait_until_noticed,
)
from tests.javascript import read_frames_as_javascript
from tests.patience import PATIENCE_S

HEARTBEAT = "X"
HANDSHAKE = re.compile(r"([A-Za-z0-9_-]+)\|(\d+)\|X\|")
MOST_ANSWERS_WITHOUT_TEXT = 20


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
        """Connects again, and takes what its line expects first (atmosphere §7.2)."""
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
        """Sends a command the way its line does without a websocket (atmosphere §1.4, §5.4)."""
        with post(self.site, self.push_parameters, as_text(document), path=self.path, source=self.source) as answer:
            assert (answer.status, answer.body(), answer.headers["content-length"]) == (200, "", "0")

    @property
    def push_parameters(self) -> list[tuple[str, str]]:
        if self.line is Line.TYPESCRIPT:
            return self.parameters
        changed = {"X-Atmosphere-Transport": "polling"}
        return [(name, changed.get(name, value)) for name, value in self.parameters if name != "X-atmo-protocol"]

    def close_politely(self) -> None:
        """Says goodbye as its line does, and leaves (atmosphere §6.1)."""
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
        deadline = time.monotonic() + PATIENCE_S
        while (text := self.next_text()) == HEARTBEAT:
            assert time.monotonic() < deadline, "nothing but heartbeats"
        message = json.loads(text)
        check_message(message)
        return message

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


def as_text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
