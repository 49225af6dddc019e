"""Who is let in when nearly no more files can be opened, or the process is about to end.

At its limit Twisted accepts connections and closes them without a word, probes among them. So a few are kept back: over
them probes are answered, and everybody else is told 503. The same goes for a process that ends.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

from daphne.http_protocol import WebRequest
from twisted.internet import reactor
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Port
from twisted.web.http import HTTPChannel

from config.bodies import CountedRequest
from config.open_files import FOR_PROBES, Room

logger = logging.getLogger(__name__)

PROBES = (b"/healthz", b"/readyz", b"/metrics")
# Longer than any probe takes (trackers/intake/batching.py).
RESERVED_S = 5.0
LOG_S = 60.0
RETRY_AFTER_S = 10
REASON = "No more connections can be taken."
REFUSAL = (
    f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: {len(REASON)}\r\n"
    f"Retry-After: {RETRY_AFTER_S}\r\nConnection: close\r\n\r\n{REASON}"
).encode()


def guard_listeners(room: Room) -> None:
    """Puts a guard before every port of the running reactor."""
    for reader in reactor.getReaders():
        if isinstance(reader, Port):
            reader.factory = Guard(reader.factory, room, reader)


def current_guards() -> list[Guard]:
    """The guards of the running reactor's ports."""
    factories = [reader.factory for reader in reactor.getReaders() if isinstance(reader, Port)]
    return [factory for factory in factories if isinstance(factory, Guard)]


class Guard:
    """Stands before the factory of daphne's protocols, and decides who gets one."""

    def __init__(self, factory: Any, room: Room, port: Any) -> None:
        self._factory = factory
        self._room = room
        self._port = port
        self._reserved: set[_ReservedChannel] = set()
        # Those that have asked nothing yet, the oldest first.
        self._silent: dict[_ReservedChannel, None] = {}
        self._log_at = 0.0
        self._channels: WeakSet[Any] = WeakSet()
        self._is_ending = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def buildProtocol(self, address: Any) -> Any:
        """Twisted's name; called for each connection that was accepted."""
        if self.admits():
            channel = self._factory.buildProtocol(address)
            channel.requestFactory = CountedRequest
            self._channels.add(channel)
            return channel
        if len(self._reserved) >= FOR_PROBES and not self._make_room():
            return _Refusal()
        return _ReservedChannel(self, self._factory)

    def admits(self) -> bool:
        """Whether there is room for one more connection than those that are kept back, which then takes it."""
        now = time.monotonic()
        if self._is_ending:
            return False
        has_room = self._room.take(beside=len(self._reserved), now=now)
        if not has_room:
            self._note(now)
        return has_room

    # The end

    def stop_listening(self) -> None:
        """Leaves what connects from now on to others at the same socket."""
        self._port.stopListening()

    def end(self) -> None:
        """Admits probes only from now on, and has each connection end with its next answer."""
        self._is_ending = True
        for channel in self._open_channels():
            channel.requestFactory = _LastRequest
            for request in channel._channel.requests:
                _make_last(request)

    @property
    def has_connections(self) -> bool:
        """Whether any is open, but for those of websockets."""
        return any(True for _ in self._open_channels())

    @property
    def is_asked(self) -> bool:
        """Whether a request is on its way here, or its answer on its way back."""
        return any(channel._channel.requests for channel in self._open_channels())

    def close_idle(self) -> None:
        """Closes the connections over which nothing is asked."""
        for channel in self._open_channels():
            if not channel._channel.requests:
                channel._channel.transport.loseConnection()

    def _open_channels(self) -> Iterator[Any]:
        for channel in tuple(self._channels):
            # That of a websocket belongs to another protocol by now.
            transport = channel._channel.transport
            if transport is not None and transport.connected and transport.protocol is channel:
                yield channel

    # Those that were kept back

    def enter(self, channel: _ReservedChannel) -> None:
        """A connection of those kept back begins."""
        self._reserved.add(channel)
        self._silent[channel] = None

    def hear(self, channel: _ReservedChannel) -> None:
        """It has asked something."""
        self._silent.pop(channel, None)

    def leave(self, channel: _ReservedChannel) -> None:
        """It is over."""
        self._reserved.discard(channel)
        self._silent.pop(channel, None)

    def _make_room(self) -> bool:
        """Ends a connection that says nothing: a probe asks at once, and must not wait behind such."""
        oldest = next(iter(self._silent), None)
        if oldest is not None:
            self.leave(oldest)
            oldest.transport.abortConnection()
        return oldest is not None

    def _note(self, now: float) -> None:
        if now >= self._log_at:
            self._log_at = now + LOG_S
            logger.warning("of %s files nearly all are open: new connections get 503, probes none", self._room.limit)


def _make_last(request: Any) -> None:
    """Closes the connection after the answer to this request, and says so if that can still be said."""
    request.channel.persistent = False
    if not request.startedWriting:
        request.setHeader(b"connection", b"close")


class _LastRequest(CountedRequest):
    """A request after which its connection is closed."""

    def process(self) -> Any:
        _make_last(self)
        return super().process()


class _Refusal(Protocol):
    """Says no, and hangs up."""

    def connectionMade(self) -> None:
        self.transport.write(REFUSAL)
        self.transport.loseConnection()


class _ReservedChannel(HTTPChannel):
    """A connection that is there for a probe, for a few seconds."""

    timeOut = RESERVED_S

    def __init__(self, guard: Guard, factory: Any) -> None:
        super().__init__()
        self.guard = guard
        self.factory = factory
        self.requestFactory = _ReservedRequest

    def connectionMade(self) -> None:
        super().connectionMade()
        self.guard.enter(self)
        # Whatever it sends, and however slowly.
        self._end = reactor.callLater(RESERVED_S, self.transport.abortConnection)

    def connectionLost(self, reason: Any) -> None:
        self.guard.leave(self)
        if self._end.active():
            self._end.cancel()
        super().connectionLost(reason)


class _ReservedRequest(WebRequest):
    """A request over it. It is read as a whole, so that its sender reads the answer."""

    def process(self) -> Any:
        self.channel.guard.hear(self.channel)
        self.channel.persistent = False
        self.setHeader(b"connection", b"close")
        if self.path in PROBES:
            return super().process()
        self.setHeader(b"retry-after", str(RETRY_AFTER_S).encode())
        self.basic_error(503, b"Service Unavailable", REASON)
        return None
