"""The texts of one language, as a script that runs before those of a page."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.api.languages import ENGLISH, LANGUAGES, catalogue
from accounts.api.repeating import can_read_gzip

KEPT_S = 365 * 24 * 3600


@cache
def address_of_words(language: str) -> str | None:
    """Where a page gets the texts of this language, by a name that says what is inside; None for English."""
    if language == ENGLISH:
        return None
    digest = hashlib.sha256(_script(language)).hexdigest()[:12]
    return reverse("words", kwargs={"language": language, "digest": digest})


@csrf_exempt
@require_safe
def show_words(request: HttpRequest, language: str, digest: str) -> HttpResponse:
    """`/words/<language>-<digest>.js`: 404 for a language that is not there.

    Whoever asks by an old digest, in the minute of an upgrade, gets the texts of now and is not to keep them.
    """
    if language not in LANGUAGES or (address := address_of_words(language)) is None:
        return HttpResponse(status=404)
    is_packed = can_read_gzip(request)
    content = _packed(language) if is_packed else _script(language)
    response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    if is_packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Cache-Control"] = f"public, max-age={KEPT_S}, immutable" if request.path == address else "no-cache"
    return response


@cache
def _script(language: str) -> bytes:
    said = {"language": language, "texts": catalogue(language)}
    return f"globalThis.fleetsphereWords={json.dumps(said, ensure_ascii=False, separators=(',', ':'))};\n".encode()


@cache
def _packed(language: str) -> bytes:
    return gzip.compress(_script(language), mtime=0)
