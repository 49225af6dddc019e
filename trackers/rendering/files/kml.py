"""KML 2.2: a placemark per point, or a folder per trip (history §3.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from trackers.engine.lines import Line
from trackers.engine.past import Point
from trackers.engine.tracks import rounded_kmh
from trackers.rendering.files.book import Book, number

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
_FOOT = "</Document>\n</kml>\n"


def write_kml(book: Book, *, is_split: bool) -> Iterator[str]:
    """The document; with `is_split` trips are folders with marks at begin and end, and the way as a line."""
    yield f"{_HEAD}<name>{escape(book.title)}</name>\n"
    if is_split:
        for line in book.lines:
            yield from _write_folder(book, line)
    else:
        points = (point for line in book.lines for point in line.points)
        for count, point in enumerate(points, 1):
            yield _placemark(book, f"point #{count}", point)
    yield _FOOT


def _write_folder(book: Book, line: Line) -> Iterator[str]:
    first = last = next(line.points)
    kind = "Parked" if line.trip is None else "Trip"
    yield f"<Folder>\n<name>{kind} {book.plain(first.time)}</name>\n"
    yield _placemark(book, "Start", first)
    yield f"<Placemark><name>{kind}</name><LineString><tessellate>1</tessellate><coordinates>\n{_place(first)}\n"
    for point in line.points:
        last = point
        yield f"{_place(point)}\n"
    if last is first:
        # A line has two ends.
        yield f"{_place(first)}\n"
    yield "</coordinates></LineString></Placemark>\n"
    yield _placemark(book, "End", last)
    yield "</Folder>\n"


def _placemark(book: Book, name: str, point: Point) -> str:
    speed, heading = rounded_kmh(point.speed_kmh or 0), point.heading_degrees or 0
    return (
        f"<Placemark><name>{name}</name><description>{book.plain(point.time)}</description>"
        f"<TimeStamp><when>{book.iso(point.time)}</when></TimeStamp>"
        f'<ExtendedData><Data name="speed"><value>{speed}</value></Data>'
        f'<Data name="heading"><value>{heading}</value></Data></ExtendedData>'
        f"<Point><coordinates>{_place(point)}</coordinates></Point></Placemark>\n"
    )


def _place(point: Point) -> str:
    place = f"{number(point.longitude)},{number(point.latitude)}"
    return place if point.altitude_m is None else f"{place},{point.altitude_m}"
