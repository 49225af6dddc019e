"""What a transport owes its client."""

from typing import Protocol


class Transport(Protocol):
    """Carries frames to one client. Reading is each transport's own affair."""

    def send(self, frame: str) -> bool:
        """Hands a frame over at once; False if it cannot take one now.

        A connection that is gone takes every frame and drops it: its end is told by other means.
        """

    async def wait(self) -> None:
        """Returns when what was handed over is on its way, so that another frame may be sent."""

    def abort(self, code: int) -> None:
        """Begins to close the connection with a clean close frame where the transport has one."""
