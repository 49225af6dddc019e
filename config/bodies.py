"""How much of requests' bodies a process has in hand: strangers may send many at once, slowly, or without an end.

Counted from the first byte until the request is answered, as what comes of a body lives as long.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet import reactor

from accounts.wire.addresses import address_block, is_trusted

logger = logging.getLogger(__name__)

# Those of one address may take so much of it, unless it is a proxy that is trusted.
SHARE_OF_ADDRESS = 4
# What a phone sends in a bad cell takes a minute.
BODY_TIMEOUT_S = 300.0
LOG_S = 60.0
RETRY_AFTER_S = 5
REASON = "Too many bodies are being read."


class Bodies:
    """The bytes of bodies that are in hand, in all and of each address."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._log_at = 0.0

    @property
    def bytes(self) -> int:
        return self._by_address.total()

    def take(self, address: str, size: int, *, now: float) -> bool:
        """Whether there is room for so many bytes more from an address, which they then take until `give_back`."""
        most, block = settings.MAX_BODY_BYTES_IN_HAND, address_block(address)
        most_of_one = most if is_trusted(address, settings.TRUSTED_PROXIES) else most // SHARE_OF_ADDRESS
        if self.bytes + size > most or self._by_address[block] + size > most_of_one:
            self._note(now)
            return False
        self._by_address[block] += size
        return True

    def give_back(self, address: str, size: int) -> None:
        """So many bytes are in hand no longer."""
        block = address_block(address)
        self._by_address[block] -= size
        if not self._by_address[block]:
            del self._by_address[block]

    def _note(self, now: float) -> None:
        if now >= self._log_at:
            self._log_at = now + LOG_S
            logger.warning("more than MAX_BODY_BYTES_IN_HAND of requests' bodies are in hand: others get 503")


bodies = Bodies()


class CountedRequest(WebRequest):
    """A request whose body is counted. What cannot be kept is read all the same: its sender is to read the answer."""

    _peer = ""
    _taken = 0
    _is_refused = False
    _end: Any = None

    # Twisted's names

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        self._peer = getattr(self.channel.getPeer(), "host", "")
        if length != 0:
            self._end = reactor.callLater(BODY_TIMEOUT_S, self.channel.forceAbortClient)

    def handleContentChunk(self, data: bytes) -> None:
        # One byte more than the longest that is allowed anywhere is too long everywhere.
        longest = max(settings.INGEST_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.MAX_MESSAGE_BYTES)
        kept = data[: longest + 1 - self._taken]
        if self._is_refused or not kept:
            return
        if not bodies.take(self._peer, len(kept), now=time.monotonic()):
            self._refuse()
            return
        self._taken += len(kept)
        super().handleContentChunk(kept)

    def process(self) -> Any:
        self._stop_waiting()
        if not self._is_refused:
            return super().process()
        self.setHeader(b"retry-after", str(RETRY_AFTER_S).encode())
        self.basic_error(503, b"Service Unavailable", REASON)
        return None

    def finish(self) -> None:
        super().finish()
        self._give_back()

    def connectionLost(self, reason: Any) -> None:
        self._stop_waiting()
        super().connectionLost(reason)
        self._give_back()

    def _refuse(self) -> None:
        self._is_refused = True
        self.content.seek(0)
        self.content.truncate()
        self._give_back()

    def _give_back(self) -> None:
        if self._taken:
            taken, self._taken = self._taken, 0
            bodies.give_back(self._peer, taken)

    def _stop_waiting(self) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()
