"""Where a request comes from, past the proxies that may be believed. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
# Some proxies add the port that they were called from.
_WITH_PORT = re.compile(r"\[([^\[\]]*:[^\[\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5}", re.ASCII)


def client_address(peer: str, forwarded_for: str, trusted: Collection[Network]) -> str:
    """The address of the client behind the connection from `peer`; empty when it cannot be told.

    Each proxy adds the address that it was called from to the end of `X-Forwarded-For`, and whatever a client wrote
    itself stands before. So the list is read from its end, for as long as those who added to it are trusted. A
    connection without an address, as over a unix socket, is one from this machine and is trusted.
    """
    address = peer
    for entry in reversed(forwarded_for.split(",")):
        if address and not (trusted and is_trusted(address, trusted)):
            break
        if entry.strip():
            address = entry.strip()
    return _normal(address)


@lru_cache(maxsize=1024)
def address_block(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the 64 bits that all addresses of an IPv6 network begin with."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(IPv6Network((parsed, 64), strict=False))


def is_trusted(address: str, trusted: Collection[Network]) -> bool:
    """Whether an address is of a proxy that may be believed."""
    try:
        parsed = ip_address(_normal(address))
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


@lru_cache(maxsize=1024)
def _normal(address: str) -> str:
    """One spelling per address: IPv4 in IPv6 is IPv4, and no port. What is no address stays as it is."""
    with_port = _WITH_PORT.fullmatch(address)
    try:
        parsed = ip_address(with_port[1] or with_port[2] if with_port else address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
