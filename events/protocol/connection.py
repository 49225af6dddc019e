"""The Atmosphere conversation of one connection, whatever carries it: frames in and out, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from events.protocol.framing import (
    EMPTY_EVENT,
    FIELD_NAME,
    HEARTBEAT,
    POLL_PADDING,
    STREAM_PADDING,
    handshake,
    jsonp_call,
    sse_event,
    with_length,
    with_single_breaks,
)
from events.protocol.parameters import ClientLine, Parameters

# Sent by a legacy client once after the handshake when it is told to acknowledge (atmosphere §1.4).
ACKNOWLEDGEMENT = "...ACK..."
# Around the path that a legacy client puts before a message with `dispatchUrl` (atmosphere §1.4).
DISPATCH_MARK = "@@"
# Frames that go to many clients are made for the first of them; a longer one is an answer to a single client.
KEPT_FRAMES = 256
MAX_KEPT_CHARACTERS = 16_384
_kept_with_length = lru_cache(maxsize=KEPT_FRAMES)(with_length)
_kept_sse_event = lru_cache(maxsize=KEPT_FRAMES)(sse_event)


def read_message(text: str) -> str | None:
    """The message in what a client sent; None for a heartbeat and for other words of the protocol."""
    if text.startswith(DISPATCH_MARK):
        text = text.split(DISPATCH_MARK, 2)[-1]
    return None if text.strip() in (HEARTBEAT, ACKNOWLEDGEMENT) else text


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The intervals of both sides' heartbeats, as the settings give them."""

    client_ms: int
    """What the handshake tells clients; 0: none."""
    server: timedelta
    """How long a connection may be silent."""


class Connection:
    """Says which frames to send and which received text is a message. Times are arguments.

    As it is for websockets; a kind of connection that differs is a subclass.
    """

    transport = "websocket"
    """What carries it."""

    # What is sent is noted here with each delivery.
    __slots__ = ("_client_heartbeat_ms", "_silence", "_tracks_size", "last_sent", "parameters", "tracking_id")

    def __init__(self, parameters: Parameters, heartbeats: Heartbeats, *, fresh_id: str) -> None:
        self.parameters = parameters
        self.tracking_id = parameters.tracking_id or fresh_id
        self._tracks_size = parameters.tracks_size
        self._client_heartbeat_ms = heartbeats.client_ms
        self._silence = _longest_silence(parameters, heartbeats.server)
        self.last_sent: datetime | None = None
        """When anything was sent last: the heartbeat only fills silence (atmosphere §3.1)."""

    @property
    def can_come_back(self) -> bool:
        """Whether the client knows its id, so that what it misses can wait for it."""
        return self.parameters.wants_protocol or self.parameters.tracking_id is not None

    def opening(self) -> str:
        """The first frame: a handshake, a heartbeat for a legacy client that is back, or nothing.

        A legacy client calls its reopen handler at the first frame, and takes a second handshake for a message.
        """
        if (first := self.handshake()) is None and self._is_legacy and self._speaks_protocol:
            first = HEARTBEAT
        return "" if first is None else self.frame(first)

    def opening_writes(self) -> tuple[str, ...]:
        """What a stream begins with, write by write."""
        return (self.opening(),)

    def handshake(self) -> str | None:
        """The handshake, if one is due: to a new client, and on each connection to those who parse it anew."""
        if not self.parameters.expects_handshake(anew=True):
            return None
        return handshake(self.tracking_id, self._client_heartbeat_ms)

    def frame(self, message: str) -> str:
        """The frame that carries a message: the same object for the same message, as most go to many clients."""
        if not self._tracks_size:
            return message
        return _kept_with_length(message) if len(message) <= MAX_KEPT_CHARACTERS else with_length(message)

    def heartbeat(self) -> str | None:
        """The frame that fills silence; None for a client that would take it for a message."""
        return self.frame(HEARTBEAT) if self._speaks_protocol else None

    def silence_left_s(self, now: datetime) -> float | None:
        """For how many seconds no heartbeat falls due; None: none ever does.

        A connection over which nothing was sent counts from the first look.
        """
        if self._silence is None:
            return None
        # A clock that was set back would silence the heartbeat until it is there again.
        if self.last_sent is None or self.last_sent > now:
            self.last_sent = now
        return max(0.0, (self._silence - (now - self.last_sent)).total_seconds())

    def must_beat(self, now: datetime) -> bool:
        """Whether the connection has been silent for so long that a heartbeat is due."""
        return self.silence_left_s(now) == 0

    @property
    def _is_legacy(self) -> bool:
        """A browser's client that swallows whitespace and waits for it; others read a message (atmosphere §3.3)."""
        return self.parameters.line is ClientLine.LEGACY

    @property
    def _speaks_protocol(self) -> bool:
        return self.parameters.wants_protocol and not self.parameters.is_outdated


