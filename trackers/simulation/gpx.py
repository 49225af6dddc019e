"""A recorded drive (GPX 1.0 and 1.1), as the reports of the phone that recorded it. Pure.

Recorders write what their readers would not: a point or a value that cannot be is left out, and counted.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.parsers import expat

from trackers.engine.counters import Place, distance_km, is_plausible

KMH_PER_KNOT = 1.852
KMH_PER_METRE_PER_SECOND = 3.6
# No recorder is older; a clock that was never set says less.
FIRST_YEAR = 1990
# A point that needs more than this from the one before, and the next one does not, has jumped; airliners do not.
MAX_SPEED_KMH = 1200
# Where a drive begins whose times follow from a pace.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)

_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w.-]+)[\"']")
# XML has no place for them; loggers that lost power leave blocks of zeros.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

NO_TIME = "points without a readable time"
NO_PLACE = "points without a place on earth"
SAME_TIME = "points of a moment that another has"
JUMPED = "points that jumped"
BROKEN_OFF = "everything after the place where the file breaks off"
_CANNOT_BE = "{}s that cannot be right"


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


@dataclass(frozen=True, slots=True)
class Drive:
    """What can be driven of a recording."""

    points: Sequence[Point]
    """Two or more, by time (UTC)."""
    left_out: Mapping[str, int]
    """How many of what were left out."""
    has_derived_times: bool = False
    """Whether its times follow from a pace."""


def read_drive(document: bytes, *, pace_kmh: float | None = None) -> Drive:
    """The points of all tracks of a GPX file; where it has no times they follow from the pace, if there is one.

    Raises GpxError for a file that is none, or has not two track points with places and times.
    """
    left_out: Counter[str] = Counter()
    marks = [mark for one in _read_elements(document, left_out) if (mark := _mark_of(one, left_out)) is not None]
    timed = [mark for mark in marks if mark.place.time is not _NO_TIME]
    has_derived_times = len(timed) < 2 and pace_kmh is not None
    if has_derived_times and pace_kmh is not None:
        timed = list(_at_pace(marks, pace_kmh))
    else:
        left_out[NO_TIME] += len(marks) - len(timed)
    different = _different(sorted(timed, key=lambda mark: mark.place.time), left_out)
    if len(different) < 2:
        raise GpxError("the file has no two track points with times" + _because(left_out))
    # Of two points none can have jumped: nobody knows which.
    kept = _without_jumps(different, left_out) if len(different) > 2 else different
    return Drive(list(_points(kept)), +left_out, has_derived_times)


def _because(left_out: Mapping[str, int]) -> str:
    text = describe(left_out)
    return f" (left out: {text})" if text else ""


def describe(left_out: Mapping[str, int]) -> str:
    """What was left out, in words."""
    return ", ".join(f"{count} {what}" for what, count in left_out.items() if count)


@dataclass(slots=True)
class _Element:
    """A point as it is written: attributes, and the texts of what is in it, without the namespaces' prefixes."""

    attributes: Mapping[str, str]
    texts: dict[str, str] = field(default_factory=dict)


