"""Addresses of places, asked of a geocoder once and kept (records §11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from accounts.wire.errors import ApiError, ErrorCode
from records.models import Address
from records.rendering.geocoding import read_answer
from records.services.asking import Pace, Unanswered, ask
from records.services.backlog import Backlog
from trackers.services.addresses import Place

MAX_ANSWER_BYTES = 65_536
MAX_KEPT = 500_000
"""Addresses; beyond it the oldest go, some at a time."""
DROPPED_AT_ONCE = 1_000
MAX_LOOKED_UP = 10_000
"""Places of one answer; of more the others have no address."""
_PER_DEGREE = 10_000
_PLACES_PER_QUERY = 200
Spot = tuple[int, int, str]
"""Latitude and longitude in ten-thousandths of a degree, and the language."""


def address_of(latitude: float, longitude: float, language: str) -> Address:
    """The address of a place.

    Raises ApiError GEOCODING_FAILED when there is none, nobody can be asked, or too much is asked at once.
    """
    spot = _spot(latitude, longitude, language)
    known = Address.objects.filter(**_columns(spot)).first()
    if known is not None:
        return known
    try:
        found = _find_out(spot, latitude, longitude)
    except Unanswered as error:
        raise ApiError(ErrorCode.GEOCODING_FAILED) from error
    if found is None:
        raise ApiError(ErrorCode.GEOCODING_FAILED)
    return found


class KnownAddresses:
    """The addresses that are kept. Who misses some waits for none: they are asked for meanwhile."""

    def is_open(self) -> bool:
        return bool(settings.GEOCODER_URL)

    def look_up(self, places: Collection[Place], user_id: int) -> Mapping[Place, str]:
        if not self.is_open() or not places:
            return {}
        locale = User.objects.filter(pk=user_id).values_list("locale", flat=True).first() or "en"
        language = locale[:2].lower()
        spots = {place: _spot(*place, language) for place in list(places)[:MAX_LOOKED_UP]}
        known = _kept(set(spots.values()), language)
        backlog.add(spot for spot in spots.values() if spot not in known)
        return {place: known[spot] for place, spot in spots.items() if spot in known}


def _spot(latitude: float, longitude: float, language: str) -> Spot:
    return round(latitude * _PER_DEGREE), round(longitude * _PER_DEGREE), language


def _columns(spot: Spot) -> dict[str, Any]:
    return dict(zip(("latitude", "longitude", "language"), spot, strict=True))


def _kept(spots: Collection[Spot], language: str) -> dict[Spot, str]:
    found: dict[Spot, str] = {}
    wanted = list(spots)
    for start in range(0, len(wanted), _PLACES_PER_QUERY):
        lot = Q()
        for latitude, longitude, _ in wanted[start : start + _PLACES_PER_QUERY]:
            lot |= Q(latitude=latitude, longitude=longitude)
        rows = Address.objects.filter(lot, language=language).values_list("latitude", "longitude", "value")
        found |= {(latitude, longitude, language): value for latitude, longitude, value in rows}
    return found


def _find_out(spot: Spot, latitude: float, longitude: float) -> Address | None:
    """What the geocoder tells, kept; None when it knows no address. Raises Unanswered."""
    told = read_answer(_ask(latitude, longitude, spot[2]))
    if told is None:
        return None
    value, details = told
    address, is_new = Address.objects.get_or_create(**_columns(spot), defaults={"value": value, "details": details})
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
        raise Unanswered
    # Either understands its own of these and passes over the others.
    query = {"lat": latitude, "lon": longitude, "format": "jsonv2", "lang": language, "accept-language": language}
    return ask("the geocoder", f"{settings.GEOCODER_URL}?{urlencode(query)}", _pace, most_bytes=MAX_ANSWER_BYTES)


def new_pace() -> Pace:
    """How often the geocoder is asked."""
    return Pace(lambda: settings.GEOCODER_REQUESTS_PER_SECOND)


def _ask_in_the_background(spot: Spot) -> bool:
    latitude, longitude, _ = spot
    return _find_out(spot, latitude / _PER_DEGREE, longitude / _PER_DEGREE) is not None


_pace = new_pace()
backlog: Backlog[Spot] = Backlog(_ask_in_the_background, lambda: 2 / settings.GEOCODER_REQUESTS_PER_SECOND)
"""What is asked for while nobody waits, at half the pace, so that there is room for who does."""
