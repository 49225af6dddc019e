"""The calls about reports (records §9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.conf import settings
from django.utils import timezone

from accounts.api.answers import LongAnswer, file_answer
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal, first_of
from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.description import Example
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import Optional, list_of, map_of, object_of, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, ID, INTEGER, Schema, Term, between, line, one_of, shaped, text
from records.models import Report
from records.rendering.documents import sent
from records.rendering.reports.eco import HARSH_PENALTIES
from records.rendering.reports.tables import MEDIA_TYPES, ReportFormat
from records.services.reports import making as reports
from records.services.reports.files import PdfUnavailable, check_format, file_of
from records.services.reports.kinds import KINDS
from records.services.reports.making import Order, reports_of
from trackers.calls.lookup import find_trackers, up_to
from trackers.models import Tracker
from trackers.services.past_trips import Period

RIGHT = Right.REPORTS
MAX_TRACKERS = 500
MAX_ZONES = 10_000
MAX_TYPES = 100
CHANGE_OF_CLOCKS = timedelta(hours=1)
CLOCK = shaped(r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", "as 08:00 or 08:00:00", most=8)
PLUGINS = "4 trips, 6 stops, 7 engine hours, 8 visits of zones, 10 fuel, 11 events, 27 speeding, 46 eco-driving"
MINUTES, POINTS = between(0, 1440), between(0, 10_000)
MAX_PENALTIES = 20


def _points_by(key: str) -> Term[dict[str, int]]:
    """Penalty points by names of a pattern."""

    def read(name: str, value: Any) -> dict[str, int]:
        if not isinstance(value, dict) or len(value) > MAX_PENALTIES:
            raise invalid_parameter(name, f"must be an object of {MAX_PENALTIES} numbers at most")
        for one in value:
            if not re.fullmatch(key, one):
                raise invalid_parameter(f"{name}.{one[:64]}", "is not known")
        return {one: POINTS.read(f"{name}.{one}", points) for one, points in value.items()}

    return Term({**map_of(POINTS, key=key), "maxProperties": MAX_PENALTIES}, read)


SPEEDING = _points_by("^[1-9][0-9]{0,2}$")
HARSH = _points_by(f"^({'|'.join(HARSH_PENALTIES)})$")


def check_made_here(name: str, wanted: ReportFormat) -> ReportFormat:
    """The kind of file, if this server makes such ones. Raises ApiError INVALID_PARAMETERS, which says why not."""
    try:
        check_format(wanted)
    except PdfUnavailable as error:
        raise invalid_parameter(name, str(error)) from error
    return wanted


WEEKDAYS = said(list_of(between(1, 7), least=1, most=7), "1 is Monday")


def _as_sent(caller: Principal, value: Any) -> Any:
    return value


def _find(caller: Principal, report_id: int) -> Report:
    return first_of(reports_of(caller).filter(pk=report_id), missing=ErrorCode.ENTITY_NOT_FOUND)


def _known_plugin(name: str, plugin_id: int) -> int:
    if plugin_id not in KINDS:
        raise ApiError(ErrorCode.PLUGIN_NOT_FOUND)
    return plugin_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFilterDocument:
    """What of each week is looked at."""

    begin: Annotated[str, Found("from", CLOCK, _as_sent)] = "00:00:00"
    end: Annotated[str, Found("to", CLOCK, _as_sent)] = "23:59:59"
    weekdays: Annotated[tuple[int, ...], WEEKDAYS] = (1, 2, 3, 4, 5, 6, 7)

    def stored(self) -> Fields:
        return {"from": self.begin, "to": self.end, "weekdays": list(self.weekdays)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """Which kind of report, and how it is made."""

    plugin_id: Annotated[int, said(ID, PLUGINS).then(_known_plugin)]
    show_seconds: bool = False
    hide_empty_tabs: Annotated[bool, "no sheet for trackers of which there is nothing"] = False
    include_summary_sheet: Annotated[bool, "7, 8, 10, 46: a sheet of all trackers before the others"] = True
    include_summary_sheet_only: Annotated[bool, "no table"] = False
    filter: Annotated[bool, "without trips that are too short to be any"] = True
    show_coordinates: Annotated[bool, "beside each address"] = False
    max_speed: Annotated[int, between(1, 1000), "km/h; 27: what is faster is a violation"] = 90
    min_duration_minutes: Annotated[int, between(0, 1440), "27: if it lasts so long"] = 0
    zone_ids: Annotated[tuple[int, ...], said(list_of(ID, most=MAX_ZONES), "8: none: all that are seen")] = ()
    min_minutes_in_zone: Annotated[int, between(0, 1440), "8: shorter visits do not count"] = 0
    show_mileage: Annotated[bool, "8: with the kilometres inside"] = False
    show_not_visited_zones: Annotated[bool, "8: with the zones that were not visited"] = False
    event_types: Annotated[tuple[str, ...], said(list_of(text(64), most=MAX_TYPES), "11: none: all")] = ()
    group_by_type: Annotated[bool, "11: a table for each type"] = False
    speed_limit: Annotated[int, between(1, 1000), "46: km/h"] = 90
    use_vehicle_speed_limit: Annotated[bool, "46: that of the vehicle, where it has one"] = False
    min_speeding_duration: Annotated[int, MINUTES, "46: minutes"] = 1
    min_idling_duration: Annotated[int, MINUTES, "46: minutes"] = 5
    idling_penalty: Annotated[int, POINTS, "46: points for each time"] = 5
    speeding_penalties: Annotated[Mapping[str, int] | None, SPEEDING, "46: points by km/h above the limit"] = None
    harsh_driving_penalties: Annotated[Mapping[str, int] | None, HARSH, "46: points by event"] = None
    detailed_by_dates: Annotated[bool, "10: with a table by day"] = True


From = Annotated[datetime, Found("from", GIVEN_DATE, _as_sent)]
To = Annotated[datetime, Found("to", GIVEN_DATE, _as_sent)]
Trackers = Annotated[list[Tracker], Found("trackers", up_to(MAX_TRACKERS), find_trackers, (217, 221))]
FORMAT = said(one_of(ReportFormat).then(check_made_here), "the kind of file")
AReport = Annotated[Report, Found("report_id", ID, _find, codes=(204,))]
TIME_FILTER = object_of({"from": text(), "to": text(), "weekdays": list_of(INTEGER)})
HEAD: dict[str, Schema | Optional] = {
    "id": ID,
    "title": text(),
    "created": DATE,
    "from": DATE,
    "to": DATE,
    "time_filter": TIME_FILTER,
}
LOCALE = object_of({"time_zone": text()})
PARAMETERS = object_of({"trackers": list_of(ID), "plugins": list_of(map_of({})), "locale_info": LOCALE})
LISTED = record(
    "ReportInfo", **HEAD, percent=said(INTEGER, "100: it is made"), type=one_of("user"), parameters=PARAMETERS
)
WHOLE = record("Report", **HEAD, sheets=said(list_of(map_of({})), "one for each tracker, of sections of tables"))


@call(
    "report/tracker/generate",
    right=RIGHT,
    gives={"id": ID},
    codes=(15, 211, 222),
    example=Example(
        {"trackers": [1], "from": "2024-05-02 00:00:00", "to": "2024-05-02 23:59:59", "plugin": {"plugin_id": 4}},
        {"id": 11},
    ),
)
def generate_report(
    call: UserCall,
    trackers: Trackers,
    since: From,
    until: To,
    plugin: Annotated[Plugin, sent(Plugin)],
    title: Annotated[str, line(255)] = "",
    time_filter: Annotated[TimeFilterDocument | None, sent(TimeFilterDocument)] = None,
) -> Fields:
    """Has a report made in the background."""
    order = Order(
        title=title or KINDS[plugin.plugin_id].title,
        period=_period(call, since, until),
        tracker_ids=[tracker.pk for tracker in trackers],
        time_filter=(time_filter or TimeFilterDocument()).stored(),
        plugin=asdict(plugin),
    )
    return {"id": reports.order_report(call.caller, order, timezone.now()).pk}


def _period(call: UserCall, since: datetime, until: datetime) -> Period:
    begin, end = moment_of("from", since, call.caller.zone), moment_of("to", until, call.caller.zone)
    if begin >= end:
        raise invalid_parameter("to", "must be after from")
    if end - begin > timedelta(days=settings.MAX_TRACK_DAYS) + CHANGE_OF_CLOCKS:
        raise ApiError(ErrorCode.PERIOD_TOO_LONG)
    return Period(begin, end)


@call("report/tracker/list", right=RIGHT, gives={"list": list_of(LISTED)})
def list_reports(call: UserCall) -> Fields:
    """The reports that are made or being made, newest first; a sub-user sees its own."""
    return {"list": [_render_listed(call, report) for report in reports_of(call.caller)]}


def _render_listed(call: UserCall, report: Report) -> Fields:
    parameters = {
        "trackers": report.tracker_ids,
        "plugins": [report.plugin],
        "locale_info": {"time_zone": report.time_zone},
    }
    percent = reports.percent_of(report)
    return {**_render_head(call, report), "percent": percent, "type": "user", "parameters": parameters}


def _render_head(call: UserCall, report: Report) -> Fields:
    return {
        "id": report.pk,
        "title": report.title,
        "created": call.date_of(report.created_at),
        "from": call.date_of(report.since),
        "to": call.date_of(report.until),
        "time_filter": report.time_filter,
    }


@call("report/tracker/status", right=RIGHT, gives={"percent_ready": said(INTEGER, "100: it is made")})
def read_status(call: UserCall, report: AReport) -> Fields:
    """How much of a report is made."""
    return {"percent_ready": reports.percent_of(report)}


@call("report/tracker/retrieve", right=RIGHT, gives={"report": WHOLE}, codes=(229,))
def retrieve_report(call: UserCall, report: AReport) -> Fields:
    """A report that is made."""
    _check_ready(report)
    return {"report": {**_render_head(call, report), "sheets": reports.sheets_of(report)}}


@call("report/tracker/download", right=RIGHT, codes=(229,), media_types=tuple(dict.fromkeys(MEDIA_TYPES.values())))
def download_report(call: UserCall, report: AReport, format: Annotated[ReportFormat, FORMAT]) -> LongAnswer:
    """A report that is made, as a file."""
    _check_ready(report)
    made = file_of(report, format, call.user())
    return file_answer(iter([made.content]), made.media_type, made.name, account_id=call.caller.account_id)


def _check_ready(report: Report) -> None:
    """Raises ApiError NOT_READY while it is being made."""
    if not report.is_finished:
        raise ApiError(ErrorCode.NOT_READY)


@call("report/tracker/delete", right=RIGHT)
def delete_report(call: UserCall, report: AReport) -> None:
    """Removes a report, also one that is being made."""
    reports.remove_report(report)
