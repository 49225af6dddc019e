"""The ways out of a connection: what ASGI offers, and what daphne can do beyond it."""

from __future__ import annotations

import asyncio
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Protocol

from django.conf import settings

from events.protocol.close_codes import CLOSE_TRY_AGAIN_LATER
from events.transports._frames import chunk, text_frame
from events.transports._line import Liveness, StallWatch, is_unreachable, unread_bytes

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Beside ASGI's own messages: the client has closed, and `answer` says so to it.
CLOSE_FRAME = "websocket.close_frame"

# daphne's, after which it asks whether an answer came.
PING_TIMEOUT_S = 30.0


class Outlet(Protocol):
    """Takes text on its way to one client."""

    @property
    def is_gone(self) -> bool:
        """Whether the connection is known to be lost."""

    @property
    def has_room(self) -> bool:
        """Whether text would be taken now, as far as is known."""

    @property
    def held_bytes(self) -> int:
        """What the server keeps for this connection: what it could not hand over yet, and what came in part."""

    def send(self, text: str) -> bool:
        """Hands text over at once; False if it cannot be taken now."""

    async def wait(self) -> None:
        """Returns when there is room for more, or the connection is gone."""

    def end(self, code: int) -> None:
        """Begins to end the connection in good order."""

    def abort(self) -> None:
        """Cuts the connection, with all that is on its way."""


class SocketOutlet(Outlet, Protocol):
    """Outlet of a websocket, on which the client speaks too."""

    def reading_nothing(self) -> AbstractContextManager[None]:
        """While what it said is dealt with, what it goes on to say waits with the client, if the server lets it."""


def socket_outlet(send: Send) -> SocketOutlet:
    """The best way out of a websocket that the server behind `send` has. To be called once it is accepted."""
    protocol = _daphne_protocol(send, "daphne.ws_protocol", "WebSocketProtocol")
    return AsgiSocketOutlet(send) if protocol is None else DaphneSocketOutlet(protocol)


def body_outlet(send: Send) -> Outlet:
    """The best way to go on with the body of a response. To be called once its first bit is sent."""
    protocol = _daphne_protocol(send, "daphne.http_protocol", "WebRequest")
    # Without a channel its client has left already, and daphne drops what is sent.
    has_channel = protocol is not None and protocol.channel is not None
    return DaphneBodyOutlet(send, protocol) if has_channel else AsgiBodyOutlet(send)


def _daphne_protocol(send: Send, module: str, name: str) -> Any:
    """The protocol object to which daphne binds each connection's `send`; None behind another server."""
    daphne = sys.modules.get(module)
    bound = getattr(send, "args", ())
    return bound[0] if daphne and bound and isinstance(bound[0], getattr(daphne, name)) else None


