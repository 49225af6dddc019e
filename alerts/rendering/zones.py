"""Zones as clients read them (alerts §1.1). Pure."""

from __future__ import annotations

from typing import Any

from accounts.wire.schema import list_of, object_of, optional, record, said
from accounts.wire.terms import FLAG, ID, between, text
from alerts.geometry.drawings import Drawing, ZoneShape, shape_of
from alerts.geometry.places import Box, Place

LATITUDE = said(between(-90.0, 90.0), "degrees")
LONGITUDE = said(between(-180.0, 180.0), "degrees")
PLACE = object_of({"lat": LATITUDE, "lng": LONGITUDE})
POINT = record("ZonePoint", lat=LATITUDE, lng=LONGITUDE, node=said(FLAG, "kept as it was sent"))
BOUNDS = record("ZoneBounds", nw=PLACE, se=PLACE)
ZONE = record(
    "Zone",
    id=ID,
    type={"enum": [str(shape) for shape in ZoneShape]},
    label=text(),
    address=text(),
    color=said(text(), "red, green and blue, as 27A9E3"),
    radius=optional(said(between(1, 300_000), "metres: of a circle, or how far a sausage reaches from its line")),
    center=optional(said(PLACE, "of a circle")),
    points=optional(said(list_of(POINT), "of a polygon or sausage, with `with_points`")),
    bounds=said(BOUNDS, "the smallest box; `se` is west of `nw` where it reaches across the 180th meridian"),
    tags=list_of(ID),
)


def render_zone(zone_id: int | None, drawing: Drawing, *, with_points: bool) -> dict[str, Any]:
    """A zone; its points only where they are asked for."""
    zone: dict[str, Any] = {
        "id": zone_id,
        "type": drawing.shape.value,
        "label": drawing.label,
        "address": drawing.address,
        "color": drawing.color,
        "bounds": _render_box(shape_of(drawing).box),
        "tags": list(drawing.tags),
    }
    if drawing.radius_m is not None:
        zone["radius"] = round(drawing.radius_m)
    if drawing.center is not None:
        zone["center"] = render_place(drawing.center)
    elif with_points:
        zone["points"] = render_points(drawing)
    return zone


def render_points(drawing: Drawing) -> list[dict[str, Any]]:
    """The points of a border or line."""
    return [{**render_place(point.place), "node": point.is_node} for point in drawing.points]


def render_place(place: Place) -> dict[str, float]:
    """A place by the API's names."""
    return {"lat": place.latitude, "lng": place.longitude}


def _render_box(box: Box) -> dict[str, Any]:
    east = box.east if box.east <= 180 else box.east - 360
    return {"nw": render_place(Place(box.north, box.west)), "se": render_place(Place(box.south, east))}
