"""Where a request comes from, past the proxies that may be believed. Pure."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str, forwarded_for: str, trusted: Collection[Network]) -> str:
    """The address of the client behind the connection from `peer`; empty when it cannot be told.

    Each proxy adds the address that it was called from to the end of `X-Forwarded-For`, and whatever a client wrote
    itself stands before. So the list is read from its end, for as long as those who added to it are trusted. A
    connection without an address, as over a unix socket, is one from this machine and is trusted.
    """
    address = peer
    for entry in reversed(forwarded_for.split(",")):
        if address and not (trusted and _is_trusted(address, trusted)):
            break
        if entry.strip():
            address = entry.strip()
    return _normal(address)


def _is_trusted(address: str, trusted: Collection[Network]) -> bool:
    try:
        parsed = ip_address(_normal(address))
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


@lru_cache(maxsize=1024)
def _normal(address: str) -> str:
    """One spelling per address: IPv4 in IPv6 is IPv4. What is no address stays as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
