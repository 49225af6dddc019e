"""Whether something is GeoJSON (RFC 7946) that a map can draw, said so that its author can mend it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.wire.errors import ApiError
from accounts.wire.parameters import parse_json

_MAX_DEPTH = 20
# Lines that cross the 180th meridian may go on beyond it.
_MAX_LONGITUDE, _MAX_LATITUDE = 360, 90
# How deep the positions of a geometry lie.
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def check_geojson(content: bytes) -> None:
    """Raises ValueError for what is no GeoJSON, or counts in other units than degrees."""
    try:
        document = parse_json(content)
    except ApiError as error:
        raise ValueError("it is no JSON") from error
    for geometry in _geometries(document):
        _check_geometry(geometry, 0)


def _geometries(document: Any) -> Iterator[Any]:
    """What is drawn of a document. Raises ValueError for what is no GeoJSON."""
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            for feature in features:
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    raise ValueError("not all of its features are objects of type Feature")
                yield from _geometries(feature)
        case {"type": "Feature", "geometry": None}:
            return
        case {"type": "Feature", "geometry": geometry}:
            yield geometry
        case {"type": str(), "coordinates": _} | {"type": "GeometryCollection"}:
            yield document
        case _:
            raise ValueError("it is no GeoJSON: a FeatureCollection, a Feature or a geometry")


def _check_geometry(geometry: Any, depth: int) -> None:
    match geometry:
        case {"type": "GeometryCollection", "geometries": list(parts)} if depth < _MAX_DEPTH:
            for part in parts:
                _check_geometry(part, depth + 1)
        case {"type": str(kind), "coordinates": coordinates} if kind in _DEPTHS:
            _check_place(coordinates, _DEPTHS[kind])
        case _:
            raise ValueError("not all of its geometries are of GeoJSON")


def _check_place(coordinates: Any, depth: int) -> None:
    if not isinstance(coordinates, list):
        raise ValueError("not all of its coordinates are lists of numbers")
    if depth > 0:
        for part in coordinates:
            _check_place(part, depth - 1)
        return
    match coordinates:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            if abs(longitude) > _MAX_LONGITUDE or abs(latitude) > _MAX_LATITUDE:
                raise ValueError(f"coordinates are degrees, longitude first (WGS 84), and not {coordinates}")
        case _:
            raise ValueError("not all of its coordinates are lists of numbers")
