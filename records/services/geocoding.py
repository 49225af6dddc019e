"""Addresses of places, asked of a geocoder once and kept (records §11)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from accounts.wire.errors import ApiError, ErrorCode
from records.models import Address
from records.rendering.geocoding import read_answer
from records.services.asking import Pace, Unanswered, ask

MAX_ANSWER_BYTES = 65_536
MAX_KEPT = 500_000
"""Addresses; beyond it the oldest go, some at a time."""
DROPPED_AT_ONCE = 1_000
_PER_DEGREE = 10_000


def address_of(latitude: float, longitude: float, language: str) -> Address:
    """The address of a place.

    Raises ApiError GEOCODING_FAILED when there is none, nobody can be asked, or too much is asked at once.
    """
    place = {"latitude": round(latitude * _PER_DEGREE), "longitude": round(longitude * _PER_DEGREE)}
    known = Address.objects.filter(**place, language=language).first()
    if known is not None:
        return known
    told = read_answer(_ask(latitude, longitude, language))
    if told is None:
        raise ApiError(ErrorCode.GEOCODING_FAILED)
    value, details = told
    address, is_new = Address.objects.get_or_create(
        **place, language=language, defaults={"value": value, "details": details}
    )
    if is_new and address.pk % DROPPED_AT_ONCE == 0:
        _forget_oldest()
    return address


def _forget_oldest() -> None:
    beyond = Address.objects.count() - MAX_KEPT
    if beyond > 0:
        oldest = Address.objects.order_by("pk").values_list("pk", flat=True)[: beyond + DROPPED_AT_ONCE]
        Address.objects.filter(pk__in=list(oldest)).delete()


def _ask(latitude: float, longitude: float, language: str) -> Any:
    if not settings.GEOCODER_URL:
        raise ApiError(ErrorCode.GEOCODING_FAILED)
    # Either understands its own of these and passes over the others.
    query = {"lat": latitude, "lon": longitude, "format": "jsonv2", "lang": language, "accept-language": language}
    try:
        return ask("the geocoder", f"{settings.GEOCODER_URL}?{urlencode(query)}", _pace, most_bytes=MAX_ANSWER_BYTES)
    except Unanswered as error:
        raise ApiError(ErrorCode.GEOCODING_FAILED) from error


def new_pace() -> Pace:
    """How often the geocoder is asked."""
    return Pace(lambda: settings.GEOCODER_REQUESTS_PER_SECOND)


_pace = new_pace()
