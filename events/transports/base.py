"""What a transport owes its client."""

from typing import Protocol


class Transport(Protocol):
    """Carries frames to one client. Reading is each transport's own affair."""

    async def send(self, frame: str) -> None:
        """Hands a frame over; returns when the next one may be sent. A connection that is gone takes it silently."""

    def abort(self, code: int) -> None:
        """Begins to close the connection with a clean close frame where the transport has one."""
