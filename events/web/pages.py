"""The monitoring page, and the answers to whoever watches over the process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.api.call import error_response
from accounts.api.languages import reader_of, told_by_language
from accounts.api.metrics import UNKNOWN_CALL, count_call
from accounts.wire.errors import ApiError, ErrorCode
from events.protocol.options import COMPACT_LACKS
from events.web.bundles import bundle_of
from events.web.readiness import readiness
from events.web.words import address_of_words
from records.calls.schedules import FORMATS
from records.services.reports.kinds import KINDS

# Where the reader may well be who can start the server.
LOCAL_HOSTS = ("localhost", "127.0.0.1")


@csrf_exempt
@require_safe
@told_by_language
def show_page(request: HttpRequest) -> HttpResponse:
    """The monitoring page; it logs in and reads everything else through the API."""
    limits = {"alert_max_age_s": settings.ALERT_MAX_AGE_S, "area_from_trackers": settings.AREA_FROM_TRACKERS}
    page = {**map_page(), "overlays": shown_overlays(), **report_page(), **limits}
    nonce = new_nonce()
    words = address_of_words(reader_of(request).language)
    context = {"page": page, "nonce": nonce, "words": words, "bundle": bundle_of("monitoring")}
    response = render(request, "events/monitoring.html", context)
    overlays = overlay_origins()
    response["Content-Security-Policy"] = map_policy(request, nonce, more=overlays)
    response["Referrer-Policy"] = map_referrer(more=overlays)
    return response


def map_referrer(*, more: Sequence[str] = ()) -> str:
    """Owners of tiles want to know which site asks, and refuse whoever hides it; nobody learns more than its name."""
    return "strict-origin-when-cross-origin" if settings.MAP_GROUNDS or more else "same-origin"


def shown_overlays() -> list[dict[str, Any]]:
    """What may lie over the map, as the script reads it. Those who look by a share link are not told: it is the
    operator's own, and they are strangers."""
    return [_overlay(number, overlay) for number, overlay in enumerate(settings.MAP_OVERLAYS)]


def _overlay(number: int, overlay: Any) -> dict[str, Any]:
    kind = "tiles" if overlay.file is None else "file"
    url = overlay.url or reverse("overlay", kwargs={"number": number})
    fields = ("name", "attribution", "color", "opacity", "max_zoom", "shown")
    return {"kind": kind, "url": url, **{field: getattr(overlay, field) for field in fields}}


def overlay_origins() -> list[str]:
    """Whom the page may ask for what lies over its map."""
    return [origin for overlay in settings.MAP_OVERLAYS for origin in overlay.origins]


def map_page() -> dict[str, Any]:
    """What the script of a page with a map is told: which maps there are, the first one first."""
    own = [{"kind": "file", "name": "Streets", "url": reverse("map-file"), "attribution": settings.MAP_ATTRIBUTION}]
    files = own if settings.MAP_FILE is not None else []
    land = [{"kind": "land", "name": "Land", "url": "", "attribution": settings.MAP_ATTRIBUTION}]
    others = [ground.shown() for ground in settings.MAP_GROUNDS]
    return {"grounds": [*others[: settings.MAP_GROUNDS_FIRST], *files, *others[settings.MAP_GROUNDS_FIRST :], *land]}


def report_page() -> dict[str, Any]:
    """Which reports can be made, and as which files they are written."""
    return {
        "report_kinds": {plugin_id: kind.title for plugin_id, kind in KINDS.items()},
        "report_formats": list(dict.fromkeys(FORMATS.values())),
    }


def new_nonce() -> str:
    """What lets the import map of a page be read, which cannot be a file of its own."""
    return secrets.token_urlsafe(16)


def map_policy(request: HttpRequest, nonce: str, *, more: Sequence[str] = (), frames: str = "'none'") -> str:
    """The policy of a page with a map; `more` is who may be asked besides the owners of grounds, `frames` are the
    sites that may show it in theirs."""
    grounds = [origin for ground in settings.MAP_GROUNDS for origin in ground.origins]
    origins = "".join(f" {origin}" for origin in dict.fromkeys([*grounds, *more]))
    return _page_policy(request.get_host(), scripts=f" 'nonce-{nonce}'", more=origins, frames=frames)


@csrf_exempt
@require_safe
def show_reference(request: HttpRequest) -> HttpResponse:
    """`/docs/`: how to begin, a console, and what the documents beside it say."""
    host = request.get_host()
    secure = "s" if request.is_secure() else ""
    context = {
        "url": f"http{secure}://{host}",
        "socket_url": f"ws{secure}://{host}",
        "is_local": host.partition(":")[0] in LOCAL_HOSTS,
        "batch_item": settings.STATE_BATCH_ITEM,
        "compact_lacks": COMPACT_LACKS,
        "session_days": settings.SESSION_LIFETIME_DAYS,
        "bundle": bundle_of("reference"),
    }
    response = render(request, "events/reference.html", context)
    response["Content-Security-Policy"] = _page_policy(host)
    return response


def _page_policy(host: str, *, scripts: str = "", more: str = "", frames: str = "'none'") -> str:
    """What a page may load: our own files, and from `more` origins images and data."""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self'{scripts}",
            "worker-src 'self' blob:",
            f"img-src 'self' data: blob:{more}",
            # Older browsers do not count the websocket schemes as 'self'.
            f"connect-src 'self' ws://{host} wss://{host}{more}",
            "object-src 'none'",
            f"frame-ancestors {frames}",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


@csrf_exempt
@require_safe
def is_alive(request: HttpRequest) -> HttpResponse:
    """`/healthz`: the process answers."""
    return JsonResponse({"alive": True})


@csrf_exempt
@require_safe
async def is_ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 when database and broker answer and the process does not end, else 503; says which it is."""
    parts = await readiness()
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


@csrf_exempt
def refuse_unknown_action(request: HttpRequest) -> HttpResponse:
    """Code 112: the resource is known, the action is not."""
    count_call(UNKNOWN_CALL, ErrorCode.WRONG_METHOD)
    return error_response(ApiError(ErrorCode.WRONG_METHOD))


@csrf_exempt
def refuse_unknown_resource(request: HttpRequest) -> HttpResponse:
    """Code 111: nothing of that name."""
    count_call(UNKNOWN_CALL, ErrorCode.WRONG_HANDLER)
    return error_response(ApiError(ErrorCode.WRONG_HANDLER))
