"""The GeoJSON files that lie over the map, each whole: those of the settings and no others."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.api.repeating import can_read_gzip, tag_of

logger = logging.getLogger(__name__)

# As many as the settings may name.
_MAX_KEPT = 20


@dataclass(frozen=True, slots=True)
class _Packed:
    """What a file has, by gzip, as nearly everybody asks for it."""

    content: bytes
    tag: str


@csrf_exempt
@require_safe
def show_overlay(request: HttpRequest, number: int) -> HttpResponseBase:
    """`/overlays/<number>.geojson`: as the file is now, or 304; 404 for one that is not there, or grew too large."""
    if number >= len(settings.MAP_OVERLAYS) or settings.MAP_OVERLAYS[number].file is None:
        return HttpResponse(status=404)
    try:
        packed = _packed(number)
    except (OSError, ValueError) as error:
        # It was there when the server began.
        logger.warning("the overlay %r cannot be given: %s", settings.MAP_OVERLAYS[number].name, error)
        return HttpResponse(status=404)
    return _answer(request, packed)


def _packed(number: int) -> _Packed:
    """What its file has now. Raises OSError, and ValueError for a file that is too large to be drawn."""
    overlay = settings.MAP_OVERLAYS[number]
    assert overlay.file is not None
    found = overlay.file.stat()
    return _pack(overlay.read, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=_MAX_KEPT)
def _pack(read: Callable[[], bytes], changed_ns: int, size: int) -> _Packed:
    """Once for each change of the file, whoever asks and how often."""
    content = read()
    return _Packed(gzip.compress(content, mtime=0), tag_of(content))


def _answer(request: HttpRequest, packed: _Packed) -> HttpResponseBase:
    is_packed = can_read_gzip(request)
    content = packed.content if is_packed else gzip.decompress(packed.content)
    headers = {"ETag": packed.tag, "Cache-Control": "private, no-cache"}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    response = HttpResponse(content, content_type="application/geo+json", headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=packed.tag, response=response) or response
