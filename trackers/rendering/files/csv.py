"""A line of CSV per point. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trackers.engine.lines import Line
from trackers.engine.past import Point
from trackers.rendering.files.book import Book
from trackers.rendering.files.cells import row

COLUMNS = ["time", "lat", "lng", "alt", "speed", "heading", "satellites", "precision", "gsm_lbs", "parking", "track_id"]


def write_csv(book: Book) -> Iterator[str]:
    """The file, its first line the names of the columns."""
    yield row(COLUMNS)
    for line in book.lines:
        known = book.id_of(line)
        for point in line.points:
            yield row(_values(book, line, point, known))


def _values(book: Book, line: Line, point: Point, known: int | None) -> tuple[Any, ...]:
    return (
        book.iso(point.time),
        round(point.latitude, 7),
        round(point.longitude, 7),
        point.altitude_m,
        point.speed_kmh,
        point.heading_degrees,
        point.satellites,
        point.precision_m,
        point.is_cell_based,
        line.trip is None,
        known,
    )
