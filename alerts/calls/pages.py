"""The page behind the link in letters about alerts, for those who want no more of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.api.languages import told_by_language
from alerts.services.delivery.stopping import read_token, stop_letters

POLICY = "; ".join(
    ["default-src 'none'", "style-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]
)


# The link itself is what it takes; programs that read mail send the same POST by themselves (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@told_by_language
def show_stop_page(request: HttpRequest, token: str) -> HttpResponse:
    """`/letters/stop/<token>`: asks first, as programs follow links in letters to look for viruses."""
    if (found := read_token(token)) is None:
        raise Http404
    account_id, address = found
    is_done = request.method == "POST"
    if is_done:
        stop_letters(account_id, address)
    response = render(request, "alerts/stop_letters.html", {"address": address, "is_done": is_done})
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


page_urlpatterns = [path("letters/stop/<str:token>", show_stop_page, name="stop-letters")]
