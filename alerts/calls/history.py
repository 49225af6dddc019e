"""The calls about the history of events (alerts §4.2). None needs a right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.conf import settings
from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal
from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.limits import MAX_ENTRIES
from accounts.wire.parameters import check_integer
from accounts.wire.schema import list_of, object_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import FLAG, ID, INTEGER, Term, line, printable, text
from alerts.engine.events import DESCRIPTIONS
from alerts.engine.kinds.table import KINDS
from alerts.models import Alert
from alerts.rendering.entries import ENTRY, EVENT, Acknowledgement, render_acknowledgement, render_entry
from alerts.services import history as services
from alerts.storage.raised import raised_alert
from trackers.calls.lookup import MAX_TRACKERS_PER_CALL, find_trackers, up_to
from trackers.calls.past.periods import CHANGE_OF_CLOCKS, From, To
from trackers.models import Tracker
from trackers.services.addresses import Place, addresses_of

MAX_NOTE = 1_024
UNREAD_FOR = timedelta(days=366)
_FULL_SECOND = 999_999


def _read_limit(name: str, value: Any) -> int:
    limit = check_integer(name, value)
    if limit > MAX_ENTRIES:
        raise ApiError(ErrorCode.LIMIT_TOO_BIG)
    if limit < 1:
        raise invalid_parameter(name, "must be positive")
    return limit


LIMIT = Term({"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES}, _read_limit)
Limit = Annotated[int, said(LIMIT, "so many entries at most; more than 1000 is 212")]
Trackers = Annotated[list[Tracker] | None, Found("trackers", up_to(MAX_TRACKERS_PER_CALL), find_trackers, (217, 221))]
Ignored = Annotated[bool, "without effect"]
WithLabel = Annotated[bool, "messages begin with the tracker's label"]
UnreadFrom = Annotated[
    datetime | None, Found("from", said(GIVEN_DATE, "of what happened since; a year ago"), lambda caller, date: date)
]
Type = Annotated[str, text(32), "without effect: all entries are of trackers"]
Locale = Annotated[str, text(32), "descriptions are in English"]
LIST: dict[str, Any] = {
    "list": said(list_of(ENTRY), "by time"),
    "limit_exceeded": said(FLAG, "there are more, or were"),
    "total": said(INTEGER, "without the limit"),
    "total_unread": said(INTEGER, "of all these"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries of a period are wanted, and how."""

    events: Annotated[tuple[str, ...], list_of(printable(64), most=100), "none: all"] = ()
    limit: Limit = MAX_ENTRIES
    ascending: Annotated[bool, "the oldest first"] = True
    only_emergency: bool = False
    only_unread: bool = False
    add_tracker_label: WithLabel = True
    add_tracker_files: Ignored = False
    add_asset_label: Ignored = False


def _find(caller: Principal, alert_id: int) -> Alert:
    return services.find_alert(caller, alert_id)


Entry = Annotated[Alert, Found("id", said(ID, "an entry's `id`"), _find, codes=(201,))]


@call("history/tracker/list", gives=LIST, codes=(211, 212))
def list_of_trackers(call: UserCall, since: From, until: To, filters: Filters, trackers: Trackers = None) -> Fields:
    """What happened to devices in a period, by rules and by their trips; without `trackers` to all that are seen."""
    return _list(call, since, until, filters, trackers)


@call("history/user/list", gives=LIST, codes=(211, 212))
def list_of_user(call: UserCall, since: From, until: To, filters: Filters) -> Fields:
    """What happened in a period to all devices that are seen."""
    return _list(call, since, until, filters, None)


def _list(call: UserCall, since: datetime, until: datetime, filters: Filters, trackers: list[Tracker] | None) -> Fields:
    begin, end = _period(call, since, until)
    wanted = services.Wanted(
        begin,
        end,
        None if trackers is None else [tracker.pk for tracker in trackers],
        filters.events,
        filters.only_emergency,
        filters.only_unread,
        filters.ascending,
        filters.limit,
    )
    page = services.find_alerts(call.caller, wanted, timezone.now())
    return {
        "list": _render_all(call, page.alerts, page.read_ids, has_label=filters.add_tracker_label),
        "limit_exceeded": page.is_cut,
        "total": page.total,
        "total_unread": page.total_unread,
    }


