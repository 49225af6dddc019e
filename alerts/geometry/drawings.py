"""Zones as they are drawn, by whatever way they come: what they may be, and what is refused (alerts §1.1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from accounts.wire.characters import escape, refuse_unseen
from accounts.wire.errors import ApiError, ErrorCode
from alerts.geometry.places import Place
from alerts.geometry.shapes import Circle, Polygon, Sausage, Shape

DEFAULT_COLOR = "27A9E3"
MAX_LABEL_LENGTH = 255
MAX_RADIUS_M = 300_000
MAX_POLYGON_POINTS = 500
MAX_SAUSAGE_POINTS = 1024


class ZoneShape(StrEnum):
    """The vendor's words; a sausage is all that is near a line."""

    CIRCLE = "circle"
    POLYGON = "polygon"
    SAUSAGE = "sausage"


MOST_POINTS = {ZoneShape.CIRCLE: 0, ZoneShape.POLYGON: MAX_POLYGON_POINTS, ZoneShape.SAUSAGE: MAX_SAUSAGE_POINTS}
FEWEST_POINTS = {ZoneShape.CIRCLE: 0, ZoneShape.POLYGON: 3, ZoneShape.SAUSAGE: 2}


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a border or line."""

    place: Place
    is_node: bool = False
    """Whether somebody set it on a route; kept as it was sent."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A zone that is not stored yet."""

    shape: ZoneShape
    label: str
    radius_m: float | None = None
    center: Place | None = None
    points: tuple[Point, ...] = ()
    address: str = ""
    color: str = DEFAULT_COLOR
    tags: tuple[int, ...] = ()


def shape_of(drawing: Drawing) -> Shape:
    """What of the map it is."""
    radius_m = drawing.radius_m or 0.0
    if drawing.center is not None:
        return Circle(drawing.center, radius_m)
    places = [point.place for point in drawing.points]
    return Polygon(places) if drawing.shape is ZoneShape.POLYGON else Sausage(places, radius_m)


def check_points(shape: ZoneShape, points: Sequence[Point]) -> None:
    """Raises ApiError: NOT_FOR_THIS_TYPE for points of a circle, TOO_MANY_POINTS, TOO_FEW_POINTS; a polygon needs three
    different ones."""
    check_count(shape, len(points))
    if shape is ZoneShape.POLYGON and len({point.place for point in points}) < FEWEST_POINTS[shape]:
        raise ApiError(ErrorCode.TOO_FEW_POINTS)


def check_count(shape: ZoneShape, count: int) -> None:
    """The same of their number alone, before any is read."""
    if count and shape is ZoneShape.CIRCLE:
        raise ApiError(ErrorCode.NOT_FOR_THIS_TYPE)
    if count > MOST_POINTS[shape]:
        raise ApiError(ErrorCode.TOO_MANY_POINTS)
    if count < FEWEST_POINTS[shape]:
        raise ApiError(ErrorCode.TOO_FEW_POINTS)


def is_place(latitude: float, longitude: float) -> bool:
    """Whether there is such a place; NaN is none."""
    return abs(latitude) <= 90 and abs(longitude) <= 180


def seen_label(text: str, otherwise: str) -> str:
    """What of a foreign text may be a label, in one line; `otherwise` where nothing is left."""
    label = " ".join(text.split())[:MAX_LABEL_LENGTH].strip()
    if label and refuse_unseen(label) is not None:
        label = escape(label)[:MAX_LABEL_LENGTH]
    return label if label and refuse_unseen(label) is None else otherwise
