"""The map file, in the pieces that pages ask for: byte ranges of one file and of no other (RFC 9110)."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

# A piece is a directory or a tile; a page asks for some tens of kilobytes.
MAX_PIECE_BYTES = 8 * 1024 * 1024
KEPT_S = 24 * 3600
_RANGE = re.compile(r"\s*bytes=(\d{0,15})-(\d{0,15})\s*", re.ASCII | re.IGNORECASE)


class NotInFileError(Exception):
    """A range that begins behind the end, or is longer than anybody gets."""


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last; None for what is no single range of bytes, which is to be ignored.

    Raises NotInFileError for a range that cannot be had.
    """
    found = _RANGE.fullmatch(header)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= end or end - begin > MAX_PIECE_BYTES:
        raise NotInFileError
    return begin, end


@csrf_exempt
@require_safe
async def show_map_file(request: HttpRequest) -> HttpResponse:
    """`/map.pmtiles`: 206 with a piece, 416 for one that cannot be had, 400 for the whole, which nobody needs."""
    if settings.MAP_FILE is None:
        return HttpResponse(status=404)
    try:
        return await asyncio.to_thread(_answer, request, settings.MAP_FILE)
    except OSError:
        return HttpResponse(status=404)


def _answer(request: HttpRequest, path: Path) -> HttpResponse:
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
        try:
            response = _piece(request, file.fileno(), about.st_size, tag)
        except NotInFileError:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{about.st_size}"
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"public, max-age={KEPT_S}"
    return response


def _piece(request: HttpRequest, file: int, size: int, tag: str) -> HttpResponse:
    if tag in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304)
    if request.method == "HEAD":
        response = HttpResponse(content_type="application/vnd.pmtiles")
        response["Content-Length"] = str(size)
        return response
    is_same = request.headers.get("If-Range", tag) == tag
    piece = read_range(request.headers.get("Range", ""), size) if is_same else None
    if piece is None:
        return HttpResponse("Ask for a range of bytes.\n", status=400, content_type="text/plain; charset=utf-8")
    begin, end = piece
    content = os.pread(file, end - begin, begin)
    response = HttpResponse(content, status=206, content_type="application/vnd.pmtiles")
    response["Content-Range"] = f"bytes {begin}-{begin + len(content) - 1}/{size}"
    return response
