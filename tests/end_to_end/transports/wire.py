"""HTTP as it goes over the wire: one request on a connection of its own, and the response byte by byte."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.end_to_end.servers import Site, wait_until
from tests.patience import PATIENCE_S

PATH = "/event/subscription"
HOME = "127.0.0.1"
# Another address of this machine, from the server's point of view another computer.
ELSEWHERE = "127.0.0.2"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# What nginx or daphne may do to the connection of a request that they do not want to read to its end.
CUT = (ConnectionResetError, BrokenPipeError)

TABLE = Path("/proc/net/tcp")
ESTABLISHED, CLOSE_WAIT = "01", "08"

Pairs = Iterable[tuple[str, str]]


def dial(site: Site, source: str = HOME) -> socket.socket:
    """A TCP connection from one of this machine's addresses."""
    return socket.create_connection(("127.0.0.1", site.port), PATIENCE_S, source_address=(source, 0))


class Exchange:
    """A request, and its response as it comes."""

    def __init__(
        self,
        site: Site,
        target: str = PATH,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        source: str = HOME,
    ) -> None:
        self.line = dial(site, source)
        self.local_port: int = self.line.getsockname()[1]
        self._received = b""
        self._head: tuple[int, dict[str, str]] | None = None
        self._is_at_end = False
        fields = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
        if body or method == "POST":
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        with suppress(*CUT):  # it may be refused before it is read; the answer is there then
            self.line.sendall("\r\n".join(lines).encode("latin-1") + body)

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.line.close()

    @property
    def status(self) -> int:
        return self._read_head()[0]

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers, with names in lower case."""
        return self._read_head()[1]

    def piece(self) -> str:
        """The next chunk as the server wrote it, or the whole of a body whose length is told; empty at the end."""
        headers = self.headers
        if self._is_at_end:
            return ""
        if headers.get("transfer-encoding") == "chunked":
            size = int(self._take_line(), 16)
            data = self._take(size)
            assert self._take_line() == b""
            self._is_at_end = size == 0
            return data.decode()
        self._is_at_end = True
        return self._take(int(headers["content-length"])).decode()

    def body(self) -> str:
        """All that still comes; the response must end as HTTP demands it, not by a cut."""
        pieces = []
        while piece := self.piece():
            pieces.append(piece)
        return "".join(pieces)

    def close(self) -> None:
        """Says goodbye to the server without a word of HTTP."""
        self.line.close()

    def reset(self) -> None:
        """Cuts the connection as a lost network would show itself."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.line.close()

    def _read_head(self) -> tuple[int, dict[str, str]]:
        if self._head is None:
            status = int(self._take_line().split()[1])
            headers: dict[str, str] = {}
            while line := self._take_line().decode("latin-1"):
                name, _, value = line.partition(":")
                known = headers.get(name.lower())
                headers[name.lower()] = value.strip() if known is None else f"{known}, {value.strip()}"
            self._head = status, headers
        return self._head

    def _take_line(self) -> bytes:
        while b"\r\n" not in self._received:
            self._receive()
        line, _, self._received = self._received.partition(b"\r\n")
        return line

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        data, self._received = self._received[:size], self._received[size:]
        return data

    def _receive(self) -> None:
        more = self.line.recv(65536)
        if not more:
            raise ConnectionError(f"cut in the middle of a response, after {self._received[:200]!r}")
        self._received += more


def target(pairs: Pairs, path: str = PATH) -> str:
    """The address with a query."""
    return f"{path}?{urlencode(list(pairs))}"


def get(site: Site, pairs: Pairs = (), *, path: str = PATH, **options: Any) -> Exchange:
    return Exchange(site, target(pairs, path), **options)


def post(site: Site, pairs: Pairs, text: str | bytes, *, path: str = PATH, **options: Any) -> Exchange:
    body = text.encode() if isinstance(text, str) else text
    return Exchange(site, target(pairs, path), method="POST", body=body, **options)


def wait_until_noticed(site: Site, local_port: int) -> None:
    """Returns when the server let go of a connection that was closed on our side; it knows of the loss then."""
    ports = {process.port for process in getattr(site, "processes", [])}

    def is_noticed() -> bool:
        for here, there, state in connections():
            if (here, there) == (site.port, local_port) and state in (ESTABLISHED, CLOSE_WAIT):
                return False
            if here in ports and state == CLOSE_WAIT:
                return False
        return True

    wait_until(is_noticed, "the server's end of a lost connection", PATIENCE_S)


def connections() -> Iterator[tuple[int, int, str]]:
    """The TCP connections of this machine: port here, port there, state."""
    if not TABLE.exists():
        pytest.skip(f"reads {TABLE}")
    for row in TABLE.read_text().splitlines()[1:]:
        _, here, there, state, *_ = row.split()
        yield int(here.rpartition(":")[2], 16), int(there.rpartition(":")[2], 16), state
