"""What a Nominatim or a Photon answers, as the API tells it (records §11). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_VALUE = 500
# Ours, then what the two call it, the narrowest first.
_NAMES = {
    "country": ("country",),
    "province": ("state", "region", "county"),
    "locality": ("city", "town", "village", "municipality", "hamlet"),
    "street": ("road", "pedestrian", "street"),
    "house": ("house_number", "housenumber"),
    "postcode": ("postcode",),
}


def read_answer(answer: Any) -> tuple[str, dict[str, Any]] | None:
    """The address and its parts, or None when the geocoder knows none."""
    if not isinstance(answer, dict):
        return None
    if isinstance(answer.get("features"), list):
        found = answer["features"][:1]
        parts = found[0].get("properties") if found and isinstance(found[0], dict) else None
        return None if not isinstance(parts, dict) else _told(parts, _composed(parts))
    parts = answer.get("address")
    return _told(parts if isinstance(parts, dict) else {}, answer.get("display_name"))


def _told(parts: Mapping[str, Any], value: object) -> tuple[str, dict[str, Any]] | None:
    if not isinstance(value, str) or not value.strip():
        return None
    details = {name: _first(parts, theirs) for name, theirs in _NAMES.items()}
    return value.strip()[:MAX_VALUE], {name: one for name, one in details.items() if one}


def _composed(parts: Mapping[str, Any]) -> str:
    """Of a Photon, which has no whole address."""
    street = " ".join(filter(None, (_first(parts, ("street",)), _first(parts, ("housenumber",)))))
    town = " ".join(filter(None, (_first(parts, ("postcode",)), _first(parts, _NAMES["locality"]))))
    return ", ".join(filter(None, (_first(parts, ("name",)), street, town, _first(parts, ("country",)))))


def _first(parts: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(parts[name])[:MAX_VALUE] for name in names if parts.get(name)), "")
