"""The calls about where trackers were: trips, their points, kilometres by day (history §3, §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

from django.conf import settings
from django.utils import timezone

from accounts.api.answers import LongAnswer, long_list
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.limits import MAX_STATS_DAYS, MAX_STATS_TRACKERS
from accounts.wire.schema import by_id, list_of, map_of, object_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import NUMBER, between
from trackers.calls.lookup import Seen, find_trackers, up_to
from trackers.calls.past.lines import Wanted, read_lines
from trackers.calls.past.periods import From, To, period_of
from trackers.engine.past import Point
from trackers.engine.simplify import simplify
from trackers.engine.tracks import Track, cluster, cut_tracks, is_worth_listing, steps
from trackers.models import Source, Tracker
from trackers.rendering.states import dates_of
from trackers.rendering.tracks import (
    TRACK_POINT,
    TRACKS,
    Told,
    render_cluster,
    render_lines,
    render_points,
    render_total,
    render_track,
    track_id,
)
from trackers.services.addresses import addresses_of, is_there_a_book
from trackers.services.event_log import count_events
from trackers.services.history import past_of, points_of, trips_of
from trackers.services.past_trips import Period
from trackers.storage.history import read_places

MAX_REPORTS_OF_STATS = 2_000_000
"""Read for one call, which takes about fifteen seconds; the trackers that are left then are not in the answer."""
MAX_TRACKS_WITH_ADDRESSES = 200
"""Of a list; where they begin and end is read for it."""
MAX_POINTS = 5000
"""Of an answer that is simplified, without a limit of its own."""

PointLimit = Annotated[int | None, between(2, 3000), "about so many points at most"]
WithCells = Annotated[bool, "also positions from cell towers"]
StatsTrackers = Annotated[list[Tracker], Found("trackers", up_to(MAX_STATS_TRACKERS), find_trackers, (217, 221))]


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """Which tracks of a period are listed, and how."""

    filter: Annotated[bool, "without those that are too short or too small to be trips"] = True
    split: Annotated[bool, "false: all satellite positions of the period as one track"] = True
    include_gsm_lbs: WithCells = True
    cluster_single_reports: Annotated[bool, "single reports near each other become one"] = False
    count_events: Annotated[bool, "`event_count` of each track that is no single report"] = False
    with_points: Annotated[bool, "`points_list` as `track/read` has it"] = False
    point_limit: PointLimit = None
    omit_addresses: bool = False


@dataclass(frozen=True, slots=True)
class PointOptions:
    """Which points of a period are read."""

    track_id: Annotated[int | None, "only those of this trip"] = None
    include_gsm_lbs: WithCells = True
    simplify: Annotated[bool, "without points that lie on the line between others, give or take ten metres"] = True
    point_limit: PointLimit = None
    filter: Annotated[bool, "only points of trips; false: also those where it was parked"] = True


@call("track/list", gives=TRACKS, codes=(211,))
def list_tracks(call: UserCall, tracker: Seen, since: From, until: To, options: TrackOptions) -> Fields | LongAnswer:
    """The trips of a device in a period; what reaches beyond it is cut there."""
    period = period_of(call, since, until, settings.MAX_TRACK_DAYS)
    tracks, is_cut = _tracks(tracker.source, period, options)
    dates = dates_of(call.caller.zone, call.iso)
    events = _events(call, tracker, tracks) if options.count_events else {}
    addresses = {} if options.omit_addresses else _addresses(call, tracker.source_id, tracks)
    told = Told(dates, events, addresses)
    fields = {"limit_exceeded": is_cut, "total": render_total(tracks, period.until - period.since)}
    rendered = (_render_group(group, tracker.source_id, options, told) for group in _groups(tracks, options))
    return long_list(fields, "list", rendered, account_id=call.caller.account_id)


def _tracks(source: Source, period: Period, options: TrackOptions) -> tuple[list[Track], bool]:
    """The tracks that are asked for, with their points where these are shown; and whether some may be missing."""
    if options.split and not options.with_points:
        trips = trips_of(source, period, timezone.now(), with_cells=options.include_gsm_lbs)
        return _worth(trips.tracks, options), trips.is_cut
    past = past_of(source, period, timezone.now())
    points = past.points if options.include_gsm_lbs and options.split else _of_satellites(past.points)
    tracks = _worth(cut_tracks(past.trips, points), options) if options.split else _merged(points)
    return tracks, past.is_cut


def _worth(tracks: list[Track], options: TrackOptions) -> list[Track]:
    return list(filter(is_worth_listing, tracks)) if options.filter else tracks


def _merged(points: Sequence[Point]) -> list[Track]:
    return [Track(points[0].time, points[0].time, points[-1].time, points)] if points else []


def _events(call: UserCall, tracker: Tracker, tracks: Sequence[Track]) -> dict[datetime, int]:
    """How much the log of events has of each track, by its start."""
    counts = count_events(call.caller, tracker.pk, [(track.start, track.end) for track in tracks])
    return {track.start: count for track, count in zip(tracks, counts, strict=True)}


def _addresses(call: UserCall, source_id: int, tracks: Sequence[Track]) -> dict[datetime, str]:
    """The addresses that are known of where tracks begin and end, by the moment; of many tracks of the newest."""
    if not is_there_a_book():
        return {}
    some = tracks[-MAX_TRACKS_WITH_ADDRESSES:]
    places = read_places(source_id, {moment for track in some for moment in (track.start, track.end)})
    known = addresses_of(set(places.values()), call.caller.user_id)
    return {moment: known.get(place, "") for moment, place in places.items()}


def _groups(tracks: list[Track], options: TrackOptions) -> list[list[Track]]:
    return cluster(tracks) if options.cluster_single_reports and options.split else [[track] for track in tracks]


def _render_group(group: list[Track], source_id: int, options: TrackOptions, told: Told) -> Fields:
    points = [point for track in group for point in track.points]
    if len(group) > 1:
        fields = render_cluster(group, told)
    else:
        fields = render_track(group[0], source_id, told, is_merged=not options.split)
    if options.with_points:
        shown = points if options.point_limit is None else simplify([points], options.point_limit)
        fields["points_list"] = render_points(shown, points, frozenset(), told.dates)
    return fields


@call(
    "track/read",
    gives={"limit_exceeded": TRACKS["limit_exceeded"], "list": said(list_of(TRACK_POINT), "oldest first")},
    codes=(211,),
)
def read_track(call: UserCall, tracker: Seen, since: From, until: To, options: PointOptions) -> Fields | LongAnswer:
    """Where a device was in a period, point by point."""
    period = period_of(call, since, until, settings.MAX_TRACK_DAYS)
    if not options.simplify:
        return _every_point(call, tracker, period, options)
    past = past_of(tracker.source, period, timezone.now())
    with_cells = options.include_gsm_lbs or options.track_id is not None
    points = past.points if with_cells else _of_satellites(past.points)
    tracks = cut_tracks(past.trips, points)
    if options.track_id is not None:
        tracks = [_find_track(tracks, tracker.source, options.track_id)]
    of_trips = [track.points for track in tracks]
    parked = _between(points, tracks) if options.track_id is None and not options.filter else []
    lines = sorted((line for line in (*of_trips, *parked) if line), key=lambda line: line[0].time)
    every = [point for line in lines for point in line]
    shown = simplify(lines, options.point_limit or MAX_POINTS)
    parked_at = frozenset(point.time for line in parked for point in line)
    dates = dates_of(call.caller.zone, call.iso)
    return {"limit_exceeded": past.is_cut, "list": render_points(shown, every, parked_at, dates)}


def _every_point(call: UserCall, tracker: Tracker, period: Period, options: PointOptions) -> LongAnswer:
    """The points as they are read, however many."""
    with_cells = options.include_gsm_lbs or options.track_id is not None
    wanted = Wanted(
        None if options.track_id is None else (options.track_id,),
        with_cells=with_cells,
        with_parked=options.track_id is None and not options.filter,
    )
    lines = read_lines(tracker.source, period, timezone.now(), wanted)
    items = render_lines(lines.lines, dates_of(call.caller.zone, call.iso))
    fields = {"limit_exceeded": lines.is_cut}
    return long_list(fields, "list", items, account_id=call.caller.account_id)


def _find_track(tracks: Sequence[Track], source: Source, wanted: int) -> Track:
    """Raises ApiError NOT_FOUND when no such trip touches the period."""
    found = next((track for track in tracks if track_id(source.pk, track.begin) == wanted), None)
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return found


def _between(points: Sequence[Point], tracks: Sequence[Track]) -> list[Sequence[Point]]:
    """The points that belong to no track, in stretches."""
    stretches, done = [], 0
    for track in tracks:
        # Tracks are slices of the points, so the first of one is found by its time and place alone.
        first = next(index for index in range(done, len(points)) if points[index] is track.points[0])
        stretches.append(points[done:first])
        done = first + len(track.points)
    return [*stretches, points[done:]]


@call(
    "tracker/stats/mileage/read",
    gives={
        "limit_exceeded": TRACKS["limit_exceeded"],
        "result": said(by_id(map_of(object_of({"mileage": said(NUMBER, "kilometres")}))), "by tracker id and day"),
    },
    codes=(211,),
)
def read_mileage(call: UserCall, trackers: StatsTrackers, since: From, until: To) -> Fields:
    """How far devices drove in the trips of each day, by the caller's calendar."""
    period, now = period_of(call, since, until, MAX_STATS_DAYS), timezone.now()
    result, is_cut, reports_read = {}, False, 0
    for tracker in trackers:
        if reports_read > MAX_REPORTS_OF_STATS:
            is_cut = True
            break
        trips = trips_of(tracker.source, period, now, with_cells=True)
        is_cut, reports_read = is_cut or trips.is_cut, reports_read + trips.reports_read
        result[str(tracker.pk)] = _mileage_by_day(tracker.source, trips.tracks, period, call.caller.zone)
    return {"limit_exceeded": is_cut, "result": result}


def _mileage_by_day(source: Source, tracks: Sequence[Track], period: Period, zone: tzinfo) -> Fields:
    first, last = period.since.astimezone(zone).date(), period.until.astimezone(zone).date()
    kilometres = {first + timedelta(days=number): 0.0 for number in range((last - first).days + 1)}
    for track in tracks:
        day = track.start.astimezone(zone).date()
        if day == track.end.astimezone(zone).date():
            kilometres[day] += track.length_km
            continue
        for time, step in steps(track.points or points_of(source, Period(track.start, track.end))):
            kilometres[time.astimezone(zone).date()] += step
    return {day.isoformat(): {"mileage": round(driven, 2)} for day, driven in kilometres.items()}


def _of_satellites(points: Sequence[Point]) -> list[Point]:
    return [point for point in points if not point.is_cell_based]
