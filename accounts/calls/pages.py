"""The pages behind the links by which a password is set."""

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


RESTORE = {
    "title": "Set a new password",
    "done": "Your new password is set, and you are logged out everywhere.",
    "over": "This link was used already, or its time is over. Ask for another one.",
}
INVITATION = {
    "title": "Choose your password",
    "done": "Your password is set.",
    "over": "This link was used already, or its time is over. Ask who invited you for another one.",
}


@require_safe
def show_restore_page(request: HttpRequest) -> HttpResponse:
    """`/password/restore`: asks for the new password. The hash is in the fragment, which no server or log ever sees."""
    return _show(request, RESTORE)


@require_safe
def show_invitation_page(request: HttpRequest) -> HttpResponse:
    """`/password/invitation`: the same for somebody who never had one."""
    return _show(request, INVITATION)


def _show(request: HttpRequest, texts: dict[str, str]) -> HttpResponse:
    response = render(request, "accounts/restore_password.html", texts)
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
