"""What the maps of the pages may show: a file of this server, and styles and tiles of others."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_MAGIC = b"PMTiles\x03"
_FIELDS = {"name", "url", "attribution", "hosts"}


@dataclass(frozen=True, slots=True)
class Ground:
    """A map of another site that people may choose."""

    name: str
    url: str
    """A MapLibre style document, or raster tiles with {z}, {x} and {y}."""
    attribution: str = ""
    hosts: tuple[str, ...] = ()
    """Origins besides the address's own from which tiles, glyphs and sprites come."""

    @property
    def origins(self) -> list[str]:
        """Whom the page may ask for it, each once."""
        return list(dict.fromkeys([*origins_of(self.url), *self.hosts]))

    def shown(self) -> dict[str, str]:
        """As the script of the page reads it."""
        kind = "tiles" if "{z}" in self.url else "style"
        return {"kind": kind, **{key: asdict(self)[key] for key in ("name", "url", "attribution")}}


def read_map_file(text: str) -> Path | None:
    """The map file of that name. Raises ImproperlyConfigured when it is no PMTiles archive of version 3."""
    if not text:
        return None
    path = Path(text)
    try:
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
    except OSError as error:
        raise ImproperlyConfigured(f"MAP_FILE cannot be read: {error}") from error
    if begin != _MAGIC:
        raise ImproperlyConfigured("MAP_FILE is no PMTiles archive of version 3")
    return path


def read_grounds(text: str) -> list[Ground]:
    """The maps of MAP_STYLES, a JSON list. Raises ImproperlyConfigured for what is none."""
    try:
        entries = json.loads(text or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"MAP_STYLES is no JSON: {error}") from error
    if not isinstance(entries, list):
        raise ImproperlyConfigured("MAP_STYLES must be a list of objects")
    return [_ground(entry) for entry in entries]


def _ground(entry: Any) -> Ground:
    if not isinstance(entry, dict) or not {"name", "url"} <= entry.keys() <= _FIELDS:
        raise ImproperlyConfigured(f"MAP_STYLES: each has name and url, and may have attribution and hosts: {entry}")
    texts = [entry["name"], entry["url"], entry.get("attribution", ""), *entry.get("hosts", [])]
    if not all(isinstance(one, str) for one in texts) or not entry["name"]:
        raise ImproperlyConfigured(f"MAP_STYLES: names, addresses and hosts are texts: {entry}")
    for address in [entry["url"], *entry.get("hosts", [])]:
        check_address("MAP_STYLES", address)
    return Ground(entry["name"], entry["url"], entry.get("attribution", ""), tuple(entry.get("hosts", [])))


def origins_of(address: str) -> list[str]:
    """What a policy calls the site of an address; none for one of this server."""
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def check_address(setting: str, address: str) -> None:
    """What stands in a policy must not bring a word of its own into it. Raises ImproperlyConfigured."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or set(address) & set(" ;,'\""):
        raise ImproperlyConfigured(f"{setting}: {address!r} is no address such as https://tiles.example")
