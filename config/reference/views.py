"""The documents at `/docs/`, for programs."""

from __future__ import annotations

from functools import cache

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.reference.asyncapi import asyncapi_document
from config.reference.for_generators import document_for_generators
from config.reference.openapi import openapi_document

JSON = "application/json; charset=utf-8"


@require_safe
def show_openapi(request: HttpRequest) -> HttpResponse:
    """`/docs/openapi.json`: the HTTP API."""
    return HttpResponse(_encoded_openapi(), JSON)


@require_safe
def show_openapi_for_generators(request: HttpRequest) -> HttpResponse:
    """`/docs/openapi-3.0.json`: the calls, for programs that write clients."""
    return HttpResponse(_encoded_for_generators(), JSON)


@require_safe
def show_asyncapi(request: HttpRequest) -> HttpResponse:
    """`/docs/asyncapi.json`: the event connection, at the host that was asked."""
    return HttpResponse(msgspec.json.encode(asyncapi_document(request.get_host(), secure=request.is_secure())), JSON)


@cache
def _encoded_openapi() -> bytes:
    return msgspec.json.encode(openapi_document())


@cache
def _encoded_for_generators() -> bytes:
    return msgspec.json.encode(document_for_generators())
