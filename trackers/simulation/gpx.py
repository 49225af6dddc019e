"""A recorded drive (GPX 1.0 and 1.1), as the reports of the phone that recorded it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

from trackers.engine.counters import Place, distance_km

KMH_PER_KNOT = 1.852


class GpxError(ValueError):
    """The file is no recorded drive."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place of a drive; what the recording does not say of speed and course follows from the next place."""

    time: datetime
    latitude: float
    longitude: float
    altitude_m: float | None
    speed_kmh: float
    course_degrees: float


def read_drive(document: bytes) -> list[Point]:
    """The points of all tracks of a GPX file, in the order of their times (UTC).

    Raises GpxError for a file that is no XML, or has not two track points with times.
    """
    try:
        elements = list(ElementTree.fromstring(document).iter())
        marks = [_Mark.of(element) for element in elements if _name(element) == "trkpt"]
    except (ElementTree.ParseError, ValueError) as error:
        raise GpxError(f"not a GPX file: {error}") from error
    timed = sorted((mark for mark in marks if mark is not None), key=lambda mark: mark.place.time)
    # Of places of the same moment the first counts: between the two there would be no speed.
    different: dict[datetime, _Mark] = {}
    for mark in timed:
        different.setdefault(mark.place.time, mark)
    if len(different) < 2:
        raise GpxError("the file has no two track points with times")
    return list(_points(list(different.values())))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A track point as it is written."""

    place: Place
    altitude_m: float | None
    speed_mps: float | None
    course_degrees: float | None

    @classmethod
    def of(cls, element: ElementTree.Element) -> _Mark | None:
        """None without a time."""
        texts = {_name(child): (child.text or "").strip() for child in element.iter()}
        if not texts.get("time"):
            return None
        time = datetime.fromisoformat(texts["time"])
        place = Place(time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC), *_degrees(element))
        return cls(place, *(_number(texts.get(name)) for name in ("ele", "speed", "course")))


def _name(element: ElementTree.Element) -> str:
    """Without the namespace, which differs between the versions."""
    return element.tag.rpartition("}")[2]


def _degrees(element: ElementTree.Element) -> tuple[float, float]:
    return float(element.get("lat", "")), float(element.get("lon", ""))


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _points(marks: Sequence[_Mark]) -> Iterator[Point]:
    course = 0.0
    # The last point leads nowhere: it goes on as the one before.
    for mark, (start, end) in zip(marks, [*pairwise(marks), (marks[-2], marks[-1])], strict=True):
        hours = (end.place.time - start.place.time) / timedelta(hours=1)
        distance = distance_km(start.place, end.place)
        course = bearing_degrees(start.place, end.place) if distance > 0 else course
        yield Point(
            mark.place.time,
            mark.place.latitude,
            mark.place.longitude,
            mark.altitude_m,
            distance / hours if mark.speed_mps is None else mark.speed_mps * 3.6,
            course if mark.course_degrees is None else mark.course_degrees,
        )


def bearing_degrees(start: Place, end: Place) -> float:
    """The course from one place to another on the sphere, 0 to 360, north being 0."""
    a, b = math.radians(start.latitude), math.radians(end.latitude)
    east = math.radians(end.longitude - start.longitude)
    y = math.sin(east) * math.cos(b)
    x = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(east)
    return math.degrees(math.atan2(y, x)) % 360


def report_fields(point: Point, device_id: str, time: datetime) -> dict[str, str]:
    """The fields of OsmAnd's query form for a point that is passed at `time`: speed in knots, time in milliseconds."""
    fields = {
        "id": device_id,
        "timestamp": str(int(time.timestamp() * 1000)),
        "lat": f"{point.latitude:.7f}",
        "lon": f"{point.longitude:.7f}",
        "speed": f"{point.speed_kmh / KMH_PER_KNOT:.3f}",
        "bearing": f"{point.course_degrees:.1f}",
    }
    return fields if point.altitude_m is None else {**fields, "altitude": f"{point.altitude_m:.1f}"}
