"""The pages of share links: open to whoever has one, and to be shown in other sites' frames (api §2.10)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.api.call import caller_address
from accounts.api.languages import reader_of, told_by_language
from accounts.api.metrics import count_call
from accounts.api.throttling import RETRY_AFTER_S, check_links, count_caller, count_wrong_link
from accounts.models import ShareLink
from accounts.selectors import OWNER, Principal, viewer_for_hash
from accounts.wire.errors import ApiError, ErrorCode
from events.web.bundles import bundle_of
from events.web.pages import map_page, map_policy, new_nonce
from events.web.words import address_of_words
from trackers.services.selectors import visible_trackers

# What metrics call it.
CALL = "share"
NEVER_KEPT = {
    # The address is the key: no other site is told of it, no search engine keeps it, and no cache what it shows.
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


@csrf_exempt
@require_safe
@xframe_options_exempt
@told_by_language
def show_shared(request: HttpRequest, token: str) -> HttpResponse:
    """The map of a share link; its script has the token from its own address."""
    try:
        response = _show_link(request, token)
        count_call(CALL, None)
    except ApiError as error:
        count_call(CALL, error.code)
        response = _refuse(request, error)
    for name, value in NEVER_KEPT.items():
        response[name] = value
    return response


def _show_link(request: HttpRequest, token: str) -> HttpResponse:
    address = caller_address(request)
    count_caller(address)
    check_links(address)
    try:
        viewer = viewer_for_hash(token)
    except ApiError:
        count_wrong_link(address)
        raise
    link = ShareLink.objects.select_related(*OWNER).filter(digest=viewer.digest).first()
    if link is None:
        count_wrong_link(address)
        raise ApiError(ErrorCode.SESSION_ENDED)
    nonce = new_nonce()
    context = {
        "page": _page(link, viewer),
        "link": link,
        "nonce": nonce,
        "words": address_of_words(reader_of(request).language),
        "bundle": bundle_of("share"),
    }
    response = render(request, "events/share.html", context)
    response["Content-Security-Policy"] = map_policy(request, nonce, frames=settings.SHARE_FRAME_ANCESTORS)
    return response


def _page(link: ShareLink, viewer: Principal) -> dict[str, Any]:
    options = link.params["display_options"]
    return {
        **map_page(),
        "trackers": _trackers(link, viewer),
        "autoscale": options["autoscale"],
        "trace_s": options["trace_duration"],
        "ends_at": link.expires_at.isoformat(),
    }


def _trackers(link: ShareLink, viewer: Principal) -> list[dict[str, Any]]:
    """Those that are there and that nobody has blocked, as they are called in the link."""
    seen = {tracker.pk: tracker for tracker in visible_trackers(viewer) if not tracker.source.is_blocked}
    return [
        {"id": one["tracker_id"], "source_id": tracker.source_id, "label": one["alias"] or tracker.label}
        for one in link.trackers
        if (tracker := seen.get(one["tracker_id"])) is not None
    ]


def _refuse(request: HttpRequest, error: ApiError) -> HttpResponse:
    """Wrong, over or not begun: who has no link is not told which."""
    is_flood = error.code is ErrorCode.TOO_MANY_REQUESTS
    response = render(request, "events/share_ended.html", {"is_flood": is_flood}, status=429 if is_flood else 404)
    if is_flood:
        response["Retry-After"] = str(RETRY_AFTER_S)
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
    response["Content-Security-Policy"] = f"{policy}; frame-ancestors {settings.SHARE_FRAME_ANCESTORS}"
    return response
