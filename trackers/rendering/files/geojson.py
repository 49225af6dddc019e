"""GeoJSON (RFC 7946): a line per trip, or a point where it has but one, with what `track/list` says of it. Pure."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any

from trackers.engine.lines import Line
from trackers.engine.past import Point
from trackers.engine.tracks import Way, rounded_kmh
from trackers.rendering.files.book import Book

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def write_geojson(book: Book) -> Iterator[str]:
    """The collection. Of a line only the times are kept until its end, as they come after its coordinates."""
    yield '{"type": "FeatureCollection", "features": ['
    for count, line in enumerate(book.lines):
        yield ",\n" if count else "\n"
        yield from _write_line(book, line)
    yield "\n]}\n"


def _write_line(book: Book, line: Line) -> Iterator[str]:
    measured = _Measured()
    ends = list(islice(line.points, 2))
    is_line = len(ends) > 1
    yield '{"type": "Feature", "geometry": {"type": '
    yield '"LineString", "coordinates": [' if is_line else '"Point", "coordinates": '
    for point in chain(ends, line.points):
        if measured.points:
            yield ", "
        measured.take(point)
        yield _place(point)
    properties = json.dumps(measured.properties(book, line))
    yield f'{"]" if is_line else ""}}}, "properties": {properties[:-1]}, "coordTimes": ['
    for count, time in enumerate(measured.times):
        yield f"{', ' if count else ''}{json.dumps(book.iso(_moment(time)))}"
    yield "]}}"


def _moment(seconds: int) -> datetime:
    return _EPOCH + seconds * _SECOND


class _Measured:
    """What is known of a line at its end."""

    def __init__(self) -> None:
        self.times = array("q")
        """Seconds since 1970, eight bytes each."""
        self._way = Way()
        self._length_km = 0.0
        self._max_kmh = 0.0

    @property
    def points(self) -> int:
        return len(self.times)

    def take(self, point: Point) -> None:
        self.last = point
        self.times.append((point.time - _EPOCH) // _SECOND)
        self._length_km += self._way.go_on(point) or 0.0
        if not point.is_cell_based:
            self._max_kmh = max(self._max_kmh, point.speed_kmh or 0.0)

    def properties(self, book: Book, line: Line) -> dict[str, Any]:
        first, last = _moment(self.times[0]), _moment(self.times[-1])
        duration = last - first
        return {
            "label": book.label,
            "id": book.id_of(line),
            "type": "parking" if line.trip is None else "regular",
            "start_date": book.iso(first),
            "end_date": book.iso(last),
            "length": round(self._length_km, 2),
            "points": self.points,
            "avg_speed": rounded_kmh(self._length_km / (duration / timedelta(hours=1))) if duration else 0,
            "max_speed": rounded_kmh(self._max_kmh),
        }


def _place(point: Point) -> str:
    place = [round(point.longitude, 7), round(point.latitude, 7)]
    return json.dumps(place if point.altitude_m is None else [*place, point.altitude_m])
