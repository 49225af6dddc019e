"""What may lie over the map: what of the setting and its files is taken, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from config.overlays import MAX_FILE_BYTES, MAX_OVERLAYS, Overlay, fault_of, read_overlays

TILES = {"name": "Rain", "url": "https://rain.example/{z}/{x}/{y}.png"}
FILE = {"name": "Depots", "file": "depots.geojson"}


def point(*coordinates: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(coordinates)}


def feature(geometry: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, **members}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def test_overlays_are_files_and_tiles() -> None:
    wms = {"name": "Sea", "url": "https://sea.example/wms?bbox={bbox-epsg-3857}&width=256", "opacity": 1, "max_zoom": 0}
    said = {**FILE, "attribution": "us", "color": "#0B5ed7", "opacity": 0.5, "shown": True}
    depots, rain, sea = read_overlays(json.dumps([said, TILES, wms]))
    assert depots == Overlay("Depots", Path("depots.geojson"), "", "us", "#0B5ed7", 0.5, shown=True)
    assert (rain.file, rain.max_zoom, rain.shown, rain.origins) == (None, 19, False, ["https://rain.example"])
    assert (sea.origins, depots.origins) == (["https://sea.example"], [])
    assert read_overlays("") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://tiles.example", "is no JSON"),
        (TILES, "must be a list"),
        ([TILES] * (MAX_OVERLAYS + 1), f"list of {MAX_OVERLAYS} objects at most"),
        (["Rain"], "has a name, and either file or url"),
        ([{"name": "Rain"}], "has a name, and either file or url"),
        ([{**TILES, "file": "a"}], "has a name, and either file or url"),
        ([{**TILES, "colour": "#0b5ed7"}], "there is no 'colour', but name, file, url, attribution, color"),
        ([{**TILES, "name": ""}], "name must be a text"),
        ([{**TILES, "name": "a" * 61}], "name must be a text of 60 characters at most"),
        ([{**FILE, "file": ""}], "file must be the path"),
        ([{**TILES, "url": "https://rain.example/{z}.png"}], "url must be an address with {z}, {x}, {y} or {bbox-"),
        ([{**TILES, "url": "{z}{x}{y}"}], "is no address such as"),
        ([{**TILES, "url": "https://a.example;script-src *;/{z}/{x}/{y}"}], "is no address such as"),
        ([{**TILES, "attribution": None}], "attribution must be a text"),
        ([{**FILE, "color": "red"}], "color must be a colour such as #0b5ed7"),
        ([{**TILES, "opacity": 0}], "opacity must be a number above 0 and up to 1"),
        ([{**TILES, "opacity": True}], "opacity must be"),
        ([{**TILES, "max_zoom": 19.5}], "max_zoom must be a zoom from 0 to 24"),
        ([{**TILES, "max_zoom": True}], "max_zoom must be"),
        ([{**TILES, "shown": "yes"}], "shown must be true or false"),
        ([TILES, FILE, TILES], "there are several of 'Rain'"),
    ],
)
def test_overlays_that_cannot_be_read_stop_the_start(given: Any, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="^MAP_OVERLAYS") as refused:
        read_overlays(given if isinstance(given, str) else json.dumps(given))
    assert said in str(refused.value)


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    return Overlay("Depots", tmp_path / "depots.geojson")


def fault_with(overlay: Overlay, document: Any) -> str:
    assert overlay.file is not None
    overlay.file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return fault_of(overlay)


@pytest.mark.parametrize(
    "document",
    [
        point(19.04, 47.5),
        point(19.04, 47.5, 120.5),
        feature(point(19, 47), properties=None),
        collection(),
        collection(feature(None), feature(point(19, 47)), crs={"type": "name"}),
        collection(feature({"type": "GeometryCollection", "geometries": [point(19, 47)]})),
        collection(feature({"type": "LineString", "coordinates": [[179, 0], [181, 0]]})),
        collection(feature({"type": "Polygon", "coordinates": [[[19, 47], [20, 47], [20, 48], [19, 47]]]})),
        collection(feature({"type": "MultiPolygon", "coordinates": [[]]})),
        b"\xef\xbb\xbf" + json.dumps(point(19, 47)).encode(),
    ],
)
def test_what_others_write_as_geojson_is_drawn(overlay: Overlay, document: Any) -> None:
    assert fault_with(overlay, document) == ""


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "it is no JSON"),
        (b"<kml/>", "it is no JSON"),
        (b'{"type": "Point", "coordinates": [NaN, 1]}', "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        ([], "it is no GeoJSON"),
        ({"type": "Topology", "objects": {}}, "it is no GeoJSON"),
        ({"type": "Feature"}, "it is no GeoJSON"),
        (collection(point(19, 47)), "not all of its features"),
        (collection("a"), "not all of its features"),
        (feature({"type": "Circle", "coordinates": [19, 47]}), "not all of its geometries"),
        (feature({"type": "GeometryCollection"}), "not all of its geometries"),
        (feature("a"), "not all of its geometries"),
        (point(), "not all of its coordinates"),
        (point("19", "47"), "not all of its coordinates"),
        ({"type": "LineString", "coordinates": [19, 47]}, "not all of its coordinates"),
        ({"type": "Point", "coordinates": None}, "not all of its coordinates"),
        # As they come out of programs of surveyors: metres of a projection; and latitude first.
        (point(2119533.2, 6026906.8), "coordinates are degrees, longitude first (WGS 84), and not [2119533.2"),
        (point(47.5, 119.04), "coordinates are degrees"),
    ],
)
def test_what_is_no_geojson_is_told_in_words(overlay: Overlay, document: Any, said: str) -> None:
    assert said in fault_with(overlay, document)


def test_check_names_each_file_that_cannot_be_drawn(settings: Any, overlay: Overlay, tmp_path: Path) -> None:
    fault_with(overlay, point(19, 47))
    large = tmp_path / "large.geojson"
    large.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    settings.MAP_OVERLAYS = [overlay, *read_overlays(json.dumps([TILES]))]
    call_command("check")
    settings.MAP_OVERLAYS += [Overlay("Large", large), Overlay("None", tmp_path / "none"), Overlay("Folder", tmp_path)]
    with pytest.raises(CommandError) as refused:
        call_command("check")
    text = str(refused.value)
    assert f"MAP_OVERLAYS: '{large}' cannot be drawn: it is larger than 8 MB" in text
    assert "No such file" in text
    assert "Is a directory" in text
    assert str(overlay.file) not in text
