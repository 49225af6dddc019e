"""What a parent and its workers tell each other: a byte each, over a pair of sockets.

When the other end of the pair is closed its process is gone: a worker whose parent is gone stops.
"""

from __future__ import annotations

from enum import Enum

READY = b"+"
"""A worker serves, and reaches what it needs."""


class Order(Enum):
    """What a worker is told."""

    RETIRE = b"r"
    """Others go on at this port: accept nothing more, send the clients there, and end."""
    STOP = b"s"
    """Nobody goes on: say so to whoever asks, send the clients away, and end."""
