"""Which network addresses are of the public net, however they are spelled. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
# Networks whose addresses hold one of IPv4, and the bit at which it begins.
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_SITE_LOCAL = IPv6Network("fec0::/10")


def is_public(address: Address) -> bool:
    """Whether an address is of one host of the public net, and so is one of IPv4 that it holds, if it does."""
    if isinstance(address, IPv6Address):
        inner = _inner_address(address)
        if inner is not None:
            return is_public(inner)
        if address in _LOCAL_NAT64 or address in _SITE_LOCAL:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inner_address(address: IPv6Address) -> IPv4Address | None:
    """The address of IPv4 to which packets for one of IPv6 go in the end."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or address in _TRANSLATED or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def literal_address(host: str) -> Address | None:
    """The address that a host of a URL spells out, also as `127.1`, `0x7f000001` or `2130706433`; None for a name."""
    bare = host.removeprefix("[").removesuffix("]").partition("%")[0].rstrip(".")
    try:
        return ip_address(bare)
    except ValueError:
        return _old_spelling(bare)


def _old_spelling(host: str) -> IPv4Address | None:
    """As resolvers read what consists of one to four numbers: the last one fills all that is left."""
    parts = host.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = [_number(part) for part in parts]
    except ValueError:
        return None
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    return IPv4Address(sum(number << (24 - 8 * place) for place, number in enumerate(first)) + last)


def _number(text: str) -> int:
    """Raises ValueError for what begins as octal and is not."""
    if text[:2].lower() == "0x":
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)
