"""The ways out of a connection that daphne has beyond those of ASGI: to the connection itself, past all in between."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings

from events.transports._asgi import AsgiBodyOutlet, Send
from events.transports._deflate import accept_offer, forget_between_messages
from events.transports._frames import PING, chunk, deflated_frame, is_bare_pong, text_frame
from events.transports._line import StallWatch, is_unreachable, unread_bytes
from events.transports._silence import Patience, Silence, current_round

logger = logging.getLogger(__name__)

# Beside ASGI's own messages: the client has closed, and `answer` says so to it.
CLOSE_FRAME = "websocket.close_frame"

# For so long a machine that is there may acknowledge nothing.
UNREACHABLE_AFTER_S = 30.0
# What waits for one websocket is written together: a system call costs more than all else of a frame.
FRAMES_AT_ONCE = 32


def websocket_of(send: Send) -> Any:
    """The protocol object of the websocket to which daphne bound its `send`; None behind another server."""
    return _protocol_of(send, "daphne.ws_protocol", "WebSocketProtocol")


def request_of(send: Send) -> Any:
    """The request to whose answer daphne bound its `send`; None behind another server, or if its client has left.

    Without a channel it has, and daphne drops what is sent.
    """
    request = _protocol_of(send, "daphne.http_protocol", "WebRequest")
    return None if request is None or request.channel is None else request


def _protocol_of(send: Send, module: str, name: str) -> Any:
    daphne = sys.modules.get(module)
    bound = getattr(send, "args", ())
    return bound[0] if daphne and bound and isinstance(bound[0], getattr(daphne, name)) else None


def offer_compression(protocol: Any) -> None:
    """Has a websocket be compressed if its client offers that. To be called before it is accepted."""
    protocol.perMessageCompressionAccept = accept_offer


class DaphneOutlet(ABC):
    """Writes to the connection itself, and knows when it is full.

    daphne's own `send` never waits, so that a client which does not read would make the process grow without
    bound; and it builds each client's frame anew and makes three system calls of it, where one will do
    (benchmarks/fan_out.py). The connection is Twisted's: it says when its buffer is full and when there is room.
    """

    __slots__ = ("_connection", "_has_room", "_is_full", "_is_lost", "_socket", "_stall")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # A TLS connection encrypts in between and has no socket to write to.
        self._socket: socket.socket | None = connection.socket if hasattr(connection, "_tempDataBuffer") else None
        self._is_full = False
        self._is_lost = False
        # While it is full; most connections never are.
        self._has_room: asyncio.Event | None = None
        self._stall: StallWatch | None = None

    @property
    def is_gone(self) -> bool:
        return self._is_lost or not self._is_open()

    @property
    def has_room(self) -> bool:
        return not self._is_full

    @property
    def held_bytes(self) -> int:
        if self._socket is None:
            return 0
        connection = self._connection
        # As read in Twisted 26.10: what is written waits in pieces, and is joined as the socket takes it.
        return int(len(connection.dataBuffer) - connection.offset + connection._tempDataLen)

    def abort(self) -> None:
        self._connection.abortConnection()

    def send(self, text: str) -> bool:
        return not (self._is_full or self.is_gone) and self._write(self._encode(text))

    async def wait(self) -> None:
        if self._has_room is not None:
            await self._has_room.wait()

    @abstractmethod
    def _is_open(self) -> bool: ...

    @abstractmethod
    def _encode(self, text: str) -> bytes: ...

    def _write(self, data: bytes) -> bool:
        """Writes all of it, now or as the socket takes it; False if the connection is lost."""
        connection = self._connection
        # With nothing in its buffer the socket usually takes all at once.
        if self._socket is not None and not (connection.dataBuffer or connection._tempDataBuffer):
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                logger.debug("a socket is full")
            except OSError:
                self._is_lost = True  # Twisted finds out by itself
                return False
        if data:
            connection.write(data)
        return True

    # Twisted's names: IPushProducer

    def pauseProducing(self) -> None:
        self._is_full = True
        self._has_room = self._has_room or asyncio.Event()
        self._stall = self._stall or StallWatch(lambda: self.held_bytes, self.abort)
        self._stall.begin()

    def resumeProducing(self) -> None:
        self._is_full = False
        self._let_writers_go_on()

    def stopProducing(self) -> None:
        self._is_lost = True
        self._let_writers_go_on()

    def _let_writers_go_on(self) -> None:
        if self._has_room is not None:
            self._has_room.set()
            self._has_room = None
        if self._stall is not None:
            self._stall.stop()


class DaphneSocketOutlet(DaphneOutlet):
    """Text frames of a websocket."""

    frames_at_once = FRAMES_AT_ONCE
    __slots__ = (
        "_answer_close_frame",
        "_ends_at",
        "_frame",
        "_is_busy",
        "_note_close",
        "_open_state",
        "_protocol",
        "_silence",
    )

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol
        self._open_state = protocol.STATE_OPEN
        # Who breaks the rules (a frame too long, text that is not UTF-8) is told so by a close frame before the end.
        protocol.failByDrop = False
        # daphne has options for these; one setting holds for pushes too, and behind any server.
        protocol.maxMessagePayloadSize = protocol.maxFramePayloadSize = settings.MAX_MESSAGE_BYTES
        self._frame = deflated_frame if forget_between_messages(protocol) else text_frame
        self._is_busy = False
        self._answer_close_frame = protocol.onCloseFrame
        protocol.onCloseFrame = self._queue_close_frame
        self._begin_listening(protocol)
        # In the place of the HTTP channel, which has no more to do here. It held reading while the buffer was full,
        # and so does this.
        self._connection.unregisterProducer()
        self._connection.registerProducer(self, True)

    def send(self, text: str) -> bool:
        # As for any connection; said at once, as all that a process sends passes here.
        if self._is_full or self._is_lost or self._protocol.state != self._open_state:
            return False
        return self._write(self._frame(text))

    def send_all(self, texts: Sequence[str]) -> bool:
        return not (self._is_full or self.is_gone) and self._write(b"".join(map(self._frame, texts)))

    def end(self, code: int) -> None:
        # daphne's own way takes none of the codes below 3000 but 1000.
        if self._is_open():
            self._protocol.sendCloseFrame(code=code)

    @property
    def held_bytes(self) -> int:
        # A message that comes in many frames is kept until its end.
        in_part = self._protocol.message_data_total_length if self._protocol.inside_message else 0
        return super().held_bytes + in_part

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self._connection.pauseProducing()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._read_on()

    @contextmanager
    def reading_nothing(self) -> Iterator[None]:
        # daphne reads whatever comes, and its queue has no bound: commands that each ask the database would fill it.
        self._is_busy = True
        self._connection.pauseProducing()
        try:
            yield
        finally:
            self._is_busy = False
            self._read_on()

    def _read_on(self) -> None:
        """Reads again when there is room for answers and all that was read so far is dealt with."""
        if not (self._is_full or self._is_busy) and self._protocol.application_queue.empty():
            self._connection.resumeProducing()

    # In the place of daphne's look at all websockets every two seconds, and of autobahn's timers for each ping

    def _begin_listening(self, protocol: Any) -> None:
        server, now = protocol.server, asyncio.get_running_loop().time()
        self._silence = Silence(Patience(server.ping_interval, server.ping_timeout or math.inf), now)
        self._ends_at = now + server.websocket_timeout if server.websocket_timeout >= 0 else math.inf
        protocol.check_timeouts = _look_at_nothing
        protocol.dataReceived = self._hear
        self._note_close = protocol.onClose
        protocol.onClose = self._end_listening
        current_round().join(self, server.ping_interval)

    def _end_listening(self, *end: Any) -> None:
        current_round().leave(self)
        self._note_close(*end)

    def _hear(self, data: bytes) -> None:
        protocol = self._protocol
        # What most clients say mostly: all of a frame, and not in the midst of another.
        if is_bare_pong(data) and protocol.current_frame is None and not protocol.data:
            self._silence.hear_answer()
        else:
            self._silence.hear(asyncio.get_running_loop().time())
            protocol._dataReceived(data)

    def break_silence(self, now: float) -> float | None:
        if not self._is_open():
            return None
        if now >= self._ends_at:
            self._protocol.serverClose()
            return None
        if self._silence.is_answer_missed(now) and self._is_hopeless(now):
            self._protocol.onAutoPingTimeout()
            return None
        if self._silence.must_ask(now):
            self._write(PING)
        return min(self._silence.left_s(now), self._ends_at - now)

    def _is_hopeless(self, now: float) -> bool:
        """A ping was not answered in time: it may stand behind what a slow client reads first, or has yet to read."""
        silence_s = self._silence.lasts_s(self.held_bytes + unread_bytes(self._connection), now)
        if silence_s >= settings.CLIENT_STALL_S or is_unreachable(self._connection, UNREACHABLE_AFTER_S):
            logger.info("a websocket is cut: its client took and said nothing for %.0f s", silence_s)
            return True
        logger.debug("a client answers no ping, and took and said nothing for %.0f s", silence_s)
        return False

    def _queue_close_frame(self, code: int | None, reason: bytes | None) -> None:
        """Puts a close frame behind the commands that came before it.

        Answered at once, as daphne would, it cuts off what a client gets that asks and closes (api §7.12).
        """
        answer = partial(self._answer_close_frame, code, reason)
        if self._is_open():
            self._protocol.application_queue.put_nowait({"type": CLOSE_FRAME, "answer": answer})
        else:
            answer()

    def _is_open(self) -> bool:
        return bool(self._protocol.state == self._open_state)

    def _encode(self, text: str) -> bytes:
        return self._frame(text)


class DaphneBodyOutlet(DaphneOutlet):
    """Bits of a response, each a chunk of its own."""

    def __init__(self, send: Send, request: Any) -> None:
        super().__init__(request.channel.transport)
        self._asgi = AsgiBodyOutlet(send)
        self._request = request
        request.registerProducer(self, True)

    def end(self, code: int) -> None:
        if not self.is_gone:
            self._request.unregisterProducer()
            self._asgi.end(code)
        self._is_lost = True
        self._let_writers_go_on()

    def _is_open(self) -> bool:
        return not (self._request.finished or self._request._disconnected)

    def _encode(self, text: str) -> bytes:
        if not self._request.chunked:
            return text.encode()
        return chunk(text)


def _look_at_nothing() -> None:
    """Nothing of a websocket is due every two seconds."""
