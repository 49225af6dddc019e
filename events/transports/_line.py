"""What is known of the other side of a connection: whether it takes what is sent, and what the kernel says of it."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import socket
import struct
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

# Linux, include/uapi/linux/tcp.h: `tcp_info` has eight bytes of flags, and then numbers of 32 bits.
_UNACKNOWLEDGED_SEGMENTS = 8 + 4 * 4
_MS_SINCE_ACKNOWLEDGEMENT = 8 + 12 * 4
_LENGTH = 8 + 13 * 4


class StallWatch:
    """Ends a connection that is full, and of which nothing is taken for CLIENT_STALL_S."""

    def __init__(self, held_bytes: Callable[[], int], end: Callable[[], None]) -> None:
        self._held_bytes = held_bytes
        self._end = end
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """It is full from now on."""
        self.stop()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(settings.CLIENT_STALL_S, self._judge, self._held_bytes())

    def stop(self) -> None:
        """It has room, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _judge(self, before: int) -> None:
        if self._held_bytes() < before:
            self.begin()
        else:
            logger.info("a connection is cut: its client took nothing for %s s", settings.CLIENT_STALL_S)
            self._end()


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
