"""Ports of 127.0.0.1 for servers that tests start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

# Below the range from which outgoing connections get theirs: one of those could take it before the server does.
_PORTS = range(20_000, 32_000)
# Whoever has the UDP port of a number may use the TCP port of that number, for as long as the process lives.
_claims: list[socket.socket] = []


def free_port() -> int:
    """A port on which nobody listens now, and which no other process that runs these tests is given.

    Between this and the start of the server may be seconds. Another server that took the port by then would answer in
    its place, and be asked for what it does not have.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with suppress(OSError):
            _claims.append(_bind(port, socket.SOCK_DGRAM))
            _bind(port, socket.SOCK_STREAM).close()
            return port


def _bind(port: int, kind: socket.SocketKind) -> socket.socket:
    """Raises OSError when somebody else has it."""
    bound = socket.socket(type=kind)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound
