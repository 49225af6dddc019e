"""The ways out of a connection that every ASGI server has, and what it says and is told."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from events.protocol.close_codes import CLOSE_TRY_AGAIN_LATER

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


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

    frames_at_once = 1

    def send_all(self, texts: Sequence[str]) -> bool:
        [text] = texts
        return self.send(text)

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
