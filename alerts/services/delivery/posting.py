"""One POST to an address that a stranger chose: where it goes is checked, and what comes back is bounded (alerts §6.4).

A client of our own: others look the name up again when they connect, and it may then lead elsewhere than what was
checked. It follows no redirects and knows of no proxies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror, getaddrinfo
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from accounts.wire.public_addresses import Address, is_public

TIMEOUT_S = 10.0
# For one of several addresses, so that there is time for the next.
CONNECT_TIMEOUT_S = 3.0
MAX_ANSWER_BYTES = 4096
# Receivers that are cut off in the middle of their answer complain of it.
LINGER_S = 0.5
MAX_LOOKUPS = 32
USER_AGENT = "Fleetsphere-Webhook/1"
PORTS = {"http": 80, "https": 443}

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class PostError(Exception):
    """There was no answer; the text says why, to the owner of the webhook."""


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Sends JSON and returns the HTTP status of the answer. Raises PostError."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _post(urlsplit(url), body, headers)
    except TimeoutError as error:
        raise PostError(f"no answer within {TIMEOUT_S:.0f} seconds") from error
    except ssl.SSLError as error:
        raise PostError(f"TLS failed: {error.reason or 'broken off'}") from error
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
        raise PostError(_reason(error)) from error


def _reason(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "the connection was refused"
        case gaierror() | UnicodeError():
            return "the name of the host leads nowhere"
        case OSError(strerror=str(text)):
            return f"the connection failed: {text}"
        case _:
            return "the answer was not one of HTTP"


async def _post(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    port = parts.port or PORTS[parts.scheme]
    reader, writer = await _connect(parts, await _addresses_of(parts.hostname or "", port), port)
    try:
        writer.write(_request(parts, body, headers))
        await writer.drain()
        return await _read_status(reader)
    finally:
        # Not waited for: a receiver may never say that it is done.
        writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()


async def _addresses_of(host: str, port: int) -> list[Address]:
    """Where a name leads now, as far as posts may go there. Raises PostError when that is nowhere."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_lookups(), lambda: getaddrinfo(host, port, type=SOCK_STREAM))
    addresses = list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    allowed = [one for one in addresses if settings.WEBHOOK_PRIVATE_ADDRESSES or is_public(one)]
    if not allowed:
        raise PostError("the address is not of the public net")
    return allowed


@cache
def _lookups() -> ThreadPoolExecutor:
    """Names are looked up by threads of their own: slow name servers hold up nothing else."""
    return ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="lookup")


async def _connect(parts: SplitResult, addresses: Sequence[Address], port: int) -> Streams:
    """Connects to the first of the addresses that takes it, and to no other than these."""
    for address in addresses[:-1]:
        with suppress(OSError):
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await _open(parts, address, port)
    return await _open(parts, addresses[-1], port)


async def _open(parts: SplitResult, address: Address, port: int) -> Streams:
    if parts.scheme == "http":
        return await asyncio.open_connection(str(address), port, limit=MAX_ANSWER_BYTES)
    return await asyncio.open_connection(
        str(address), port, limit=MAX_ANSWER_BYTES, ssl=_tls(), server_hostname=parts.hostname
    )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {
        "host": parts.netloc,
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **headers,
    }
    head = f"POST {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode("ascii") + b"\r\n" + body


async def _read_status(reader: asyncio.StreamReader) -> int:
    """The status of the answer, past those that only say that it will come. Raises ValueError, EOFError."""
    left = MAX_ANSWER_BYTES
    while left > 0:
        line = await reader.readuntil(b"\n")
        left -= len(line)
        protocol, status, *_ = line.split(None, 2)
        if not protocol.startswith(b"HTTP/1.") or len(status) != 3:
            raise ValueError("no status line")
        if not 100 <= int(status) < 200:
            await _take_rest(reader, left)
            return int(status)
        while line.strip():
            line = await reader.readuntil(b"\n")
            left -= len(line)
    raise ValueError("too long")


async def _take_rest(reader: asyncio.StreamReader, left: int) -> None:
    """What is left of an answer, as far as anybody looks at it; its status is known."""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(LINGER_S):
            while left > 0 and (taken := await reader.read(left)):
                left -= len(taken)
