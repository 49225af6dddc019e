"""Zones out of files of other programs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from accounts.wire.errors import ApiError, ErrorCode
from alerts.geometry.drawings import (
    DEFAULT_COLOR,
    FEWEST_POINTS,
    MAX_LABEL_LENGTH,
    MAX_RADIUS_M,
    MOST_POINTS,
    Drawing,
    Point,
    ZoneShape,
    check_points,
    is_place,
    seen_label,
)
from alerts.geometry.fewer import fewer
from alerts.geometry.places import Place

DEFAULT_RADIUS_M = 150
MIN_DEFAULT_RADIUS_M = 20
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")
MAX_TAGS = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A thing on a foreign map: a place, a line, or a border, and what is said of it."""

    shape: ZoneShape
    places: tuple[Place, ...]
    said: Mapping[str, str]
    """By names in small letters; `label` and `address` among them."""


def drawings_of(found: Iterable[Found], *, default_radius_m: float, thins: bool = False) -> list[Drawing]:
    """What is found, as zones. With `thins` points are left out of what has too many.

    Raises ApiError: WRONG_FILE for what is no place or radius, TOO_MANY_POINTS, TOO_FEW_POINTS.
    """
    return [_drawing(one, number, default_radius_m, thins) for number, one in enumerate(found, 1)]


def wrong_file() -> ApiError:
    """The file is not what it should be."""
    return ApiError(ErrorCode.WRONG_FILE)


def place_of(latitude: object, longitude: object) -> Place:
    """The place of these degrees. Raises ApiError WRONG_FILE when there is none."""
    if isinstance(latitude, bool) or isinstance(longitude, bool):
        raise wrong_file()
    try:
        place = Place(float(latitude), float(longitude))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise wrong_file() from error
    if not is_place(*place):
        raise wrong_file()
    return place


def _drawing(one: Found, number: int, default_radius_m: float, thins: bool) -> Drawing:
    label = seen_label(one.said.get("label", ""), f"Zone {number}")
    address = seen_label(one.said.get("address", ""), "")[:MAX_LABEL_LENGTH]
    color, tags = _color(one.said), _tags(one.said)
    if one.shape is ZoneShape.CIRCLE:
        center, radius_m = one.places[0], _radius_m(one.said, default_radius_m)
        return Drawing(one.shape, label, radius_m, center, address=address, color=color, tags=tags)
    points = _points(one, thins)
    check_points(one.shape, points)
    width_m = _radius_m(one.said, default_radius_m) if one.shape is ZoneShape.SAUSAGE else None
    return Drawing(one.shape, label, width_m, points=points, address=address, color=color, tags=tags)


def _points(one: Found, thins: bool) -> tuple[Point, ...]:
    places = one.places
    is_closed = one.shape is ZoneShape.POLYGON and len(places) > FEWEST_POINTS[one.shape] and places[0] == places[-1]
    places = places[:-1] if is_closed else places
    if thins and len(places) > MOST_POINTS[one.shape]:
        places = tuple(places[index] for index in fewer(places, MOST_POINTS[one.shape]))
    nodes = set(_numbers(one.said.get("nodes", "")))
    return tuple(Point(place, index in nodes) for index, place in enumerate(places))


def _radius_m(said: Mapping[str, str], default: float) -> float:
    text = said.get("radius", "").strip()
    try:
        radius_m = float(text) if text else default
    except ValueError as error:
        raise wrong_file() from error
    if not 1 <= radius_m <= MAX_RADIUS_M:
        raise wrong_file()
    return float(round(radius_m))


def _color(said: Mapping[str, str]) -> str:
    found = next(
        (match for name in ("color", "stroke", "fill") if (match := _COLOR.fullmatch(said.get(name, "")))), None
    )
    return found[1].upper() if found else DEFAULT_COLOR


def _tags(said: Mapping[str, str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_numbers(said.get("tags", ""))))[:MAX_TAGS]


def _numbers(text: str) -> Iterator[int]:
    return (int(part) for part in text.split() if len(part) < 19 and part.isascii() and part.isdigit())
