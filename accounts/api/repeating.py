"""Answers to calls that are asked again and again: those to GET have a tag, by which nothing comes twice, and are
compressed (decision 123)."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers

from accounts.wire.encodings import takes_gzip

_TAG_BYTES = 16
_gzip = GZipMiddleware(lambda request: HttpResponse())


def repeatable(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The answer, or 304 without one for who has it already, as its `If-None-Match` says."""
    if request.method != "GET":
        return response
    tag = tag_of(response.content)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    # All that it depends on, also where 304 stands for it.
    patch_vary_headers(response, ["Authorization", "NVX-ISO-DateTime", "Accept-Encoding"])
    answer = get_conditional_response(request, etag=tag, response=response)
    if answer is not None and answer.status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    # The call is carried out: other conditions come too late, and there is no date to compare one with.
    return _gzip.process_response(request, response) if can_read_gzip(request) else response


def tag_of(content: bytes) -> str:
    """The `ETag` of an answer that comes plain or compressed. Weak: what is compressed is other bytes."""
    return f'W/"{hashlib.blake2b(content, digest_size=_TAG_BYTES).hexdigest()}"'


def can_read_gzip(request: HttpRequest) -> bool:
    """Whether the answer may be compressed. It is to vary by `Accept-Encoding` either way."""
    return takes_gzip(request.headers.get("Accept-Encoding", ""))
