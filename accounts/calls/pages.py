"""The page behind the link that restores a password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

# It calls the API and loads its own two files; nothing on it comes from a request.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


@require_safe
def show_restore_page(request: HttpRequest) -> HttpResponse:
    """`/password/restore`: asks for the new password. The hash is in the fragment, which no server or log ever sees."""
    response = render(request, "accounts/restore_password.html")
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
