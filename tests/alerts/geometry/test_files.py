"""Zones in KML and GeoJSON."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.errors import ApiError, ErrorCode
from alerts.geometry.drawings import Drawing, Point, ZoneShape
from alerts.geometry.geojson import read_geojson
from alerts.geometry.kml import MAX_KML_BYTES, read_kml, write_kml, write_kmz
from alerts.geometry.places import Place

PLACES = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30).filter(
    lambda text: (
        not any(character in text for character in "\u115f\u1160\u3164\uffa0\u17b4\u17b5\u034f") and text.isprintable()
    )
)
LABELS = LABELS.filter(lambda text: text.isalnum() or set(text) <= set("<>&\"'"))
COLORS = st.from_regex(r"[0-9A-F]{6}", fullmatch=True)
TAGS = st.lists(st.integers(0, 10**9), unique=True, max_size=5).map(tuple)
POINTS = st.builds(Point, PLACES, st.booleans())
RADII = st.integers(1, 300_000).map(float)
LINES = st.lists(POINTS, min_size=2, max_size=10).map(tuple)
BORDERS = st.lists(POINTS, min_size=3, max_size=10, unique_by=lambda point: point.place).map(tuple)
COMMON: dict[str, Any] = {"label": LABELS, "address": st.just("") | LABELS, "color": COLORS, "tags": TAGS}
DRAWINGS = st.one_of(
    st.builds(Drawing, shape=st.just(ZoneShape.CIRCLE), radius_m=RADII, center=PLACES, points=st.just(()), **COMMON),
    st.builds(Drawing, shape=st.just(ZoneShape.SAUSAGE), radius_m=RADII, center=st.none(), points=LINES, **COMMON),
    st.builds(
        Drawing, shape=st.just(ZoneShape.POLYGON), radius_m=st.none(), center=st.none(), points=BORDERS, **COMMON
    ),
)


@pytest.mark.alerts(11)
@given(st.lists(DRAWINGS, max_size=5))
def test_what_is_written_is_read_back(drawings: list[Drawing]) -> None:
    assert read_kml(write_kml(drawings), default_radius_m=150) == drawings
    assert read_kml(write_kmz(drawings), default_radius_m=150) == drawings


def kml(marks: str, *, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'.encode()


def refusal(data: bytes) -> ErrorCode:
    with pytest.raises(ApiError) as caught:
        read_kml(data, default_radius_m=150)
    return caught.value.code


POINT = "<Point><coordinates>19.04,47.5,120</coordinates></Point>"
RING = "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>"
HOLE_RING = "<LinearRing><coordinates>0.1,0.1 0.2,0.1 0.2,0.2 0.1,0.1</coordinates></LinearRing>"
HOLE = f"<innerBoundaryIs>{HOLE_RING}</innerBoundaryIs>"
POLYGON = f"<Polygon>{HOLE}<outerBoundaryIs>{RING}</outerBoundaryIs></Polygon>"
LINE = "<LineString><coordinates>\n0,0\t1,1\n</coordinates></LineString>"


def test_each_geometry_becomes_a_zone() -> None:
    several = f"<MultiGeometry>{POINT}{LINE}{POLYGON}</MultiGeometry>"
    marks = f"<Folder><Placemark><name>Yard</name>{several}</Placemark></Folder>"
    circle, sausage, polygon = read_kml(kml(marks), default_radius_m=75)
    assert (circle.label, circle.center, circle.radius_m) == ("Yard", Place(47.5, 19.04), 75)
    assert (sausage.label, sausage.radius_m, len(sausage.points)) == ("Yard 2", 75, 2)
    assert (polygon.label, [point.place for point in polygon.points]) == ("Yard 3", [(0, 0), (0, 1), (1, 1)])


def test_a_style_gives_the_color() -> None:
    style = "<Style><LineStyle><color>ff332211</color></LineStyle></Style>"
    assert read_kml(kml(f"<Placemark>{style}{POINT}</Placemark>"), default_radius_m=75)[0].color == "112233"


def test_a_label_shows_what_is_there() -> None:
    marks = f"<Placemark><name>a\u202eb\n c</name>{POINT}</Placemark><Placemark>{POINT}</Placemark>"
    assert [one.label for one in read_kml(kml(marks), default_radius_m=75)] == ["a\\u202eb c", "Zone 2"]


@pytest.mark.parametrize(
    "geometry",
    [
        "<Point><coordinates>19,91</coordinates></Point>",
        "<Point><coordinates>19,nan</coordinates></Point>",
        "<Point><coordinates>1e999,1</coordinates></Point>",
        "<Point><coordinates></coordinates></Point>",
        "<Point/>",
        "<LineString><coordinates>0;0 1;1</coordinates></LineString>",
        f"<ExtendedData><Data name='radius'><value>0</value></Data></ExtendedData>{POINT}",
        f"<ExtendedData><Data name='radius'><value>nan</value></Data></ExtendedData>{POINT}",
        f"<ExtendedData><Data name='radius'><value>wide</value></Data></ExtendedData>{POINT}",
    ],
)
def test_what_is_no_place_or_radius_is_refused(geometry: str) -> None:
    assert refusal(kml(f"<Placemark>{geometry}</Placemark>")) is ErrorCode.WRONG_FILE


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ("<LineString><coordinates>0,0</coordinates></LineString>", ErrorCode.TOO_FEW_POINTS),
        ("<Polygon/>", ErrorCode.TOO_FEW_POINTS),
        (f"<LineString><coordinates>{'0,0 1,1 ' * 600}</coordinates></LineString>", ErrorCode.TOO_MANY_POINTS),
    ],
)
def test_too_few_and_too_many_points_are_refused(geometry: str, code: ErrorCode) -> None:
    assert refusal(kml(f"<Placemark>{geometry}</Placemark>")) is code


BOMB = '<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"PK\x03\x04 no archive",
        b"<kml>",
        b"<gpx/>",
        kml(f"<Placemark><name>&b;</name>{POINT}</Placemark>", head=BOMB),
        kml("<Placemark><name>&x;</name></Placemark>", head='<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        kml("", head='<!DOCTYPE kml SYSTEM "http://127.0.0.1/kml.dtd">'),
        kml("<a>" * 200_000 + "</a>" * 200_000),
        b'<?xml version="1.0" encoding="klingon"?><kml/>',
    ],
    ids=["nothing", "bytes", "archive", "half", "gpx", "entities", "external", "dtd", "deep", "encoding"],
)
def test_what_is_not_plain_kml_is_refused(data: bytes) -> None:
    assert refusal(data) is ErrorCode.WRONG_FILE


def zipped(name: str, data: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)
    return archive.getvalue()


def test_an_archive_does_not_grow_beyond_its_bound() -> None:
    assert refusal(zipped("doc.kml", b" " * (MAX_KML_BYTES + 1))) is ErrorCode.WRONG_FILE


def test_an_archive_without_a_document_is_refused() -> None:
    assert refusal(zipped("readme.txt", kml(""))) is ErrorCode.WRONG_FILE


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def read(document: Any, **more: Any) -> list[Drawing]:
    return read_geojson(json.dumps(document).encode(), default_radius_m=150, **more)


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def test_each_feature_of_geojson_becomes_a_zone() -> None:
    document = {
        "type": "FeatureCollection",
        "features": [
            feature({"type": "Point", "coordinates": [19, 47, 3]}, name="Gate", radius=60, stroke="#aabbcc"),
            feature({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, title="Road"),
            feature({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE, [[0.1, 0.1]]]]}, label="Yard"),
            feature(None),
        ],
    }
    gate, road, yard, other = read(document)
    assert (gate.label, gate.center, gate.radius_m, gate.color) == ("Gate", (47, 19), 60, "AABBCC")
    assert (road.shape, road.label, road.radius_m) == (ZoneShape.SAUSAGE, "Road", 150)
    assert (yard.label, other.label, len(yard.points)) == ("Yard", "Yard 2", 4)


def test_points_are_left_out_where_that_is_asked() -> None:
    document = {"type": "Polygon", "coordinates": [[[n / 10_000, (n % 7) / 100] for n in range(10_000)]]}
    with pytest.raises(ApiError) as caught:
        read(document)
    assert caught.value.code is ErrorCode.TOO_MANY_POINTS
    assert len(read(document, thins=True)[0].points) == 500


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"type": "Topology"},
        {"type": "FeatureCollection", "features": [3]},
        feature({"type": "Point", "coordinates": ["19", "47"]}),
        feature({"type": "Point", "coordinates": [True, 47]}),
        feature({"type": "Point", "coordinates": [19, 91]}),
        feature({"type": "Point", "coordinates": [10**400, 1]}),
        feature({"type": "Polygon", "coordinates": [3]}),
        feature({"type": "Polygon", "coordinates": None}),
        feature({"type": "Point", "coordinates": [19, 47]}, radius=-1),
        {"type": "GeometryCollection", "geometries": [{"type": "Circle"}]},
    ],
)
def test_what_is_not_geojson_is_refused(document: Any) -> None:
    with pytest.raises(ApiError) as caught:
        read(document)
    assert caught.value.code is ErrorCode.WRONG_FILE


def test_nested_collections_end_somewhere() -> None:
    document: Any = {"type": "Point", "coordinates": [0, 0]}
    for _ in range(50):
        document = {"type": "GeometryCollection", "geometries": [document]}
    with pytest.raises(ApiError):
        read(document)


@pytest.mark.parametrize("coordinates", [[], [[]], [SQUARE[:2]]])
def test_an_empty_polygon_has_too_few_points(coordinates: Any) -> None:
    with pytest.raises(ApiError) as caught:
        read({"type": "Polygon", "coordinates": coordinates})
    assert caught.value.code is ErrorCode.TOO_FEW_POINTS
