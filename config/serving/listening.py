"""The socket that all workers accept connections from.

One socket, opened once and handed on: each worker could open one of its own at the same port (SO_REUSEPORT), but what
waits at a socket is lost with it, and so each worker that ends would break off connections.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

# As many may wait to be accepted while a worker is busy; the kernel has a bound of its own (net.core.somaxconn).
BACKLOG = 4096
# By which a service manager hands on sockets: the first of them is this file.
FIRST_PASSED_FILE = 3
_ADDRESS = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^\[\]:]*)):(?P<port>\d{1,5})", re.ASCII)


class CannotServe(Exception):
    """Why nothing can be served, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets that a worker accepts connections from."""

    site: Sequence[socket.socket]
    devices: Sequence[socket.socket] = ()
    """Those of the devices' door, if there is one."""


def parse_address(text: str) -> Address:
    """The address in `HOST:PORT`; no host means all of IPv4. Raises ValueError with a sentence."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ValueError(f"{text!r} is no HOST:PORT, as 127.0.0.1:8000 or [::1]:8000 are")
    return Address(match["v6"] or match["host"] or "0.0.0.0", int(match["port"]))


def open_listener(address: Address) -> socket.socket:
    """A socket that listens there. Raises CannotServe."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        raise CannotServe(_explain(address, error)) from error
    listener.setblocking(False)
    return listener


def passed_listener(environment: MutableMapping[str, str]) -> socket.socket | None:
    """The socket that a service manager holds for this process, as systemd does by a socket unit; None without one.

    What connects while nobody serves waits there for the next process. Raises CannotServe when it is not one.
    """
    is_ours = environment.get("LISTEN_PID") == str(os.getpid())
    count = environment.pop("LISTEN_FDS", "") if is_ours else ""
    environment.pop("LISTEN_PID", None)
    if not count:
        return None
    if count != "1":
        raise CannotServe(f"the service manager hands on {count} sockets, and there is use for one")
    try:
        listener = socket.socket(fileno=FIRST_PASSED_FILE)
        if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise CannotServe("the socket of the service manager does not listen: it must be one of ListenStream=")
    except OSError as error:
        raise CannotServe(f"the socket of the service manager cannot be used: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _explain(address: Address, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"{address.host} is no address of this machine: {error.strerror}; choose another with --bind"
    match error.errno:
        case errno.EADDRINUSE:
            return f"{address} is in use: stop what listens there, or choose another with --bind"
        case errno.EADDRNOTAVAIL:
            return f"{address.host} is no address of this machine; choose another with --bind"
        case errno.EACCES:
            return f"{address} is not allowed to this user: choose a port above 1023 with --bind, behind a proxy"
    return f"{address} cannot be listened at: {error.strerror}"
