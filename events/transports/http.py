"""What an Atmosphere client gets at `/event/subscription` over plain HTTP (protocol sheet 5, 6)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events.protocol.parameters import read_parameters

CLOSE = "close"
# What clients send instead of an upgrade when they are about to try another transport (sheet 5.6, point 9).
WITHOUT_CONNECTION = ("websocket", "none", "polling")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """200 without a body for a close request; a refusal for a transport that is not served.

    A close request changes nothing here: the websocket that it speaks of closes by itself, and an id alone is no
    authority over a connection.
    """
    parameters = read_parameters(request.META["QUERY_STRING"], request.headers.items())
    if parameters.transport == CLOSE or parameters.transport in WITHOUT_CONNECTION:
        return HttpResponse()
    refusal = HttpResponse(status=501)
    refusal["X-Atmosphere-error"] = "Only the websocket transport is served."
    return refusal
