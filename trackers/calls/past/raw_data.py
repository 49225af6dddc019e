"""Every report as it came, for spreadsheets and other programs (history §6)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated

from accounts.api.answers import LongAnswer, file_answer
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.dates import GIVEN_DATE
from accounts.wire.errors import invalid_parameter
from accounts.wire.limits import MAX_STATS_DAYS
from accounts.wire.schema import list_of, said
from accounts.wire.terms import INTEGER, Term, one_of, printable, shaped, text
from trackers.calls.lookup import Seen
from trackers.calls.past.periods import From, To, period_of
from trackers.engine.replay import said_by
from trackers.rendering.files.raw_data import boxes_of, highest_of_families, spread, write_raw_data
from trackers.services.history import kept_part
from trackers.services.past_trips import Period, reports_in
from trackers.services.selectors import readings_of_one

MAX_COLUMNS = 200
CSV = "text/csv; charset=utf-8"
# To say what a device tells it is looked at what it told in the last day.
LATELY = timedelta(days=1)
MAX_REPORTS_LOOKED_AT = 10_000

Columns = Annotated[tuple[str, ...], list_of(printable(100), least=1, most=MAX_COLUMNS), "as `lat` or `inputs.*`"]
_DURATION = re.compile(r"P(?:(?P<days>\d{1,3})D)?(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?)?")
_INTERVAL = shaped(r"[^/]{10,40}/[^/]{2,40}", "a date, a slash, and a date or duration", most=81)


def _refuse(name: str, value: object) -> None:
    raise invalid_parameter(name, "cannot be asked for")


_NOTHING = Term({"type": "null"}, _refuse)


@call(
    "tracker/raw_data/get_inputs",
    gives={
        "discrete_inputs": said(INTEGER, "how many"),
        "discrete_outputs": said(INTEGER, "how many"),
        "inputs": said(list_of(text()), "numbers that it tells; of an indexed family the highest"),
        "states": said(list_of(text()), "what else it tells"),
    },
)
def get_raw_inputs(call: UserCall, tracker: Seen) -> Fields:
    """What can be asked of `tracker/raw_data/read`, by what the device said in its last day."""
    names: dict[str, set[str]] = {"inputs": set(), "states": set()}
    state = readings_of_one(tracker.source_id).state
    if state.last_update is not None:
        lately = Period(state.last_update - LATELY, state.last_update)
        for report in islice(reports_in(tracker.source_id, lately), MAX_REPORTS_LOOKED_AT):
            boxes = boxes_of(report, said_by(report))
            for box, found in names.items():
                found.update(boxes[box])
    return {
        "discrete_inputs": len(state.inputs),
        "discrete_outputs": len(state.outputs),
        "inputs": highest_of_families(names["inputs"]),
        "states": highest_of_families(names["states"]),
    }


@call("tracker/raw_data/read", media_types=(CSV,), codes=(211,))
def read_raw_data(
    call: UserCall,
    tracker: Seen,
    columns: Columns,
    since: From | None = None,
    until: To | None = None,
    interval: Annotated[str | None, _INTERVAL, "instead of both, as 2026-03-04T00:00:00Z/PT12H"] = None,
    format: Annotated[str, one_of("csv"), "the kind of file"] = "csv",
    server_time_filter: Annotated[None, _NOTHING, "nothing, as it is not kept when a report came"] = None,
) -> LongAnswer:
    """A file of CSV with every report of a period, those without a position among them."""
    if interval is not None:
        since, until = _read_interval(interval)
    if since is None or until is None:
        raise invalid_parameter("from" if since is None else "to", "must not be null")
    period = period_of(call, since, until, MAX_STATS_DAYS)
    part = kept_part(period) or Period(period.until, period.since)
    names = spread(columns, reports_in(tracker.source_id, part))
    parts = write_raw_data(reports_in(tracker.source_id, part), names, call.caller.zone)
    return file_answer(parts, CSV, f"raw-data-{tracker.pk}.csv", account_id=call.caller.account_id)


def _read_interval(interval: str) -> tuple[datetime, datetime]:
    begin, _, end = interval.partition("/")
    since = GIVEN_DATE.read("interval", begin)
    duration = _DURATION.fullmatch(end)
    if duration is None:
        return since, GIVEN_DATE.read("interval", end)
    try:
        return since, since + timedelta(**{unit: int(count or 0) for unit, count in duration.groupdict().items()})
    except OverflowError as error:
        raise invalid_parameter("interval", "must end within the calendar") from error
