"""The ways out of a websocket: what ASGI offers, and what daphne can do beyond it."""

from __future__ import annotations

import asyncio
import logging
import struct
import sys
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from events.transports.base import Transport

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_FINAL_TEXT_FRAME = 0x81
# A frame that goes to many clients is encoded for the first of them.
_KEPT_FRAMES = 256
# A longer one is an answer to a single client; the longest take two megabytes.
_MAX_KEPT_CHARACTERS = 16_384


def outgoing_transport(send: Send) -> Transport:
    """The best way out that the server behind `send` has. To be called once the websocket is accepted."""
    protocol = _daphne_protocol(send)
    return AsgiTransport(send) if protocol is None else DaphneTransport(send, protocol)


class AsgiTransport:
    """The way that every ASGI server has: a coroutine per frame, one at a time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending: asyncio.Task[None] | None = None

    def send(self, frame: str) -> bool:
        return self._start({"type": "websocket.send", "text": frame})

    async def wait(self) -> None:
        if self._pending is not None:
            await asyncio.wait([self._pending])

    def abort(self, code: int) -> None:
        closing = {"type": "websocket.close", "code": code}
        if not self._start(closing) and self._pending is not None:
            # The peer does not read; a close frame behind the one that is stuck is all that can be done.
            self._pending.add_done_callback(lambda _: self._start(closing))

    def _start(self, message: Message) -> bool:
        if self._pending is not None:
            return False
        self._pending = asyncio.ensure_future(self._carry(message))
        return True

    async def _carry(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:
            # ASGI's sign for a client that is gone; the disconnect message follows.
            logger.debug("a websocket was gone before a frame could be sent")
        finally:
            self._pending = None


class DaphneTransport:
    """Writes to the connection itself, and knows when it is full.

    daphne's own `send` never waits, so that a client which does not read would make the process grow without
    bound; and it builds each client's frame anew and makes three system calls of it, where one will do
    (benchmarks/fan_out.py). The connection is Twisted's: it says when its buffer is full and when there is room.
    """

    def __init__(self, send: Send, protocol: Any) -> None:
        self._asgi = AsgiTransport(send)
        self._protocol = protocol
        self._open_state = protocol.STATE_OPEN
        # Who breaks the rules (a frame too long, text that is not UTF-8) is told so by a close frame before the end.
        protocol.failByDrop = False
        self._connection = protocol.transport
        # A TLS connection encrypts in between and has no socket to write to.
        self._is_plain = hasattr(self._connection, "_tempDataBuffer")
        self._is_full = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        # In the place of the HTTP channel, which has no more to do here. It held reading while the buffer was full,
        # and so does this.
        self._connection.unregisterProducer()
        self._connection.registerProducer(self, True)

    def send(self, frame: str) -> bool:
        if self._is_full:
            return False
        if self._protocol.state == self._open_state:
            self._write(kept_text_frame(frame) if len(frame) <= _MAX_KEPT_CHARACTERS else encode_text_frame(frame))
        return True

    async def wait(self) -> None:
        await self._has_room.wait()

    def abort(self, code: int) -> None:
        self._asgi.abort(code)

    def _write(self, data: bytes) -> None:
        connection = self._connection
        # With nothing in its buffer the socket usually takes all at once.
        if self._is_plain and connection.dataBuffer == b"" and not connection._tempDataBuffer:
            try:
                data = data[connection.socket.send(data) :]
            except BlockingIOError:
                logger.debug("a socket is full")
            except OSError:
                return  # the connection is lost; Twisted finds out by itself
        if data:
            connection.write(data)

    # Twisted's names: IPushProducer

    def pauseProducing(self) -> None:
        self._is_full = True
        self._has_room.clear()
        self._connection.pauseProducing()

    def resumeProducing(self) -> None:
        self.stopProducing()
        self._connection.resumeProducing()

    def stopProducing(self) -> None:
        self._is_full = False
        self._has_room.set()


def _daphne_protocol(send: Send) -> Any:
    """The protocol object to which daphne binds each connection's `send`; None behind another server."""
    daphne = sys.modules.get("daphne.ws_protocol")
    bound = getattr(send, "args", ())
    return bound[0] if daphne and bound and isinstance(bound[0], daphne.WebSocketProtocol) else None


def encode_text_frame(text: str) -> bytes:
    """An unmasked, unfragmented text frame of RFC 6455, section 5.2."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", _FINAL_TEXT_FRAME, size)
    elif size < 65536:
        header = struct.pack("!BBH", _FINAL_TEXT_FRAME, 126, size)
    else:
        header = struct.pack("!BBQ", _FINAL_TEXT_FRAME, 127, size)
    return header + payload


kept_text_frame = lru_cache(maxsize=_KEPT_FRAMES)(encode_text_frame)
