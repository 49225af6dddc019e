"""Where daphne accepts connections: at an even pace, so that a crowd keeps nobody else waiting."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from config.serving.port import AT_ONCE, accept

CROWD = 12


class Doorkeeper:
    """A factory that sends everybody away, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def doStart(self) -> None:
        """Twisted's name."""

    def buildProtocol(self, address: object) -> None:
        """Twisted's name."""
        self.asked += 1


class StillReactor:
    """One in which nothing happens by itself."""

    def addReader(self, reader: object) -> None:
        """Twisted's name."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=CROWD) as listener:
        listener.setblocking(False)
        yield listener


def test_crowd_is_let_in_a_few_at_a_time_to_the_last(listener: socket.socket) -> None:
    keeper = Doorkeeper()
    port = accept(listener, keeper, StillReactor())
    with closing(port.socket), ExitStack() as crowd:
        for _ in range(CROWD):
            crowd.enter_context(socket.create_connection(listener.getsockname()))
        seen = []
        for _ in range(CROWD):
            port.doRead()
            seen.append(keeper.asked)
    assert seen == [min(CROWD, AT_ONCE * turn) for turn in range(1, CROWD + 1)]
