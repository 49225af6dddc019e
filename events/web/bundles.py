"""The bundles of pages, as `events/frontend/build.mjs` left them among the static files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.templatetags.static import static

FOLDER = "built"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Addresses of what one page loads; `later` is what its script imports."""

    script: str
    style: str
    later: tuple[str, ...]


def bundle_of(page: str) -> Bundle | None:
    """The bundle of the page with this template; None where nothing was bundled."""
    parts = _manifest().get(page)
    if parts is None:
        return None
    return Bundle(_address(parts["script"]), _address(parts["style"]), tuple(map(_address, parts["later"])))


def _address(name: str) -> str:
    return static(f"{FOLDER}/{name}")


@cache
def _manifest() -> dict[str, dict[str, str]]:
    """Read once: a server is started anew for other files."""
    path = settings.STATIC_ROOT / FOLDER / "manifest.json"
    manifest: dict[str, dict[str, str]] = json.loads(path.read_bytes()) if path.exists() else {}
    return manifest
