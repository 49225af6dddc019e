"""Tracks and their points as clients read them: every wire key of `track/…` is written here (history §3). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.wire.schema import Fields, any_of, list_of, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, NUMBER, between, one_of, text
from trackers.engine.lines import Line
from trackers.engine.measures import Measure
from trackers.engine.past import Point
from trackers.engine.tracks import Track, Way, rounded_kmh, steps
from trackers.rendering.states import Dates

_FIRST_YEAR = datetime(1990, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# A source and a second fit into what JavaScript can tell apart.
_SECONDS = 2**32
UNKNOWN_SATELLITES = -1

ADDRESS = "empty where nobody has told it yet"

PLACE = object_of({"lat": said(between(-90.0, 90.0), "degrees"), "lng": said(between(-180.0, 180.0), "degrees")})
TRACK_POINT = record(
    "TrackPoint",
    lat=said(between(-90.0, 90.0), "degrees"),
    lng=said(between(-180.0, 180.0), "degrees"),
    alt=said(INTEGER, "metres; 0 where it is not known"),
    satellites=said(INTEGER, "-1 where it is not known"),
    mileage=said(NUMBER, "kilometres from the first point of the answer"),
    get_time=DATE,
    address=said(text(), "always empty"),
    heading=said(between(0, 360), "degrees"),
    speed=said(INTEGER, "km/h"),
    precision=optional(said(INTEGER, "metres")),
    gsm_lbs=optional(said(FLAG, "the position comes from cell towers")),
    parking=said(FLAG, "the point belongs to no trip"),
    buffered=optional(said(FLAG, "it came more than five minutes after it was made")),
)
TRACK = record(
    "Track",
    id=optional(said(ID, "of the trip; neither of a merged track nor of a cluster")),
    type=one_of("regular", "merged", "single_report", "cluster"),
    start_date=DATE,
    start_address=said(text(), ADDRESS),
    end_date=optional(DATE),
    end_address=optional(said(text(), ADDRESS)),
    length=optional(said(NUMBER, "kilometres")),
    points=optional(said(any_of(INTEGER, list_of(PLACE)), "how many; of a cluster where they are")),
    avg_speed=optional(said(INTEGER, "km/h")),
    max_speed=optional(said(INTEGER, "km/h")),
    event_count=optional(said(INTEGER, "entries of the event log; with `count_events`")),
    gsm_lbs=said(FLAG, "all its positions come from cell towers"),
    precision=optional(said(INTEGER, "metres")),
    bounds=optional(object_of({"nw": PLACE, "se": PLACE})),
    points_list=optional(list_of(TRACK_POINT)),
)
TOTAL = object_of(
    {
        "count": said(INTEGER, "of the tracks that are listed"),
        "length": said(NUMBER, "their kilometres"),
        "trip_duration": said(text(), "theirs, as ISO 8601 writes durations"),
        "parking_duration": said(text(), "the rest of the period"),
    }
)
TRACKS: Fields = {
    "limit_exceeded": said(FLAG, "not all of the period is there"),
    "list": said(list_of(TRACK), "oldest first"),
    "total": TOTAL,
}


def track_id(source_id: int, begin: datetime) -> int:
    """What a trip is known by: its source and the second in which it began."""
    return source_id * _SECONDS + (begin - _FIRST_YEAR) // _SECOND


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of tracks beside what they are, by their moments: dates, and where they are asked for and known
    how much the log has from a start on, and addresses."""

    dates: Dates
    events: Mapping[datetime, int] = field(default_factory=dict)
    addresses: Mapping[datetime, str] = field(default_factory=dict)