class EventStreamConnection(Connection):
    """Server-sent events (atmosphere §5.3)."""

    transport = "sse"

    def frame(self, message: str) -> str:
        text = super().frame(with_single_breaks(message))
        return _kept_sse_event(text) if len(text) <= MAX_KEPT_CHARACTERS else sse_event(text)

    def opening_writes(self) -> tuple[str, ...]:
        """For wAsync the name of the first field is a write of its own.

        It cuts what it reads at each `data:`, and lets its application push after the first piece, read or not. The
        piece before a name is empty: read together, the application could push before the id is known
        (docs/decisions/0034).
        """
        opening = self.opening()
        if self.parameters.line is not ClientLine.JVM or not opening:
            return (opening,)
        return FIELD_NAME, opening.removeprefix(FIELD_NAME)

    def heartbeat(self) -> str:
        """A comment where `X` would be a message: proxies see that the stream lives."""
        return super().heartbeat() or EMPTY_EVENT


class StreamConnection(Connection):
    """A response that never ends (atmosphere §5.2)."""

    transport = "streaming"

    @property
    def tells_messages_apart(self) -> bool:
        """Whether the client finds where a message ends; else what it reads at once is one to it (atmosphere §4)."""
        return self._tracks_size

    @property
    def may_come_back_twice(self) -> bool:
        """Whether this may be one of two, which a legacy client opens when one broke (`onerror` is the second)."""
        return self._is_legacy and self.parameters.tracking_id is not None

    def opening(self) -> str:
        """Padding for a legacy browser, and the handshake in the same write, if it is due."""
        padding = STREAM_PADDING if self._is_legacy else ""
        first = self.handshake()
        return padding if first is None else padding + self.frame(first)


class PollConnection(Connection):
    """A request that is answered by the next message (atmosphere §5.1)."""

    transport = "long-polling"

    def opening(self) -> str:
        """What a poll that is held begins with: a legacy browser opens when it sees it."""
        return POLL_PADDING if self._is_legacy else ""

    def handshake(self) -> str | None:
        """The handshake for a new client; a later poll looks the same after an error as ever."""
        if not self.parameters.expects_handshake(anew=False):
            return None
        return handshake(self.tracking_id, self._client_heartbeat_ms)

    @property
    def takes_batches(self) -> bool:
        """Whether the client can tell several messages in one body from each other (atmosphere point 32).

        After an error version 5 looks for a handshake anew, and takes the first three parts of a batch for one
        (atmosphere §7.2).
        """
        return self._tracks_size and self.parameters.line is not ClientLine.TYPESCRIPT

    def body(self, messages: Iterable[str]) -> str:
        """The answer that carries one message, or several if the connection takes batches."""
        return "".join(map(self.frame, messages))

    def heartbeat(self) -> str:
        """An empty answer where `X` would be a message: the client polls again."""
        return super().heartbeat() or ""


class ScriptPollConnection(PollConnection):
    """A poll's answer as a script that calls a function: JSONP (atmosphere §5.5)."""

    transport = "jsonp"

    def opening(self) -> str:
        """Nothing: a script runs when it is whole."""
        return ""

    def body(self, messages: Iterable[str]) -> str:
        return jsonp_call(self.parameters.callback, super().body(messages))

    def heartbeat(self) -> str:
        return jsonp_call(self.parameters.callback, super().heartbeat())


def _longest_silence(parameters: Parameters, server_heartbeat: timedelta) -> timedelta | None:
    """The client's wish, but not below the server's setting; None: as long as may be (atmosphere §3.1)."""
    if parameters.heartbeat_s == 0:
        return None
    return max(server_heartbeat, timedelta(seconds=parameters.heartbeat_s or 0))
