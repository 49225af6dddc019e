"""What the kernel knows of a connection; where it does not say, or somebody encrypts in between, nothing is known."""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
import termios
from contextlib import suppress
from typing import Any

# Linux, include/uapi/linux/tcp.h: `tcp_info` has eight bytes of flags, and then numbers of 32 bits.
_UNACKNOWLEDGED_SEGMENTS = 8 + 4 * 4
_MS_SINCE_ACKNOWLEDGEMENT = 8 + 12 * 4
_LENGTH = 8 + 13 * 4


class Liveness:
    """Since when a client has given no sign of life."""

    def __init__(self, now: float) -> None:
        self._signs = (0, 0)
        self._alive_at = now

    def silence_s(self, received: int, unread: int, now: float) -> float:
        """For how long it has said nothing (`received` bytes stayed the same) and taken nothing (`unread` did)."""
        before_received, before_unread = self._signs
        self._signs = received, unread
        if received != before_received or unread < before_unread:
            self._alive_at = now
        return now - self._alive_at


def unread_bytes(connection: Any) -> int:
    """What the other side's machine has not acknowledged yet."""
    line = _socket_of(connection)
    if line is None:
        return 0
    with suppress(OSError):
        found: tuple[int] = struct.unpack("i", fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, bytes(4)))
        return found[0]
    return 0


def is_unreachable(connection: Any, after_s: float) -> bool:
    """Whether something is under way of which the other side's machine has acknowledged nothing for so long.

    One whose program reads nothing still acknowledges, until it has no room; then nothing more is under way.
    """
    line = _socket_of(connection)
    if line is None or sys.platform != "linux":
        return True
    try:
        info = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LENGTH)
    except OSError:
        return True
    [segments] = struct.unpack_from("I", info, _UNACKNOWLEDGED_SEGMENTS)
    [silence_ms] = struct.unpack_from("I", info, _MS_SINCE_ACKNOWLEDGEMENT)
    return bool(segments) and silence_ms >= after_s * 1000


def _socket_of(connection: Any) -> socket.socket | None:
    line = getattr(connection, "socket", None)
    return line if isinstance(line, socket.socket) else None
