"""The monitoring page, and the answers to whoever watches over the process."""

from __future__ import annotations

import json

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api import error_response
from accounts.errors import ApiError, ErrorCode
from accounts.feed import LAYER_ERRORS


@require_safe
def show_page(request: HttpRequest) -> HttpResponse:
    """The monitoring page; it logs in and reads everything else through the API."""
    page = {
        "style_url": settings.MAP_STYLE_URL,
        "tiles_url": settings.MAP_TILES_URL,
        "attribution": settings.MAP_ATTRIBUTION,
    }
    return render(request, "events/monitoring.html", {"page": json.dumps(page)})


@require_safe
def is_alive(request: HttpRequest) -> HttpResponse:
    """`/healthz`: the process answers."""
    return JsonResponse({"alive": True})


@require_safe
def is_ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 when database and broker answer, else 503; says which of them does not."""
    parts = {"database": _has_database(), "broker": _has_broker()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _has_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
    except DatabaseError:
        return False
    return True


def _has_broker() -> bool:
    try:
        async_to_sync(get_channel_layer().group_send)("readiness", {"type": "probe"})
    except LAYER_ERRORS:
        return False
    return True


def refuse_unknown_action(request: HttpRequest) -> HttpResponse:
    """Code 112: the resource is known, the action is not."""
    return error_response(ApiError(ErrorCode.WRONG_METHOD))


def refuse_unknown_resource(request: HttpRequest) -> HttpResponse:
    """Code 111: nothing of that name."""
    return error_response(ApiError(ErrorCode.WRONG_HANDLER))
