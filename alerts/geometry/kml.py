"""Zones in KML, the format of Google Earth, and in KMZ, its archive (alerts §1.2). Pure.

A document may have neither a document type nor entities, so nothing in it grows or is fetched.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

from alerts.geometry.drawings import Drawing, ZoneShape
from alerts.geometry.foreign import Found, drawings_of, place_of, wrong_file
from alerts.geometry.places import Place

KML_TYPE = "application/vnd.google-earth.kml+xml"
KMZ_TYPE = "application/vnd.google-earth.kmz"
MAX_KML_BYTES = 8 * 1024 * 1024
"""What comes out of an archive; what comes as it is, the request has a bound for."""
_MAX_DEPTH = 100
_SHAPES = {"Point": ZoneShape.CIRCLE, "LineString": ZoneShape.SAUSAGE, "Polygon": ZoneShape.POLYGON}
# XML has no such characters, not even escaped.
_NOT_XML = {0xFFFE: None, 0xFFFF: None}


def read_kml(data: bytes, *, default_radius_m: float, thins: bool = False) -> list[Drawing]:
    """The zones of a document or archive: points become circles, lines sausages, polygons the inside of borders.

    Raises ApiError: WRONG_FILE, or as `drawings_of`.
    """
    root = _parse(_unzipped(data) if zipfile.is_zipfile(io.BytesIO(data)) else data)
    if root.tag != "kml":
        raise wrong_file()
    found = [one for mark in root.iter("Placemark") for one in _found_in(mark)]
    return drawings_of(found, default_radius_m=default_radius_m, thins=thins)


def write_kml(drawings: Sequence[Drawing]) -> bytes:
    """A document with these zones; all that KML has no word for is in `ExtendedData`."""
    marks = "\n".join(map(_written, drawings))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
    return f"{head}{marks}\n</Document>\n</kml>\n".encode()


def write_kmz(drawings: Sequence[Drawing]) -> bytes:
    """An archive with that document."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("doc.kml"), write_kml(drawings), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _unzipped(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next((name for name in archive.namelist() if name.lower().endswith(".kml")), None)
            if name is None:
                raise wrong_file()
            # No more than is said here comes out.
            if archive.getinfo(name).file_size > MAX_KML_BYTES:
                raise wrong_file()
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise wrong_file() from error


class _Refused(Exception):
    """The document has what none may have here."""


def _parse(data: bytes) -> Element:
    """The tree of a document, by names without their namespaces."""
    builder, depth = TreeBuilder(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise _Refused
        builder.start(name.rpartition(" ")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition(" ")[2])

    def refuse(*_: object) -> None:
        raise _Refused

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, _Refused, LookupError, ValueError, AssertionError) as error:
        raise wrong_file() from error


def _found_in(mark: Element) -> Iterator[Found]:
    said = _said_of(mark)
    geometries = [one for one in mark.iter() if one.tag in _SHAPES]
    for number, geometry in enumerate(geometries, 1):
        label = said["label"] if number == 1 or not said["label"] else f"{said['label']} {number}"
        border = geometry.find("outerBoundaryIs") if geometry.tag == "Polygon" else geometry
        text = "" if border is None else next((one.text or "" for one in border.iter("coordinates")), "")
        yield Found(_SHAPES[geometry.tag], _places(text, geometry.tag), {**said, "label": label})


def _places(text: str, tag: str) -> tuple[Place, ...]:
    places = tuple(_place(part) for part in text.split())
    if tag == "Point" and len(places) != 1:
        raise wrong_file()
    return places


def _place(text: str) -> Place:
    longitude, _, rest = text.partition(",")
    return place_of(rest.partition(",")[0], longitude)


def _said_of(mark: Element) -> Mapping[str, str]:
    said = {"color": _style_color(mark)}
    for one in mark.iter("Data"):
        said[one.get("name", "").lower()] = one.findtext("value", "")
    for one in mark.iter("SimpleData"):
        said[one.get("name", "").lower()] = one.text or ""
    return {**said, "label": mark.findtext("name", ""), "address": mark.findtext("address", "")}


def _style_color(mark: Element) -> str:
    """Red, green and blue of the style that stands in the mark; KML writes them after the opacity, backwards."""
    for tag in ("LineStyle", "PolyStyle", "IconStyle"):
        for style in mark.iter(tag):
            text = style.findtext("color", "").strip()
            if len(text) == 8:
                return text[6:8] + text[4:6] + text[2:4]
    return ""


def _written(drawing: Drawing) -> str:
    address = f"<address>{_text(drawing.address)}</address>" if drawing.address else ""
    red, green, blue = drawing.color[:2], drawing.color[2:4], drawing.color[4:]
    style = f"<LineStyle><color>ff{blue}{green}{red}</color></LineStyle>"
    style += f"<PolyStyle><color>40{blue}{green}{red}</color></PolyStyle>"
    data = "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in _data(drawing))
    return (
        f"<Placemark><name>{_text(drawing.label)}</name>{address}<Style>{style}</Style>"
        f"<ExtendedData>{data}</ExtendedData>{_geometry(drawing)}</Placemark>"
    )


def _data(drawing: Drawing) -> Iterator[tuple[str, str]]:
    yield "color", drawing.color
    if drawing.radius_m is not None:
        yield "radius", str(round(drawing.radius_m))
    if drawing.tags:
        yield "tags", " ".join(map(str, drawing.tags))
    if nodes := [str(index) for index, point in enumerate(drawing.points) if point.is_node]:
        yield "nodes", " ".join(nodes)


def _geometry(drawing: Drawing) -> str:
    places = [point.place for point in drawing.points]
    if drawing.center is not None:
        return f"<Point>{_coordinates([drawing.center])}</Point>"
    if drawing.shape is ZoneShape.SAUSAGE:
        return f"<LineString><tessellate>1</tessellate>{_coordinates(places)}</LineString>"
    ring = f"<LinearRing>{_coordinates([*places, places[0]])}</LinearRing>"
    return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"


def _coordinates(places: Sequence[Place]) -> str:
    return f"<coordinates>{' '.join(f'{place.longitude!r},{place.latitude!r}' for place in places)}</coordinates>"


def _text(text: str) -> str:
    return escape(text.translate(_NOT_XML))
