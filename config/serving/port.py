"""Where daphne accepts connections in a worker."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.tcp import Port

# Connections that are accepted in one round of the event loop. What each of them asks is begun in the next round, and
# who asked something else waits for that. Twisted takes a hundred, and twenty more as long as as many come.
AT_ONCE = 1


class SteadyPort(Port):
    """Accepts connections at an even pace, however many come at once."""

    # Not Twisted's to raise.
    numberAccepts = property(lambda self: AT_ONCE, lambda self, wanted: None)


def accept(listener: socket.socket, factory: Any, reactor: Any) -> SteadyPort:
    """Begins to accept connections at a socket that listens already, of which nothing is needed any more."""
    port: SteadyPort = SteadyPort._fromListeningDescriptor(reactor, listener.fileno(), listener.family, factory)
    port.startListening()
    return port
