"""Bytes in and out: a websocket and an HTTP connection that do what they are told and hide nothing."""

from __future__ import annotations

import base64
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

TEXT, CLOSE = 0x1, 0x8
CONNECT_TIMEOUT_S = 10.0


class Refused(Exception):
    """The server did not open a websocket; the text is its first line."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What came on a websocket, unmasked."""

    kind: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and at which path it speaks the protocol."""

    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Address:
        """The address in `ws://host:port/path`. Raises ValueError for another scheme."""
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "http") or parts.hostname is None:
            raise ValueError(f"not an address of ws:// or http://: {url}")
        return cls(parts.hostname, parts.port or 80, parts.path or "/")

    def target(self, query: str) -> str:
        return f"{self.path}?{query}" if query else self.path


class WebSocket:
    """A client's end of a websocket."""

    def __init__(self, address: Address, query: str, headers: Mapping[str, str], timeout_s: float) -> None:
        """Raises Refused when the server does not switch protocols, OSError when it is not there."""
        self._socket = socket.create_connection((address.host, address.port), CONNECT_TIMEOUT_S)
        self._timeout_s = timeout_s
        self._received = b""
        lines = [
            f"GET {address.target(query)} HTTP/1.1",
            f"Host: {address.host}:{address.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._read_until(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            self._socket.close()
            raise Refused(head.split(b"\r\n")[0].decode("latin-1"))

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def read(self, timeout_s: float | None = None) -> Frame | None:
        """The next frame of data or the close frame; None when nothing comes in time, or the connection is gone."""
        self._socket.settimeout(timeout_s or self._timeout_s)
        try:
            while True:
                first, second = self._read(2)
                size = second & 0x7F
                if size >= 126:
                    size = int.from_bytes(self._read(2 if size == 126 else 8))
                frame = Frame(first & 0x0F, self._read(size))
                if frame.kind <= CLOSE:
                    return frame
        except OSError:
            return None

    def send(self, payload: bytes, kind: int = TEXT) -> None:
        """A short frame, masked."""
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self._socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def _read(self, count: int) -> bytes:
        while len(self._received) < count:
            self._receive()
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive()
        taken, _, self._received = self._received.partition(end)
        return taken

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self._received += data


@dataclass(slots=True)
class Answer:
    """The answer to a request, as far as it has come."""

    status: int
    headers: Mapping[str, str]
    body: str
    has_ended: bool


def ask(
    address: Address,
    query: Mapping[str, str] | str,
    *,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float,
    enough: str | None = None,
) -> Answer:
    """What a request is answered with, until it ends, nothing comes for so long, or `enough` came."""
    connection = HTTPConnection(address.host, address.port, timeout=timeout_s)
    target = address.target(query if isinstance(query, str) else urlencode(query))
    connection.request(method, target, body and body.encode(), dict(headers or {}))
    try:
        response = connection.getresponse()
        text, has_ended = _read_body(response, enough)
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text, has_ended)
    except TimeoutError:
        return Answer(0, {}, "", False)
    finally:
        connection.close()


def _read_body(response: HTTPResponse, enough: str | None) -> tuple[str, bool]:
    text = ""
    try:
        while piece := response.read1(65536):
            text += piece.decode()
            if enough is not None and enough in text:
                return text, False
    except TimeoutError:
        return text, False
    return text, True
