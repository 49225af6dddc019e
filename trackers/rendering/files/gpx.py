"""GPX 1.1: a `trk` per trip, times in UTC, the speed in metres per second as Garmin's extension. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from trackers.engine.lines import Line
from trackers.engine.past import Point
from trackers.rendering.files.book import Book, number

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="Fleetsphere" xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">\n'
)


def write_gpx(book: Book) -> Iterator[str]:
    """The document; points between trips are a track of their own."""
    yield f"{_HEAD}<metadata><name>{escape(book.title)}</name></metadata>\n"
    for line in book.lines:
        yield from _write_track(book, line)
    yield "</gpx>\n"


def _write_track(book: Book, line: Line) -> Iterator[str]:
    known = book.id_of(line)
    name = "Parked" if known is None else f"Trip {known}"
    yield f"<trk><name>{name}</name><trkseg>\n"
    for point in line.points:
        yield _point(book, point)
    yield "</trkseg></trk>\n"


def _point(book: Book, point: Point) -> str:
    # The schema gives the order.
    parts = [f'<trkpt lat="{number(point.latitude)}" lon="{number(point.longitude)}">']
    if point.altitude_m is not None:
        parts.append(f"<ele>{point.altitude_m}</ele>")
    parts.append(f"<time>{book.utc(point.time)}</time>")
    if point.satellites is not None:
        parts.append(f"<sat>{point.satellites}</sat>")
    parts.append(_extensions(point))
    return f"{''.join(parts)}</trkpt>\n"


def _extensions(point: Point) -> str:
    speed = "" if point.speed_kmh is None else f"<gpxtpx:speed>{point.speed_kmh / 3.6:.2f}</gpxtpx:speed>"
    course = "" if point.heading_degrees is None else f"<gpxtpx:course>{point.heading_degrees}</gpxtpx:course>"
    if not speed + course:
        return ""
    return f"<extensions><gpxtpx:TrackPointExtension>{speed}{course}</gpxtpx:TrackPointExtension></extensions>"
