"""The pages behind the links by which a password is set."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api.languages import told_by_language

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
@told_by_language
def show_restore_page(request: HttpRequest) -> HttpResponse:
    """`/password/restore`: asks for the new password. The hash is in the fragment, which no server or log ever sees."""
    return _show(request, is_invited=False)


@require_safe
@told_by_language
def show_invitation_page(request: HttpRequest) -> HttpResponse:
    """`/password/invitation`: the same for somebody who never had one."""
    return _show(request, is_invited=True)


def _show(request: HttpRequest, *, is_invited: bool) -> HttpResponse:
    response = render(request, "accounts/restore_password.html", {"is_invited": is_invited})
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
