"""What the service manager is told: systemd, at the socket that NOTIFY_SOCKET names."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


def tell_ready(environment: Mapping[str, str]) -> None:
    """Says that requests are answered, if somebody waits to hear it."""
    if not (address := environment.get("NOTIFY_SOCKET")):
        return
    # A name that begins with @ is one of no file.
    place = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", place)
    except OSError as error:
        logger.warning("the service manager does not hear that we are ready: %s", error)
