"""HTTP/1.1 with keep-alive over bare streams: what a client of many connections can afford."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
# What Chromium adds to each request of a page's own site: the server reads it all.
BROWSER_HEADERS = (
    "Connection: keep-alive\r\n"
    'sec-ch-ua: "Chromium";v="156", "Not A(Brand";v="24"\r\n'
    "sec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36\r\n"
    'sec-ch-ua-platform: "Linux"\r\n'
    "Accept: */*\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Referer: https://fleet.example.com/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
)


class BadAnswer(Exception):
    """The server answered something else than 200."""


@dataclass(slots=True)
class Traffic:
    """The bytes that passed, both ways, headers and all."""

    byte_count: int = 0


class HttpConnection:
    """One request after the other over one connection."""

    def __init__(self, host: str, traffic: Traffic) -> None:
        self._host = host
        self._traffic = traffic

    async def open(self) -> None:
        name, _, port = self._host.partition(":")
        self._reader, self._writer = await asyncio.open_connection(name, int(port))

    def close(self) -> None:
        self._writer.close()

    async def request(self, method: str, target: str, body: str | None = None) -> Response:
        """The answer as far as its headers; its body is to be read before the next request. Raises BadAnswer."""
        text = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{BROWSER_HEADERS}"
        if body is not None:
            text += f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        data = f"{text}\r\n{body or ''}".encode("ascii")
        self._traffic.byte_count += len(data)
        self._writer.write(data)
        head = await self._reader.readuntil(HEAD_END)
        self._traffic.byte_count += len(head)
        status_line, *lines = head[: -len(HEAD_END)].split(b"\r\n")
        if status_line.split(b" ", 2)[1] != b"200":
            raise BadAnswer(head.decode("latin-1"))
        fields = (line.partition(b":") for line in lines)
        return Response({name.lower(): value.strip() for name, _, value in fields}, self._reader, self._traffic)


class Response:
    """An answer whose headers are read."""

    def __init__(self, headers: Mapping[bytes, bytes], reader: asyncio.StreamReader, traffic: Traffic) -> None:
        self._headers = headers
        self._reader = reader
        self._traffic = traffic

    async def whole(self) -> bytes:
        """The body when it is complete."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it was sent: a chunk at a time, or all at once if its length was said."""
        length = self._headers.get(b"content-length")
        if length is not None:
            yield await self._read(int(length))
            return
        while True:
            line = await self._reader.readuntil(b"\r\n")
            self._traffic.byte_count += len(line)
            piece = (await self._read(int(line, 16) + 2))[:-2]
            if not piece:
                return
            yield piece

    async def _read(self, count: int) -> bytes:
        data = await self._reader.readexactly(count)
        self._traffic.byte_count += count
        return data