class _Elements:
    """Collects the points of tracks and routes. Prefixes need not be declared: nobody asks what they stand for."""

    def __init__(self) -> None:
        self.found: dict[str, list[_Element]] = {"trkpt": [], "rtept": []}
        self._open: _Element | None = None
        self._text: list[str] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        self._text = []
        if name in self.found:
            self._open = _Element(attributes)

    def hear(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        name, text = _local(name), "".join(self._text).strip()
        self._text = []
        if self._open is not None and name in self.found:
            self.found[name].append(self._open)
            self._open = None
        elif self._open is not None and text:
            self._open.texts[name] = text


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _read_elements(document: bytes, left_out: Counter[str]) -> list[_Element]:
    elements = _Elements()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = elements.begin, elements.end
    parser.CharacterDataHandler = elements.hear
    try:
        parser.Parse(_decode(document), True)
    except expat.ExpatError as error:
        if not any(elements.found.values()):
            raise GpxError(f"not a GPX file: {error}") from error
        left_out[BROKEN_OFF] += 1
    return elements.found["trkpt"] or elements.found["rtept"]


def _decode(document: bytes) -> str:
    """The text of a file, from its first bracket on and without its declaration, which need not be true."""
    declared = _DECLARED.search(document[:200])
    encodings = ["utf-16"] if document[:2] in (b"\xff\xfe", b"\xfe\xff") else []
    encodings += [declared[1].decode()] if declared else []
    for encoding in (*encodings, "utf-8-sig", "cp1252"):
        try:
            text = document.decode(encoding)
            break
        except (UnicodeError, LookupError):
            continue
    else:
        text = document.decode("latin-1")
    text = _CONTROLS.sub("", text)
    return _DECLARATION.sub("", text[max(0, text.find("<")) :])


@dataclass(frozen=True, slots=True)
class _Mark:
    """A track point as it is believed."""

    place: Place
    altitude_m: float | None
    speed_mps: float | None
    course_degrees: float | None


def _mark_of(element: _Element, left_out: Counter[str]) -> _Mark | None:
    """None without a place; without a time it has `_NO_TIME`."""

    def number(name: str, what: str, low: float, high: float) -> float | None:
        text = element.texts.get(name)
        value = _number(text)
        if text is None or (value is not None and low <= value <= high):
            return value
        left_out[_CANNOT_BE.format(what)] += 1
        return None

    latitude, longitude = _number(element.attributes.get("lat")), _number(element.attributes.get("lon"))
    is_place = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
    if latitude is None or longitude is None or not is_place or (latitude, longitude) == (0, 0):
        left_out[NO_PLACE] += 1
        return None
    return _Mark(
        Place(_time(element.texts.get("time", "")) or _NO_TIME, latitude, longitude),
        number("ele", "altitude", -20_000, 100_000),
        number("speed", "speed", 0, 10_000 / KMH_PER_METRE_PER_SECOND),
        number("course", "course", 0, 360),
    )


def _time(text: str) -> datetime | None:
    """None for what is none; a day alone is no moment."""
    if ":" not in text:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if time.year >= FIRST_YEAR else None


def _number(text: str | None) -> float | None:
    """A finite number, with a point or a comma."""
    try:
        number = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _at_pace(marks: Sequence[_Mark], pace_kmh: float) -> Iterator[_Mark]:
    time = _NO_TIME
    for before, mark in zip([*marks[:1], *marks], marks, strict=False):
        time += timedelta(hours=distance_km(before.place, mark.place) / pace_kmh)
        place = Place(time, mark.place.latitude, mark.place.longitude)
        # What it said of speeds belongs to other times.
        yield replace(mark, place=place, speed_mps=None)


def _different(marks: Sequence[_Mark], left_out: Counter[str]) -> list[_Mark]:
    """Of places of the same moment the first counts: between the two there would be no speed."""
    different: dict[datetime, _Mark] = {}
    for mark in marks:
        different.setdefault(mark.place.time, mark)
    left_out[SAME_TIME] += len(marks) - len(different)
    return list(different.values())


def _without_jumps(marks: Sequence[_Mark], left_out: Counter[str]) -> list[_Mark]:
    """Leaves out each point that cannot be reached from the one before, when the next one can be."""
    if not _can_follow(marks[0], marks[1]) and _can_follow(marks[1], marks[2]):
        left_out[JUMPED] += 1
        marks = marks[1:]
    kept = list(marks[:1])
    for mark, after in zip(marks[1:], [*marks[2:], None], strict=True):
        if not _can_follow(kept[-1], mark) and (after is None or _can_follow(kept[-1], after)):
            left_out[JUMPED] += 1
        else:
            kept.append(mark)
    return kept


def _can_follow(before: _Mark, after: _Mark) -> bool:
    distance = distance_km(before.place, after.place)
    return is_plausible(before.place, after.place, distance, max_speed_kmh=MAX_SPEED_KMH)


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
            distance / hours if mark.speed_mps is None else mark.speed_mps * KMH_PER_METRE_PER_SECOND,
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
