"""The calls about zones (alerts §1.2). Reading needs no right; a sub-user sees the zones that are bound to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal, first_of
from accounts.wire.description import Example
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import check_items
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, object_of, optional, said
from accounts.wire.signature import Found, document
from accounts.wire.terms import ID, Term, between, line, printable, shaped, text
from alerts.geometry.drawings import (
    DEFAULT_COLOR,
    MAX_LABEL_LENGTH,
    MAX_RADIUS_M,
    MAX_SAUSAGE_POINTS,
    Drawing,
    Point,
    ZoneShape,
    check_count,
    check_points,
)
from alerts.geometry.fewer import fewer
from alerts.geometry.foreign import MAX_TAGS
from alerts.geometry.places import Place
from alerts.models import Zone
from alerts.rendering.zones import LATITUDE, LONGITUDE, POINT, ZONE, render_points, render_zone
from alerts.services import zones as services
from alerts.services.zones import visible_zones
from alerts.storage.zones import drawing_of, zones_of

MAX_LISTED = 10_000
ZONE_ID = said(ID, "a zone's `id` in `zone/list`")
COLOR = shaped("^[0-9A-Fa-f]{6}$", "six hex digits", most=6)
RADIUS = between(1.0, float(MAX_RADIUS_M)).then(lambda name, metres: float(round(metres)))
TAGS = list_of(ID, most=MAX_TAGS)
COUNT = said(between(0, 2**63 - 1), "of all that fit the filter")


# What is sent


@dataclass(frozen=True, slots=True)
class _GivenPlace:
    lat: Annotated[float, LATITUDE]
    lng: Annotated[float, LONGITUDE]


@dataclass(frozen=True, slots=True)
class _GivenPoint:
    lat: Annotated[float, LATITUDE]
    lng: Annotated[float, LONGITUDE]
    node: bool = False


PLACE = document(_GivenPlace).then(lambda name, given: Place(given.lat, given.lng))
_POINT = document(_GivenPoint)


@dataclass(frozen=True, slots=True)
class GivenPoints:
    """Points as they were sent, and by what name; they are read once it is known that they are not too many."""

    name: str
    items: list[Any]

    def read(self, shape: ZoneShape) -> tuple[Point, ...]:
        """The points of such a zone. Raises ApiError as `check_points`, and INVALID_PARAMETERS, naming the point."""
        check_count(shape, len(self.items))
        given = [_POINT.read(f"{self.name}[{index}]", item) for index, item in enumerate(self.items)]
        points = tuple(Point(Place(one.lat, one.lng), one.node) for one in given)
        check_points(shape, points)
        return points


POINTS = Term(
    said(list_of(_POINT, most=MAX_SAUSAGE_POINTS), "3 to 500 of a polygon, 2 to 1024 of a sausage"),
    lambda name, value: GivenPoints(name, check_items(name, value)),
)
Color = Annotated[str, COLOR, "red, green and blue, as 27A9E3"]
Points = Annotated[GivenPoints | None, POINTS]


@dataclass(frozen=True, slots=True)
class NewZone:
    """A zone as it is made."""

    type: ZoneShape
    label: Annotated[str, printable(MAX_LABEL_LENGTH)]
    address: Annotated[str, line(MAX_LABEL_LENGTH)] = ""
    color: Color = DEFAULT_COLOR
    radius: Annotated[float | None, RADIUS, "metres; of a circle or sausage"] = None
    center: Annotated[Place | None, PLACE, "of a circle"] = None
    tags: Annotated[tuple[int, ...], TAGS] = ()
    points: Points = None


@dataclass(frozen=True, slots=True)
class ChangedZone:
    """A zone as it shall be. What is left out stays, but for the color."""

    id: Annotated[int, ZONE_ID]
    type: ZoneShape
    label: Annotated[str | None, printable(MAX_LABEL_LENGTH)] = None
    address: Annotated[str | None, line(MAX_LABEL_LENGTH)] = None
    color: Color = DEFAULT_COLOR
    radius: Annotated[float | None, RADIUS, "metres; of a circle or sausage"] = None
    center: Annotated[Place | None, PLACE, "of a circle"] = None
    tags: Annotated[tuple[int, ...] | None, TAGS] = None
    points: Points = None


def _as_drawn(zone: NewZone, beside: GivenPoints | None) -> Drawing:
    has_points = zone.type is not ZoneShape.CIRCLE
    given = zone.points or beside or GivenPoints("points", [])
    if zone.type is not ZoneShape.POLYGON and zone.radius is None:
        raise invalid_parameter("zone.radius", "must not be null")
    if not has_points and zone.center is None:
        raise invalid_parameter("zone.center", "must not be null")
    return Drawing(
        shape=zone.type,
        label=zone.label,
        radius_m=None if zone.type is ZoneShape.POLYGON else zone.radius,
        center=None if has_points else zone.center,
        points=given.read(zone.type),
        address=zone.address,
        color=zone.color.upper(),
        tags=tuple(dict.fromkeys(zone.tags)),
    )


def _changed(drawing: Drawing, zone: ChangedZone, beside: GivenPoints | None) -> Drawing:
    if zone.type is not drawing.shape:
        raise ApiError(ErrorCode.TYPE_MISMATCH)
    given = zone.points or beside
    return replace(
        drawing,
        label=drawing.label if zone.label is None else zone.label,
        address=drawing.address if zone.address is None else zone.address,
        color=zone.color.upper(),
        tags=drawing.tags if zone.tags is None else tuple(dict.fromkeys(zone.tags)),
        radius_m=zone.radius if zone.radius is not None and drawing.radius_m is not None else drawing.radius_m,
        center=zone.center if zone.center is not None and drawing.center is not None else drawing.center,
        points=drawing.points if given is None else given.read(drawing.shape),
    )


def find_zone(caller: Principal, zone_id: int) -> Zone:
    """A zone that the caller may see. Raises ApiError NOT_FOUND."""
    return first_of(visible_zones(caller).filter(pk=zone_id))


OneZone = Annotated[Zone, Found("zone_id", ZONE_ID, find_zone, codes=(201,))]


# Lists


@dataclass(frozen=True, slots=True)
class ZoneFilter:
    """Which zones are wanted, and which part of their list."""

    filter: Annotated[str, text(MAX_LABEL_LENGTH), "a part of label or address, in any case"] = ""
    tag_ids: Annotated[tuple[int, ...], list_of(ID), "those that have all of these tags"] = ()
    offset: Annotated[int, between(0, 10**9), "so many are passed over"] = 0
    limit: Annotated[int | None, between(0, MAX_LISTED), "so many at most"] = None

    def chosen(self, zones: Iterable[Zone]) -> list[Zone]:
        """All that fit, in their order."""
        wanted, tags = self.filter.casefold(), set(self.tag_ids)
        return [
            zone
            for zone in zones
            if (wanted in zone.label.casefold() or wanted in zone.address.casefold()) and tags <= set(zone.tags)
        ]

    def part_of(self, zones: list[Zone]) -> list[Zone]:
        """Those of the list that are wanted."""
        return zones[self.offset : None if self.limit is None else self.offset + self.limit]


def render_zones(zones: Iterable[Zone], *, with_points: bool = False) -> list[Fields]:
    """Zones as a list of the API."""
    return [render_zone(zone.pk, drawing_of(zone), with_points=with_points) for zone in zones]


WithPoints = Annotated[bool, "also the points of polygons and sausages"]


@call("zone/list", gives={"list": list_of(ZONE, most=MAX_LISTED), "count": COUNT})
def list_zones(call: UserCall, wanted: ZoneFilter, with_points: WithPoints = False) -> Fields:
    """The zones that the caller sees, by id."""
    chosen = wanted.chosen(visible_zones(call.caller).order_by("pk"))
    return {"list": render_zones(wanted.part_of(chosen), with_points=with_points), "count": len(chosen)}


@call("zone/read", gives={"value": ZONE})
def read_zone(call: UserCall, zone: OneZone, with_points: WithPoints = False) -> Fields:
    """A zone."""
    return {"value": render_zone(zone.pk, drawing_of(zone), with_points=with_points)}


@call(
    "zone/create",
    right=Right.ZONE_UPDATE,
    gives={"id": said(ID, "of the zone")},
    codes=(201, 202, 230, 268, 284),
    example=Example(
        {"zone": {"type": "circle", "label": "Depot", "radius": 150, "center": {"lat": 47.498, "lng": 19.04}}},
        {"id": 12},
    ),
)
def create_zone(call: UserCall, zone: Annotated[NewZone, document(NewZone)], points: Points = None) -> Fields:
    """A new zone; its points may stand in the zone or beside it."""
    drawing = _as_drawn(zone, points)
    return {"id": services.create_zones(call.caller.account_id, [drawing], maker_id=call.caller.user_id)[0]}


@call("zone/update", right=Right.ZONE_UPDATE, codes=(201, 202, 230, 231, 268, 284))
def update_zone(call: UserCall, zone: Annotated[ChangedZone, document(ChangedZone)], points: Points = None) -> None:
    """Changes what is said of a zone, but not its type."""
    stored = find_zone(call.caller, zone.id)
    services.change_zone(stored, _changed(drawing_of(stored), zone, points))


@call(
    "zone/delete",
    right=Right.ZONE_UPDATE,
    takes={
        "zone_id": optional(ZONE_ID),
        "zone_ids": optional(said(list_of(ID, least=1, most=MAX_LISTED), "several; one of both is needed")),
    },
    codes=(201, 203),
)
def delete_zones(call: UserCall) -> None:
    """Removes a zone or several, unless rules need one of them."""
    parameters = call.parameters
    if "zone_id" in parameters and "zone_ids" not in parameters:
        zone_ids: tuple[int, ...] = (parameters.read("zone_id", ID),)
    else:
        zone_ids = parameters.read("zone_ids", list_of(ID, least=1, most=MAX_LISTED))
    if visible_zones(call.caller).filter(pk__in=zone_ids).count() < len(set(zone_ids)):
        raise ApiError(ErrorCode.NOT_FOUND)
    services.remove_zones(call.caller.account_id, zone_ids)


@call("zone/point/list", gives={"list": list_of(POINT)}, codes=(230,))
def list_points(
    call: UserCall,
    zone: OneZone,
    count: Annotated[int | None, between(2, MAX_SAUSAGE_POINTS), "only so many, which show the line best"] = None,
) -> Fields:
    """The points of a polygon or sausage."""
    drawing = drawing_of(zone)
    if drawing.shape is ZoneShape.CIRCLE:
        raise ApiError(ErrorCode.NOT_FOR_THIS_TYPE)
    if count is not None:
        kept = fewer([point.place for point in drawing.points], count)
        drawing = replace(drawing, points=tuple(drawing.points[index] for index in kept))
    return {"list": render_points(drawing)}


@call("zone/point/update", right=Right.ZONE_UPDATE, codes=(202, 230, 268, 284))
def update_points(call: UserCall, zone: OneZone, points: Annotated[GivenPoints, POINTS]) -> None:
    """Replaces the points of a polygon or sausage."""
    drawing = drawing_of(zone)
    if drawing.shape is ZoneShape.CIRCLE:
        raise ApiError(ErrorCode.NOT_FOR_THIS_TYPE)
    services.change_zone(zone, replace(drawing, points=points.read(drawing.shape)))


@call("zone/search_location", gives={"list": list_of(object_of({"id": ID, "label": text()}))})
def search_location(call: UserCall, location: Annotated[Place, PLACE]) -> Fields:
    """The zones that a place lies in."""
    account_id = call.caller.account_id
    known = zones_of({account_id})[account_id]
    around = [zone_id for zone_id in known.index.near(location) if known.zones[zone_id].shape.contains(location)]
    seen = visible_zones(call.caller).filter(pk__in=around).order_by("pk").values_list("pk", "label")
    return {"list": [{"id": zone_id, "label": label} for zone_id, label in seen]}