def _period(call: UserCall, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Raises ApiError: INVALID_PARAMETERS unless it ends after it begins, PERIOD_TOO_LONG."""
    begin, end = moment_of("from", since, call.caller.zone), moment_of("to", until, call.caller.zone)
    if begin >= end:
        raise invalid_parameter("to", "must be after from")
    if end - begin > timedelta(days=settings.MAX_ALERT_PERIOD_DAYS) + CHANGE_OF_CLOCKS:
        raise ApiError(ErrorCode.PERIOD_TOO_LONG)
    # Entries are shown to the second: all of the last one belongs to the period.
    return begin, end if end.microsecond else end.replace(microsecond=_FULL_SECOND)


def _render_all(call: UserCall, alerts: Iterable[Alert], read: frozenset[int], *, has_label: bool) -> list[Fields]:
    shown = list(alerts)
    known = addresses_of({place for alert in shown if (place := _place_of(alert))}, call.caller.user_id)
    return [_render(call, alert, known, has_label=has_label, is_read=alert.pk in read) for alert in shown]


def _place_of(alert: Alert) -> Place | None:
    return None if alert.latitude is None or alert.longitude is None else (alert.latitude, alert.longitude)


def _render(call: UserCall, alert: Alert, known: Mapping[Place, str], *, has_label: bool, is_read: bool) -> Fields:
    zone, place = call.caller.zone, _place_of(alert)
    entry = render_entry(
        raised_alert(alert),
        zone,
        iso=call.iso,
        has_label=has_label,
        is_read=is_read,
        address=known.get(place, "") if place else "",
    )
    if alert.acknowledged_at is not None:
        who = alert.acknowledged_by
        seen = Acknowledgement(alert.acknowledged_by_id, who.title if who else "", alert.acknowledged_at, alert.note)
        entry["extra"]["acknowledged"] = render_acknowledgement(seen, zone, iso=call.iso)
    return entry


@call(
    "history/unread/list",
    gives={"list": said(list_of(ENTRY), "the newest first"), "max_limit": said(INTEGER, "of `limit`")},
    codes=(212,),
)
def list_unread(call: UserCall, limit: Limit = MAX_ENTRIES, since: UnreadFrom = None, type: Type = "") -> Fields:
    """The newest entries that this login has not read."""
    alerts = services.newest_unread(call.caller, _unread_since(call, since), limit)
    return {"list": _render_all(call, alerts, frozenset(), has_label=True), "max_limit": MAX_ENTRIES}


@call("history/unread/count", gives={"count": INTEGER})
def count_unread(call: UserCall, since: UnreadFrom = None, type: Type = "") -> Fields:
    """How many entries this login has not read."""
    return {"count": services.count_unread(call.caller, _unread_since(call, since))}


def _unread_since(call: UserCall, since: datetime | None) -> datetime:
    now = timezone.now()
    since = now - UNREAD_FOR if since is None else moment_of("from", since, call.caller.zone)
    oldest = services.kept_since(now)
    return since if oldest is None else max(since, oldest)


@call("history/read", gives={"value": ENTRY})
def read_entry(call: UserCall, entry: Entry, add_tracker_label: WithLabel = False) -> Fields:
    """One entry."""
    (value,) = _render_all(call, [entry], services.read_ids([entry], call.caller), has_label=add_tracker_label)
    return {"value": value}


@call("history/mark_read")
def mark_read(call: UserCall, entry: Entry) -> None:
    """Notes that this login has read an entry; a second time it is 201."""
    services.mark_read(call.caller, entry, timezone.now())


@call("history/mark_read_all")
def mark_read_all(call: UserCall) -> None:
    """Notes that this login has read all entries."""
    services.mark_all_read(call.caller, timezone.now())


@call("history/acknowledge")
def acknowledge(call: UserCall, entry: Entry, note: Annotated[str, line(MAX_NOTE)] = "") -> None:
    """Notes, for all who see the entry, that the caller has seen to it; who comes later takes it over."""
    services.acknowledge(call.caller, entry, note, timezone.now())


@call(
    "history/type/list",
    gives={"list": list_of(object_of({"type": EVENT, "description": text()}))},
)
def list_types(call: UserCall, locale: Locale = "en", only_tracker_events: Ignored = True) -> Fields:
    """The events that can occur."""
    events = {event: None for kind in KINDS.values() for event in kind.events}
    return {"list": [{"type": event.value, "description": DESCRIPTIONS[event]} for event in events]}


@call("notification/list", gives={"list": list_of(object_of({}), most=0)})
def list_notifications(call: UserCall) -> Fields:
    """Announcements by the operator: there are none."""
    return {"list": []}
