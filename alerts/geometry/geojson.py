"""Zones in GeoJSON (RFC 7946). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.wire.errors import ApiError
from accounts.wire.parameters import parse_json
from alerts.geometry.drawings import Drawing, ZoneShape
from alerts.geometry.foreign import Found, drawings_of, place_of, wrong_file
from alerts.geometry.places import Place

# What a geometry is a list of, when it is several.
_SEVERAL = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
_LABELS = ("label", "name", "title")
_MAX_DEPTH = 20


def read_geojson(data: bytes, *, default_radius_m: float, thins: bool = False) -> list[Drawing]:
    """The zones of a document: points become circles, lines sausages, polygons what is in their outer border.

    Raises ApiError: WRONG_FILE, or as `drawings_of`.
    """
    try:
        document = parse_json(data)
    except ApiError as error:
        raise wrong_file() from error
    found = [one for feature in _features(document) for one in _found_in(feature)]
    return drawings_of(found, default_radius_m=default_radius_m, thins=thins)


def _features(document: Any) -> list[Any]:
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            return features
        case {"type": "Feature"}:
            return [document]
        case {"type": str()}:
            return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise wrong_file()


def _found_in(feature: Any) -> Iterator[Found]:
    match feature:
        case {"type": "Feature", "geometry": None}:
            return
        case {"type": "Feature", "geometry": geometry}:
            said = _said_of(feature.get("properties"))
            for number, (kind, coordinates) in enumerate(_simple(geometry, 0), 1):
                label = said["label"] if number == 1 or not said["label"] else f"{said['label']} {number}"
                yield _found(kind, coordinates, {**said, "label": label})
        case _:
            raise wrong_file()


def _simple(geometry: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """The points, lines and polygons that a geometry consists of."""
    match geometry:
        case {"type": "GeometryCollection", "geometries": list(parts)} if depth < _MAX_DEPTH:
            for part in parts:
                yield from _simple(part, depth + 1)
        case {"type": str(kind), "coordinates": list(parts)} if kind in _SEVERAL:
            yield from ((_SEVERAL[kind], part) for part in parts)
        case {"type": "Point" | "LineString" | "Polygon" as kind, "coordinates": coordinates}:
            yield kind, coordinates
        case _:
            raise wrong_file()


def _found(kind: str, coordinates: Any, said: Mapping[str, str]) -> Found:
    match kind:
        case "Point":
            return Found(ZoneShape.CIRCLE, (_place(coordinates),), said)
        case "LineString":
            return Found(ZoneShape.SAUSAGE, _places(coordinates), said)
    # An empty list of borders is an empty polygon.
    border = coordinates[0] if isinstance(coordinates, list) and coordinates else coordinates
    return Found(ZoneShape.POLYGON, _places(border), said)


def _places(coordinates: Any) -> tuple[Place, ...]:
    if not isinstance(coordinates, list):
        raise wrong_file()
    return tuple(map(_place, coordinates))


def _place(coordinates: Any) -> Place:
    match coordinates:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            return place_of(latitude, longitude)
    raise wrong_file()


def _said_of(properties: Any) -> dict[str, str]:
    said = {}
    if isinstance(properties, dict):
        said = {name.lower(): _text(value) for name, value in properties.items()}
    return {**said, "label": next((said[name] for name in _LABELS if said.get(name)), "")}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value[:1000])
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