def render_track(track: Track, source_id: int, told: Told, *, is_merged: bool = False) -> dict[str, Any]:
    """A trip, or a single report."""
    one, dates, events = track.measure, told.dates, told.events.get(track.start)
    known = {} if is_merged else {"id": track_id(source_id, track.begin)}
    address = told.addresses.get(track.start, "")
    start = {"start_date": dates[track.start], "start_address": address, "gsm_lbs": _is_of_cells(track)}
    if track.is_single and not is_merged:
        speed = {"avg_speed": rounded_kmh(one.speed_kmh or 0)}
        precision = {} if one.precision_m is None else {"precision": one.precision_m}
        return {**known, "type": "single_report", **start, **speed, **precision}
    return {
        **known,
        "type": "merged" if is_merged else "regular",
        **start,
        "end_date": dates[track.end],
        "end_address": told.addresses.get(track.end, ""),
        "length": round(one.length_km, 2),
        "points": one.points,
        "avg_speed": rounded_kmh(one.length_km / (track.duration / timedelta(hours=1))) if track.duration else 0,
        "max_speed": rounded_kmh(one.max_speed_kmh),
        "bounds": _render_bounds([one]),
        **({} if events is None else {"event_count": events}),
    }


def render_cluster(tracks: Sequence[Track], told: Told) -> dict[str, Any]:
    """Single reports that are near each other."""
    measures = [track.measure for track in tracks]
    return {
        "type": "cluster",
        "start_date": told.dates[tracks[0].start],
        "start_address": told.addresses.get(tracks[0].start, ""),
        "end_date": told.dates[tracks[-1].end],
        "points": [{"lat": one.north, "lng": one.west} for one in measures],
        "gsm_lbs": all(map(_is_of_cells, tracks)),
        "bounds": _render_bounds(measures),
    }


def _is_of_cells(track: Track) -> bool:
    return track.measure.cells == track.measure.points


def _render_bounds(measures: Sequence[Measure]) -> dict[str, Any]:
    north, west = max(one.north for one in measures), min(one.west for one in measures)
    south, east = min(one.south for one in measures), max(one.east for one in measures)
    return {"nw": {"lat": north, "lng": west}, "se": {"lat": south, "lng": east}}


def render_total(tracks: Sequence[Track], period: timedelta) -> dict[str, Any]:
    """What the listed tracks of a period come to."""
    driven = sum((track.duration for track in tracks), timedelta())
    return {
        "count": len(tracks),
        "length": round(sum(round(track.length_km, 2) for track in tracks), 2),
        "trip_duration": render_duration(driven),
        "parking_duration": render_duration(max(period - driven, timedelta())),
    }


def render_duration(duration: timedelta) -> str:
    """As ISO 8601 writes it, in hours, minutes and seconds: PT28M20S."""
    minutes, seconds = divmod(int(duration / _SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"PT{parts or '0S'}"


def render_points(
    shown: Sequence[Point], every: Sequence[Point], parked_at: Collection[datetime], dates: Dates
) -> list[dict[str, Any]]:
    """The points that are shown of some, in order; `parked_at` are the times of those that belong to no trip."""
    gone = dict(_gone(every))
    mileage, rendered = 0.0, []
    for point in shown:
        mileage = gone.get(point.time, mileage)
        rendered.append(_render_point(point, mileage, point.time in parked_at, dates))
    return rendered


def render_lines(lines: Iterable[Line], dates: Dates) -> Iterator[dict[str, Any]]:
    """Every point of some lines, as they are read."""
    way, mileage = Way(), 0.0
    for line in lines:
        for point in line.points:
            mileage += way.go_on(point) or 0.0
            yield _render_point(point, mileage, line.trip is None, dates)


def _gone(points: Sequence[Point]) -> Iterable[tuple[datetime, float]]:
    """How far it is to each satellite fix from the first one."""
    kilometres = 0.0
    for time, step in steps(points):
        kilometres += step
        yield time, kilometres


def _render_point(point: Point, mileage: float, is_parked: bool, dates: Dates) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "lat": point.latitude,
        "lng": point.longitude,
        "alt": point.altitude_m or 0,
        "satellites": UNKNOWN_SATELLITES if point.satellites is None else point.satellites,
        "mileage": round(mileage, 2),
        "get_time": dates[point.time],
        "address": "",
        "heading": point.heading_degrees or 0,
        "speed": rounded_kmh(point.speed_kmh or 0),
        "parking": is_parked,
    }
    if point.precision_m is not None:
        fields["precision"] = point.precision_m
    if point.is_cell_based:
        fields["gsm_lbs"] = True
    if point.is_buffered:
        fields["buffered"] = True
    return fields
