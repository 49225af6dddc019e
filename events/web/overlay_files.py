"""The GeoJSON files that lie over the map, each whole: those of the settings and no others."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.api.repeating import repeatable

logger = logging.getLogger(__name__)


@csrf_exempt
@require_safe
def show_overlay(request: HttpRequest, number: int) -> HttpResponseBase:
    """`/overlays/<number>.geojson`: as the file is now, or 304; 404 for one that is not there, or grew too large."""
    if number >= len(settings.MAP_OVERLAYS) or settings.MAP_OVERLAYS[number].file is None:
        return HttpResponse(status=404)
    try:
        content = settings.MAP_OVERLAYS[number].read()
    except (OSError, ValueError) as error:
        # It was there when the server began.
        logger.warning("the overlay %r cannot be given: %s", settings.MAP_OVERLAYS[number].name, error)
        return HttpResponse(status=404)
    return repeatable(request, HttpResponse(content, content_type="application/geo+json"))
