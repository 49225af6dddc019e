"""A connection at the devices' door: uvicorn's, within the bounds that those at daphne have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from config.bodies import BODY_TIMEOUT_S
from config.connections import REFUSAL


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one connection may take. The first two are Twisted's."""

    head_bytes: int = 16_384
    """Of a request line with its headers."""
    idle_s: float = 60.0
    """While it says nothing."""
    head_s: float = 60.0
    """From the first byte of a head to its last."""
    request_s: float = BODY_TIMEOUT_S
    """From there to the end of the answer."""
    close_s: float = 15.0
    """For the last bytes of one that is being closed."""


class Keeper(Protocol):
    """Who decides on connections."""

    @property
    def bounds(self) -> Bounds:
        """Of each connection."""

    @property
    def is_ending(self) -> bool:
        """Whether each connection ends with its next answer."""

    def admits(self) -> bool:
        """Whether one more may be served."""


class DoorConnection(HttpToolsProtocol):
    """One connection. What it does takes until `ends_at` at the latest, by the loop's clock; then it is cut."""

    def __init__(self, config: Config, state: ServerState, keeper: Keeper) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self._keeper = keeper
        self._is_in_head = False
        self._head_bytes = 0
        self._bounds = keeper.bounds
        self.ends_at = self.loop.time() + self._bounds.idle_s

    @property
    def is_asked(self) -> bool:
        """Whether a request is on its way here, or its answer on its way back."""
        return self._is_in_head or not (self.cycle is None or self.cycle.response_complete)

    def make_last(self) -> None:
        """Has the answer that is being made be the last."""
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def close_idle(self) -> None:
        """Closes it if nothing is asked over it."""
        if not self.is_asked:
            self.transport.close()

    def cut(self) -> None:
        """Ends it at once, with what is on its way."""
        self.transport.abort()

    # asyncio's names

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if not self._keeper.admits():
            transport.write(REFUSAL)
            self._close()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._bounds.head_bytes and not self.transport.is_closing():
                self.send_400_response("Request header too large.")
        if self.transport.is_closing():
            self._wait(self._bounds.close_s)

    # The parser's names

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0
        self._wait(self._bounds.head_s)

    def on_headers_complete(self) -> None:
        # What came at once is known only now. Whatever is raised here is answered 400.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._bounds.head_bytes:
            raise ValueError("the head of a request is too long")
        super().on_headers_complete()
        self._is_in_head = False
        self._wait(self._bounds.request_s)
        if self._keeper.is_ending:
            self.make_last()

    # uvicorn's

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait(self._bounds.close_s)
        elif self.cycle.response_complete and not self._is_in_head:
            self._wait(self._bounds.idle_s)

    def _close(self) -> None:
        self.transport.close()
        self._wait(self._bounds.close_s)

    def _wait(self, longest_s: float) -> None:
        self.ends_at = self.loop.time() + longest_s
