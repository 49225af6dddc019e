"""Ways by road, asked of a router of the operator's (records §12)."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from accounts.wire.errors import ApiError, ErrorCode
from records.rendering.documents import Spot
from records.rendering.routing import Way, read_way
from records.services.asking import Pace, Unanswered, ask

MAX_ANSWER_BYTES = 8_000_000
_QUERY = "overview=false&steps=true&geometries=geojson"


def way_between(places: Sequence[Spot]) -> Way:
    """The way by road from the first place by the others to the last.

    Raises ApiError EXTERNAL_SERVICE_FAILED when there is none, nobody can be asked, or too much is asked at once.
    """
    if not settings.ROUTER_URL:
        raise ApiError(ErrorCode.EXTERNAL_SERVICE_FAILED)
    stops = ";".join(f"{place.lng:.6f},{place.lat:.6f}" for place in places)
    url = f"{settings.ROUTER_URL.rstrip('/')}/{stops}?{_QUERY}"
    try:
        way = read_way(ask("the router", url, _pace, most_bytes=MAX_ANSWER_BYTES))
    except Unanswered as error:
        raise ApiError(ErrorCode.EXTERNAL_SERVICE_FAILED) from error
    if way is None:
        raise ApiError(ErrorCode.EXTERNAL_SERVICE_FAILED)
    return way


def new_pace() -> Pace:
    """How often the router is asked."""
    return Pace(lambda: settings.ROUTER_REQUESTS_PER_SECOND)


_pace = new_pace()
