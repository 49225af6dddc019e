"""Which records a caller may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from accounts.selectors import Principal
from records.models import Place
from records.models.kept import MAX_RADIUS_M, Kept
from trackers.engine.counters import Place as Fix
from trackers.engine.counters import distance_km

Row = TypeVar("Row", bound=Kept)


def visible(model: type[Row], caller: Principal) -> QuerySet[Row]:
    """The account's records of a kind; to a sub-user none of a tracker that it does not see (records §1.3)."""
    rows: QuerySet[Row] = model._default_manager.filter(account=caller.account_id)
    if caller.is_master:
        return rows
    names = {field.name for field in model._meta.concrete_fields}
    path = next((path for path, field in _PATHS.items() if field in names), None)
    if path is None:
        return rows
    return rows.filter(Q(**{path: None}) | Q(**{f"{path}__sub_users": caller.user_id}))


# How it is told of which tracker a record is, by the field that tells it.
_PATHS = {"tracker": "tracker", "vehicle__tracker": "vehicle"}

_KM_PER_DEGREE = 110.5
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def places_around(caller: Principal, latitude: float, longitude: float) -> list[Place]:
    """The places that a position lies in."""
    reach = MAX_RADIUS_M / 1000 / _KM_PER_DEGREE
    near = visible(Place, caller).filter(latitude__range=(latitude - reach, latitude + reach))
    here = Fix(_ALWAYS, latitude, longitude)
    return [one for one in near if _distance_m(one, here) <= (one.radius_m or 0)]


def _distance_m(place: Place, here: Fix) -> float:
    return distance_km(Fix(_ALWAYS, place.latitude or 0.0, place.longitude or 0.0), here) * 1000
