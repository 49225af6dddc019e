"""Who is let in when nearly no more files can be opened.

At its limit Twisted accepts connections and closes them without a word, probes among them. So a few are kept back: over
them probes are answered, and everybody else is told 503.
"""

from __future__ import annotations

import logging
import time
from typing import Any

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
REASON = "No more connections can be opened."
REFUSAL = (
    f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: {len(REASON)}\r\n"
    f"Retry-After: {RETRY_AFTER_S}\r\nConnection: close\r\n\r\n{REASON}"
).encode()


def guard_listeners(room: Room) -> None:
    """Puts a guard before every port of the running reactor."""
    for reader in reactor.getReaders():
        if isinstance(reader, Port):
            reader.factory = Guard(reader.factory, room)


class Guard:
    """Stands before the factory of daphne's protocols, and decides who gets one."""

    def __init__(self, factory: Any, room: Room) -> None:
        self._factory = factory
        self._room = room
        self._reserved: set[_ReservedChannel] = set()
        # Those that have asked nothing yet, the oldest first.
        self._silent: dict[_ReservedChannel, None] = {}
        self._log_at = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def buildProtocol(self, address: Any) -> Any:
        """Twisted's name; called for each connection that was accepted."""
        now = time.monotonic()
        if self._room.take(beside=len(self._reserved), now=now):
            protocol = self._factory.buildProtocol(address)
            protocol.requestFactory = CountedRequest
            return protocol
        self._note(now)
        if len(self._reserved) >= FOR_PROBES and not self._make_room():
            return _Refusal()
        return _ReservedChannel(self, self._factory)

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