class AsgiOutlet(ABC):
    """The way that every ASGI server has: a coroutine per text, one at a time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending: asyncio.Task[None] | None = None
        self._is_gone = False

    @property
    def is_gone(self) -> bool:
        return self._is_gone

    @property
    def has_room(self) -> bool:
        return self._pending is None

    @property
    def held_bytes(self) -> int:
        return 0  # the server does not tell

    def send(self, text: str) -> bool:
        return not self._is_gone and self._start(self._message(text))

    async def wait(self) -> None:
        if self._pending is not None:
            await asyncio.wait([self._pending])

    def end(self, code: int) -> None:
        last = self._last_message(code)
        if not self._start(last) and self._pending is not None:
            # The peer does not read; the end behind what is stuck is all that can be done.
            self._pending.add_done_callback(lambda _: self._start(last))
        self._is_gone = True

    def abort(self) -> None:
        self.end(CLOSE_TRY_AGAIN_LATER)

    @abstractmethod
    def _message(self, text: str) -> Message: ...

    @abstractmethod
    def _last_message(self, code: int) -> Message: ...

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
            logger.debug("a connection was gone before text could be sent")
            self._is_gone = True
        finally:
            self._pending = None


class AsgiSocketOutlet(AsgiOutlet):
    """Text frames of a websocket."""

    def reading_nothing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _message(self, text: str) -> Message:
        return {"type": "websocket.send", "text": text}

    def _last_message(self, code: int) -> Message:
        return {"type": "websocket.close", "code": code}


class AsgiBodyOutlet(AsgiOutlet):
    """Bits of a response."""

    def _message(self, text: str) -> Message:
        return {"type": "http.response.body", "body": text.encode(), "more_body": True}

    def _last_message(self, code: int) -> Message:
        return {"type": "http.response.body", "body": b""}


class DaphneOutlet(ABC):
    """Writes to the connection itself, and knows when it is full.

    daphne's own `send` never waits, so that a client which does not read would make the process grow without
    bound; and it builds each client's frame anew and makes three system calls of it, where one will do
    (benchmarks/fan_out.py). The connection is Twisted's: it says when its buffer is full and when there is room.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # A TLS connection encrypts in between and has no socket to write to.
        self._is_plain = hasattr(connection, "_tempDataBuffer")
        self._is_full = False
        self._is_lost = False
        # While it is full; most connections never are.
        self._has_room: asyncio.Event | None = None
        self._stall = StallWatch(lambda: self.held_bytes, self.abort)

    @property
    def is_gone(self) -> bool:
        return self._is_lost or not self._is_open()

    @property
    def has_room(self) -> bool:
        return not self._is_full

    @property
    def held_bytes(self) -> int:
        if not self._is_plain:
            return 0
        connection = self._connection
        # As read in Twisted 26.10: what is written waits in pieces, and is joined as the socket takes it.
        waiting: int = len(connection.dataBuffer) - connection.offset + connection._tempDataLen
        return waiting

    def abort(self) -> None:
        self._connection.abortConnection()

    def send(self, text: str) -> bool:
        if self._is_full or self.is_gone:
            return False
        self._write(self._encode(text))
        return not self._is_lost

    async def wait(self) -> None:
        if self._has_room is not None:
            await self._has_room.wait()

    @abstractmethod
    def _is_open(self) -> bool: ...

    @abstractmethod
    def _encode(self, text: str) -> bytes: ...

    def _write(self, data: bytes) -> None:
        connection = self._connection
        # With nothing in its buffer the socket usually takes all at once.
        if self._is_plain and connection.dataBuffer == b"" and not connection._tempDataBuffer:
            try:
                data = data[connection.socket.send(data) :]
            except BlockingIOError:
                logger.debug("a socket is full")
            except OSError:
                self._is_lost = True  # Twisted finds out by itself
                return
        if data:
            connection.write(data)

    # Twisted's names: IPushProducer

    def pauseProducing(self) -> None:
        self._is_full = True
        self._has_room = self._has_room or asyncio.Event()
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
        self._stall.stop()


class DaphneSocketOutlet(DaphneOutlet):
    """Text frames of a websocket."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol
        self._open_state = protocol.STATE_OPEN
        # Who breaks the rules (a frame too long, text that is not UTF-8) is told so by a close frame before the end.
        protocol.failByDrop = False
        # daphne has options for these; one setting holds for pushes too, and behind any server.
        protocol.maxMessagePayloadSize = protocol.maxFramePayloadSize = settings.MAX_MESSAGE_BYTES
        self._is_busy = False
        self._liveness = Liveness(asyncio.get_running_loop().time())
        self._hang_up = protocol.onAutoPingTimeout
        protocol.onAutoPingTimeout = self._judge_silence
        self._answer_close_frame = protocol.onCloseFrame
        protocol.onCloseFrame = self._queue_close_frame
        # In the place of the HTTP channel, which has no more to do here. It held reading while the buffer was full,
        # and so does this.
        self._connection.unregisterProducer()
        self._connection.registerProducer(self, True)

    def send(self, text: str) -> bool:
        # As for any connection; said at once, as all that a process sends passes here.
        if self._is_full or self._is_lost or self._protocol.state != self._open_state:
            return False
        self._write(text_frame(text))
        return not self._is_lost

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

    def _judge_silence(self) -> None:
        """A ping was not answered in time: it may stand behind what a slow client reads first, or has yet to read."""
        received = self._protocol.trafficStats.incomingOctetsWireLevel
        unread = self.held_bytes + unread_bytes(self._connection)
        silence_s = self._liveness.silence_s(received, unread, asyncio.get_running_loop().time())
        if silence_s >= settings.CLIENT_STALL_S or is_unreachable(self._connection, PING_TIMEOUT_S):
            logger.info("a websocket is cut: its client took and said nothing for %.0f s", silence_s)
            self._hang_up()
        else:
            logger.debug("a client answers no ping, and took and said nothing for %.0f s", silence_s)
            self._protocol.autoPingTimeoutCall = None  # daphne goes on to send pings

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
        return text_frame(text)


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
