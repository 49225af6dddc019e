"""What the operator lays over the maps of the page: GeoJSON files of this server, and raster tiles of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.geojson import check_geojson
from config.maps import check_address, origins_of

MAX_OVERLAYS = 20
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_NAME = 60
DEEPEST_ZOOM = 24
# Servers of tiles are asked by one of these; the second is what a WMS takes.
_PLACES = ({"{z}", "{x}", "{y}"}, {"{bbox-epsg-3857}"})


@dataclass(frozen=True, slots=True)
class Overlay:
    """Something that people may have drawn over the map; either of a file or of tiles."""

    name: str
    file: Path | None = None
    url: str = ""
    attribution: str = ""
    color: str = ""
    """Of what the file gives no colour; empty: one that is seen on the ground."""
    opacity: float = 1.0
    max_zoom: int = 19
    """The deepest zoom that there are tiles for; nearer, these are drawn larger."""
    shown: bool = False
    """Whether it is there for who has not chosen yet."""

    @property
    def origins(self) -> list[str]:
        """Whom the page may ask for it."""
        return origins_of(self.url)

    def read(self) -> bytes:
        """What the file has now. Raises OSError, and ValueError for a file that is too large to be drawn."""
        assert self.file is not None
        if self.file.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES // 1024**2} MB")
        with self.file.open("rb") as file:
            return file.read(MAX_FILE_BYTES)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_MUST_BE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (lambda value: _is_text(value) and 0 < len(value) <= MAX_NAME, f"a text of {MAX_NAME} characters at most"),
    "file": (lambda value: _is_text(value) and value != "", "the path of a GeoJSON file"),
    "url": (lambda value: _is_text(value) and _has_places(value), "an address with {z}, {x}, {y} or {bbox-epsg-3857}"),
    "attribution": (_is_text, "a text"),
    "color": (lambda value: _is_text(value) and _is_color(value), "a colour such as #0b5ed7"),
    "opacity": (lambda value: _is_number(value) and 0 < value <= 1, "a number above 0 and up to 1"),
    "max_zoom": (lambda value: type(value) is int and 0 <= value <= DEEPEST_ZOOM, f"a zoom from 0 to {DEEPEST_ZOOM}"),
    "shown": (lambda value: isinstance(value, bool), "true or false"),
}


def _is_color(text: str) -> bool:
    return re.fullmatch("#[0-9a-fA-F]{6}", text) is not None


def _has_places(url: str) -> bool:
    return any(all(place in url for place in places) for places in _PLACES)


def read_overlays(text: str) -> list[Overlay]:
    """The overlays of MAP_OVERLAYS, a JSON list. Raises ImproperlyConfigured for what is none; looks into no file."""
    try:
        entries = json.loads(text or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"MAP_OVERLAYS is no JSON: {error}") from error
    if not isinstance(entries, list) or len(entries) > MAX_OVERLAYS:
        raise ImproperlyConfigured(f"MAP_OVERLAYS must be a list of {MAX_OVERLAYS} objects at most")
    overlays = [_overlay(entry) for entry in entries]
    names = [overlay.name for overlay in overlays]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ImproperlyConfigured(f"MAP_OVERLAYS: browsers keep them by name, and there are several of {twice[0]!r}")
    return overlays


def _overlay(entry: Any) -> Overlay:
    if not isinstance(entry, dict) or "name" not in entry or ("file" in entry) == ("url" in entry):
        raise ImproperlyConfigured(f"MAP_OVERLAYS: each has a name, and either file or url: {entry}")
    for field, value in entry.items():
        if field not in _MUST_BE:
            raise ImproperlyConfigured(f"MAP_OVERLAYS: there is no {field!r}, but {', '.join(_MUST_BE)}: {entry}")
        is_right, wanted = _MUST_BE[field]
        if not is_right(value):
            raise ImproperlyConfigured(f"MAP_OVERLAYS: {field} must be {wanted}: {entry}")
    if "url" in entry:
        check_address("MAP_OVERLAYS", entry["url"])
    return Overlay(**{**entry, "file": Path(entry["file"]) if "file" in entry else None})


def fault_of(overlay: Overlay) -> str:
    """Why its file cannot be drawn, in words for the operator; empty: it can."""
    try:
        check_geojson(overlay.read())
    except (OSError, ValueError) as error:
        return str(error)
    return ""
