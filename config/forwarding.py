"""What a proxy says of the connection that it was called over, believed of those that may be."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from accounts.wire.addresses import is_trusted

# SECURE_PROXY_SSL_HEADER reads it, of anybody.
HEADER = "HTTP_X_FORWARDED_PROTO"


@sync_and_async_middleware
def believe_trusted_proxies(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Drops `X-Forwarded-Proto` of those that TRUSTED_PROXIES does not name."""

    def answer(request: HttpRequest) -> Any:
        _drop_what_is_not_believed(request)
        return get_response(request)

    async def answer_async(request: HttpRequest) -> Any:
        _drop_what_is_not_believed(request)
        return await get_response(request)

    return answer_async if iscoroutinefunction(get_response) else answer


def _drop_what_is_not_believed(request: HttpRequest) -> None:
    # A connection over a unix socket has no address, and is one from this machine.
    peer = request.META.get("REMOTE_ADDR")
    if peer and not is_trusted(peer, settings.TRUSTED_PROXIES):
        request.META.pop(HEADER, None)
