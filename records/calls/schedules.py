"""The calls about reports that are made by themselves (records §9.7)."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from django.conf import settings
from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal, first_of
from accounts.wire.description import Example
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.schema import list_of, nullable, object_of, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, FLAG, ID, between, line, one_of, shaped, text
from records.calls.reports import CLOCK, MAX_TRACKERS, RIGHT, WEEKDAYS, Plugin, TimeFilterDocument, check_made_here
from records.models import Report, ReportSchedule
from records.rendering.documents import Known, known, sent
from records.rendering.reports.schedules import Span
from records.rendering.reports.tables import ReportFormat
from records.services.reports import schedules
from records.services.reports.kinds import KINDS
from trackers.calls.lookup import find_trackers

MAX_EMAILS = 10
_EMAIL = re.compile(r"[^@\s,<>\"]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z0-9-]{2,63}")


def _check_email(name: str, email: str) -> str:
    if not _EMAIL.fullmatch(email):
        raise invalid_parameter(name, "must be an email address")
    return email


EMAILS = list_of(line(254).then(_check_email), least=1, most=MAX_EMAILS)
PERIOD = said(shaped("^([1-9][0-9]?)?[dwmy]$", "as 1d, w or 2m", most=3), "how far back, to the midnight before")
FORMATS = {"xls": ReportFormat.XLSX} | {wanted.value: wanted for wanted in ReportFormat}


def _check_format(name: str, wanted: str) -> str:
    check_made_here(name, FORMATS[wanted])
    return wanted


EMAIL_FORMAT = one_of(*FORMATS).then(_check_format)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """On which days."""

    type: Annotated[str, one_of("weekdays", "month_days")] = "weekdays"
    weekdays: Annotated[tuple[int, ...], WEEKDAYS] = (1, 2, 3, 4, 5, 6, 7)
    month_days: Annotated[tuple[int, ...], list_of(between(1, 31), least=1, most=31)] = (1,)

    def stored(self) -> Fields:
        name = self.type
        return {"type": name, name: list(self.weekdays if name == "weekdays" else self.month_days)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be made."""

    trackers: Annotated[tuple[int, ...], list_of(ID, least=1, most=MAX_TRACKERS, unique=True)]
    plugin: Annotated[Plugin, sent(Plugin)]
    title: Annotated[str, line(255)] = ""
    time_filter: Annotated[TimeFilterDocument | None, sent(TimeFilterDocument)] = None

    def stored(self) -> Fields:
        return {
            "trackers": list(self.trackers),
            "title": self.title or KINDS[self.plugin.plugin_id].title,
            "time_filter": (self.time_filter or TimeFilterDocument()).stored(),
            "plugin": asdict(self.plugin),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """When what is made, and who gets it."""

    period: Annotated[str, PERIOD]
    schedule: Annotated[Days, sent(Days)]
    report: Annotated[Asked, sent(Asked)]
    emails: Annotated[tuple[str, ...], EMAILS]
    email_format: Annotated[str, EMAIL_FORMAT] = "xls"
    email_zip: bool = False
    sending_time: Annotated[str, CLOCK] = "00:00:00"

    def stored(self) -> Fields:
        return {
            "period": self.period,
            "schedule": self.schedule.stored(),
            "report": self.report.stored(),
            "emails": list(dict.fromkeys(self.emails)),
            "email_format": FORMATS[self.email_format].value,
            "email_zip": self.email_zip,
            "sending_time": self.sending_time,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A schedule as a client sends it."""

    parameters: Annotated[Parameters, sent(Parameters)]
    enabled: bool = True


ENTRY = record(
    "ReportSchedule",
    id=ID,
    enabled=FLAG,
    parameters=object_of(
        {
            "period": text(),
            "schedule": said({"type": "object"}, "`type` and the days of it"),
            "report": said({"type": "object"}, "`trackers`, `title`, `time_filter`, `plugin`"),
            "emails": list_of(text()),
            "email_format": one_of(ReportFormat),
            "email_zip": FLAG,
            "sending_time": text(),
        }
    ),
    fire_time=nullable(said(DATE, "when it was made last")),
    last_result=nullable(object_of({"success": said(FLAG, "it is there"), "id": ID})),
)
EXAMPLE = {
    "enabled": True,
    "parameters": {
        "period": "1w",
        "schedule": {"type": "weekdays", "weekdays": [1]},
        "report": {"trackers": [1], "title": "Trips of the week", "plugin": {"plugin_id": 4}},
        "emails": ["office@fleet.example"],
        "email_format": "xls",
        "sending_time": "06:00:00",
    },
}


NEW, CHANGED = sent(Document), known(Document)


def _find(caller: Principal, schedule_id: int) -> ReportSchedule:
    return first_of(schedules.schedules_of(caller).filter(pk=schedule_id))


ASchedule = Annotated[ReportSchedule, Found("schedule_id", ID, _find, codes=(201,))]


def _checked(caller: Principal, document: Document) -> Fields:
    """What is stored. Raises ApiError: NONEXISTENT_ENTITIES, and PERIOD_TOO_LONG."""
    asked = document.parameters
    if Span.of(asked.period).longest_days > settings.MAX_TRACK_DAYS:
        raise ApiError(ErrorCode.PERIOD_TOO_LONG)
    find_trackers(caller, asked.report.trackers)
    return asked.stored()


@call(
    "report/schedule/create",
    right=RIGHT,
    gives={"id": ID},
    codes=(211, 217, 222, 268),
    example=Example({"schedule": EXAMPLE}, {"id": 111}),
)
def create_schedule(call: UserCall, schedule: Annotated[Document, NEW]) -> Fields:
    """Has a report be made on some days, and sent to some addresses."""
    parameters = _checked(call.caller, schedule)
    return {"id": schedules.add_schedule(call.caller, parameters, timezone.now(), is_enabled=schedule.enabled)}


@call("report/schedule/list", right=RIGHT, gives={"list": list_of(ENTRY)})
def list_schedules(call: UserCall) -> Fields:
    """The schedules of the account; a sub-user sees its own."""
    rows = list(schedules.schedules_of(call.caller))
    made = set(Report.objects.filter(pk__in=[row.last_report_id for row in rows]).values_list("pk", flat=True))
    return {"list": [_render(call, row, is_there=row.last_report_id in made) for row in rows]}


def _render(call: UserCall, row: ReportSchedule, *, is_there: bool) -> Fields:
    last: dict[str, Any] | None = None
    if row.last_report_id is not None:
        last = {"success": is_there, "id": row.last_report_id}
    return {
        "id": row.pk,
        "enabled": row.is_enabled,
        "parameters": row.parameters,
        "fire_time": None if row.fired_at is None else call.date_of(row.fired_at),
        "last_result": last,
    }


@call("report/schedule/update", right=RIGHT, codes=(201, 211, 217, 222))
def update_schedule(call: UserCall, schedule: Annotated[Known[Document], CHANGED]) -> None:
    """Puts another schedule in the place of one; days that were made are not made again."""
    row = _find(call.caller, schedule.id)
    parameters = _checked(call.caller, schedule.document)
    schedules.change_schedule(row, parameters, timezone.now(), is_enabled=schedule.document.enabled)


@call("report/schedule/delete", right=RIGHT)
def delete_schedule(call: UserCall, schedule: ASchedule) -> None:
    """Ends a schedule; reports that it had made stay, and their letters go."""
    schedules.remove_schedule(schedule)
