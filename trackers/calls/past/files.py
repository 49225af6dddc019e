"""Tracks as files (history §3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from django.conf import settings
from django.utils import timezone

from accounts.api.answers import LongAnswer, file_answer
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.schema import list_of, optional, said
from accounts.wire.terms import FLAG, ID, between
from trackers.calls.lookup import Seen
from trackers.calls.past.lines import Lines, Wanted, read_lines
from trackers.calls.past.periods import From, To, period_of
from trackers.calls.past.zipped import zipped
from trackers.engine.lines import Line, limited, thinned
from trackers.models import Tracker
from trackers.rendering.files.book import Book
from trackers.rendering.files.formats import MEDIA_TYPES, FileFormat, write_file
from trackers.services.past_trips import Period

MAX_TRACKS = 1000
_TRACK_IDS = list_of(ID, least=1, most=MAX_TRACKS, unique=True)


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Which points are in a file, and how it is written."""

    track_ids: Annotated[tuple[int, ...] | None, _TRACK_IDS, "only the points of these trips"] = None
    include_gsm_lbs: Annotated[bool, "also positions from cell towers"] = True
    simplify: Annotated[bool, "without points that lie on the line between others, give or take ten metres"] = True
    point_limit: Annotated[int | None, between(2, 3000), "about so many points at most; with `simplify` only"] = None
    filter: Annotated[bool, "only points of trips; false: also those where it was parked"] = True
    format: Annotated[FileFormat, "the kind of file"] = FileFormat.KML
    split: Annotated[bool, "KML and KMZ: a folder for each trip, with marks at its ends and a line"] = False


@call(
    "track/download",
    gives={
        "limit_exceeded": optional(said(FLAG, "nothing of the period is kept any more; else the answer is a file")),
        "list": optional(said(list_of(ID, most=0), "empty")),
    },
    media_types=tuple(MEDIA_TYPES.values()),
    codes=(211,),
)
def download_track(call: UserCall, tracker: Seen, since: From, until: To, options: FileOptions) -> Fields | LongAnswer:
    """A file of where a device was in a period."""
    period = period_of(call, since, until, settings.MAX_TRACK_DAYS)
    wanted = Wanted(
        options.track_ids,
        with_cells=options.include_gsm_lbs or options.track_ids is not None,
        with_parked=options.track_ids is None and not options.filter,
    )
    lines = read_lines(tracker.source, period, timezone.now(), wanted)
    if lines.is_over:
        return {"limit_exceeded": True, "list": []}
    book = Book(tracker.label, tracker.source_id, period.since, call.caller.zone, _shown(lines, options))
    parts: Iterator[bytes] = (part.encode() for part in write_file(book, options.format, is_split=options.split))
    if options.format is FileFormat.KMZ:
        parts = zipped(parts, "doc.kml")
    name = _file_name(call, tracker, period, options.format)
    return file_answer(parts, MEDIA_TYPES[options.format], name, account_id=call.caller.account_id)


def _shown(lines: Lines, options: FileOptions) -> Iterator[Line]:
    if not options.simplify:
        return lines.lines
    return limited(lines.lines, options.point_limit) if options.point_limit else map(thinned, lines.lines)


def _file_name(call: UserCall, tracker: Tracker, period: Period, wanted: FileFormat) -> str:
    """Of letters, digits and hyphens, whatever the label has."""
    label = re.sub("[^A-Za-z0-9]+", "-", tracker.label).strip("-") or str(tracker.pk)
    day = period.since.astimezone(call.caller.zone).date().isoformat()
    return f"track-{label}-{day}.{wanted}"
