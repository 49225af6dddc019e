"""The ways out of a connection: what ASGI offers, and what daphne can do beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from events.transports._asgi import AsgiBodyOutlet, AsgiSocketOutlet, Send
from events.transports._daphne import DaphneBodyOutlet, DaphneSocketOutlet, offer_compression, request_of, websocket_of


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

    frames_at_once: int
    """How many texts it takes in one go."""

    def send_all(self, texts: Sequence[str]) -> bool:
        """Hands texts over as `send` does one, each as a frame of its own; at most `frames_at_once`."""

    def reading_nothing(self) -> AbstractContextManager[None]:
        """While what it said is dealt with, what it goes on to say waits with the client, if the server lets it."""


def prepare_socket(send: Send) -> None:
    """Asks the server for what must be known before a websocket is accepted."""
    if (protocol := websocket_of(send)) is not None:
        offer_compression(protocol)


def socket_outlet(send: Send) -> SocketOutlet:
    """The best way out of a websocket that the server behind `send` has. To be called once it is accepted."""
    protocol = websocket_of(send)
    return AsgiSocketOutlet(send) if protocol is None else DaphneSocketOutlet(protocol)


def body_outlet(send: Send) -> Outlet:
    """The best way to go on with the body of a response. To be called once its first bit is sent."""
    request = request_of(send)
    return AsgiBodyOutlet(send) if request is None else DaphneBodyOutlet(send, request)
