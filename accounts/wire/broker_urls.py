"""Addresses of brokers: of one, or of the Sentinels that know which one it is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

SENTINEL_SCHEME = "redis+sentinel"
SENTINEL_PORT = 26379
_BETWEEN = re.compile(r",\s*(?=[a-z+]+://)")
_PLACE = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^\[\]:]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
_PATH = re.compile(r"/(?P<master>[^/]+)(?:/(?P<database>\d+))?")


@dataclass(frozen=True, slots=True)
class Watched:
    """A broker that Sentinels watch over."""

    master: str
    sentinels: tuple[tuple[str, int], ...]
    options: dict[str, Any]
    """Of a connection to the broker itself: `username`, `password`, `db`."""


def split_urls(text: str) -> list[str]:
    """The addresses in a list that commas divide; those of an address's Sentinels have no scheme before them."""
    return [url for url in (part.strip() for part in _BETWEEN.split(text)) if url]


def parse_watched(url: str) -> Watched | None:
    """What `redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER[/DATABASE]` says.

    None for an address of another kind. Raises ValueError with a sentence.
    """
    parts = urlsplit(url)
    if parts.scheme != SENTINEL_SCHEME:
        return None
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    found = [_PLACE.fullmatch(place.strip()) for place in places.split(",")]
    path = _PATH.fullmatch(parts.path)
    if path is None or None in found:
        raise ValueError(f"{SENTINEL_SCHEME}: must be followed by //HOST:PORT,HOST:PORT/MASTER")
    sentinels = tuple((one["v6"] or one["host"], int(one["port"] or SENTINEL_PORT)) for one in found if one)
    options = {"username": unquote(user), "password": unquote(password), "db": int(path["database"] or 0)}
    return Watched(path["master"], sentinels, {name: value for name, value in options.items() if value})
