"""Addresses of places, asked of a geocoder once and kept (records §11)."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from accounts.wire.errors import ApiError, ErrorCode, first_line
from records.models import Address
from records.rendering.geocoding import read_answer

logger = logging.getLogger(__name__)

TIMEOUT_S = 5.0
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
    if not settings.GEOCODER_URL or not _pace.take():
        raise ApiError(ErrorCode.GEOCODING_FAILED)
    # Either understands its own of these and passes over the others.
    query = {"lat": latitude, "lon": longitude, "format": "jsonv2", "lang": language, "accept-language": language}
    request = Request(f"{settings.GEOCODER_URL}?{urlencode(query)}", headers={"User-Agent": "Fleetsphere"})
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            return json.loads(answer.read(MAX_ANSWER_BYTES))
    except HTTPError as error:
        error.close()
        raise _refused(error) from error
    except (OSError, ValueError) as error:
        raise _refused(error) from error


def _refused(error: Exception) -> ApiError:
    logger.warning("the geocoder does not answer: %s", first_line(error))
    return ApiError(ErrorCode.GEOCODING_FAILED)


class _Pace:
    """Lets so many questions through in a second; the others are not kept waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second, self._count = 0, 0

    def take(self) -> bool:
        """Whether one more may be asked now."""
        second = int(time.monotonic())
        with self._lock:
            if second != self._second:
                self._second, self._count = second, 0
            self._count += 1
            is_free: bool = self._count <= settings.GEOCODER_REQUESTS_PER_SECOND
        if not is_free:
            logger.info("the geocoder is not asked: too much at once")
        return is_free


_pace = _Pace()
