"""What a transport owes its client."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from events.protocol.close_codes import CLOSE_NORMAL, CLOSE_SERVICE_RESTART, CLOSE_TRY_AGAIN_LATER
from events.protocol.connection import Connection


class Transport(ABC):
    """Carries messages to one client. Reading is each transport's own affair."""

    ends_with_sending = False
    """Whether one sending is all that it carries, as with a poll."""

    batch_limit = 1
    """How many messages one sending may carry."""

    batch_characters = 1024 * 1024
    """A sending that carries so much carries no more; what is beyond waits for the next."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    @abstractmethod
    def is_gone(self) -> bool:
        """Whether the connection is known to be lost. Its end is told by other means."""

    @property
    def has_room(self) -> bool:
        """Whether it could take something now; what would be refused need not be written."""
        return not self.is_gone

    @property
    def held_bytes(self) -> int:
        """What the connection keeps in memory for its client, in both directions."""
        return 0

    def abort(self) -> None:
        """Cuts the connection, whatever was still on its way."""
        self.end(CLOSE_TRY_AGAIN_LATER)

    @abstractmethod
    def send(self, messages: Sequence[str]) -> bool:
        """Hands messages over at once, at least one and at most `batch_limit`; False if it cannot take them now."""

    def send_one(self, message: str) -> bool:
        """Hands one message over, as `send` does."""
        return self.send((message,))

    @abstractmethod
    def beat(self) -> None:
        """Fills silence in the way of the transport, if it can take anything now."""

    @abstractmethod
    async def wait(self) -> None:
        """Returns when what was handed over is on its way, so that more may be sent, or when the connection is gone."""

    @abstractmethod
    def end(self, code: int) -> None:
        """Begins to end the connection in good order; `code` is for transports that have a close frame."""

    def send_elsewhere(self) -> None:
        """Ends it so that its client comes back at once, by the same transport: this process is about to end."""
        self.end(CLOSE_SERVICE_RESTART)

    def end_later(self, wait_s: float) -> None:
        """Ends it after so many seconds, as its client has another connection."""
        asyncio.get_running_loop().call_later(wait_s, self.end, CLOSE_NORMAL)

    def release(self) -> None:
        """Ends it after the client said goodbye."""
        self.end(CLOSE_NORMAL)
