"""Alert rules as they are sent (alerts §2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters, check_document, is_blank
from accounts.wire.schema import any_of, list_of, nullable, object_of, said
from accounts.wire.signature import document
from accounts.wire.terms import FLAG, ID, NUMBER, Schema, Term, between, line, one_of, printable, text
from alerts.engine.checks import RuleError, check_rule
from alerts.engine.events import DESCRIPTIONS
from alerts.engine.kinds.table import KINDS
from alerts.engine.rules import read_details
from alerts.rendering.rules import MOMENT_OF_WEEK, TIME, WEEKDAY
from alerts.services.rules import RuleDraft

MAX_TEXT = 1024
MAX_RECEIVERS = 20
MAX_INTERVALS = 100
MAX_IDS = 10_000
MAX_PARAM = 2**31 - 1

_NOTHING: Schema = {"const": ""}


def _or_nothing(term: Term[Any], otherwise: Any) -> Term[Any]:
    """What samples of the vendor leave empty may come as an empty text."""
    return Term(any_of(term, _NOTHING), lambda name, value: otherwise if is_blank(value) else term.read(name, value))


def _email(name: str, value: str) -> str:
    try:
        validate_email(value)
    except ValidationError as error:
        raise invalid_parameter(name, "must have e-mail addresses") from error
    return value


PARAM = _or_nothing(between(-MAX_PARAM, MAX_PARAM), None)
SWITCH = _or_nothing(FLAG, False)
PHONES = list_of(printable(64), most=MAX_RECEIVERS)
EMAILS = list_of(printable(254).then(_email), most=MAX_RECEIVERS)
Ids = Annotated[tuple[int, ...], list_of(ID, most=MAX_IDS)]
Text = Annotated[str | None, line(MAX_TEXT), "empty: its event is not told; left out: what the event is called"]
Number = Annotated[float | None, Term(nullable(NUMBER), between(-1e15, 1e15).read)]


@dataclass(frozen=True, slots=True)
class GivenReceivers:
    """Whom a rule is to tell."""

    push_enabled: Annotated[bool, "pop-ups at open pages"] = True
    emails: Annotated[tuple[str, ...], EMAILS] = ()
    sms_phones: Annotated[tuple[str, ...], PHONES, "kept; nothing is sent"] = ()
    phones: Annotated[tuple[str, ...], PHONES, "kept; nothing is sent"] = ()
    emergency: Annotated[bool, SWITCH] = False
    webhook_ids: Ids = ()


@dataclass(frozen=True, slots=True)
class GivenRange:
    """The range of a sensor of a tracker."""

    tracker_id: Annotated[int, ID]
    sensor_id: Annotated[int, ID]
    min: Number = None
    max: Number = None
    threshold: Annotated[float, between(0.0, 1e15)] = 0.03
    display_value: bool = True


@dataclass(frozen=True, slots=True)
class GivenDetails:
    """What some types need, and what all have."""

    emergency: Annotated[bool, SWITCH] = False
    append_zone_title: Annotated[bool, SWITCH] = False
    zone_limit_inverted: Annotated[bool, SWITCH] = False
    private_rule: Annotated[bool, SWITCH] = False
    max_parking_duration: Annotated[int | None, between(0, MAX_PARAM), "minutes"] = None
    min_duration_seconds: Annotated[int | None, between(0, 86_400), "so long speeding must last"] = None
    allow_exit_at_endpoints: bool | None = None
    sensor_id: Annotated[int | None, ID] = None
    min: Number = None
    max: Number = None
    threshold: Annotated[float | None, between(0.0, 1e15)] = None
    display_value: bool | None = None
    tracker_params: Annotated[tuple[GivenRange, ...] | None, list_of(document(GivenRange), most=MAX_IDS)] = None
    state_field: Annotated[str | None, printable(64)] = None
    virtual_sensor_id: Annotated[int | None, ID] = None
    trigger_value: Annotated[str | None, text(MAX_TEXT)] = None
    allow_repeat: bool | None = None
    repeat_delay_seconds: Annotated[int | None, between(0, MAX_PARAM)] = None

    def said(self) -> dict[str, Any]:
        """What was said, without what has a place of its own."""
        own = {"emergency", "private_rule"}
        return {name: _plain(value) for name, value in asdict(self).items() if value is not None and name not in own}


def _plain(value: Any) -> Any:
    return [dict(one) for one in value] if isinstance(value, tuple) else value


def _read_interval(name: str, value: Any) -> Parameters:
    interval = Parameters(check_document(name, value), place=name)
    kind = interval.read("type", one_of("weekly", "fixed"))
    ends = {"from": interval.read("from", _END[kind]), "to": interval.read("to", _END[kind])}
    return Parameters({"type": kind, **ends}, place=name)


def _read_moment_of_week(name: str, value: Any) -> tuple[int, str]:
    moment = Parameters(check_document(name, value), place=name)
    return moment.read("weekday", WEEKDAY), moment.read("time", TIME)


_END: Mapping[str, Term[Any]] = {"weekly": Term(MOMENT_OF_WEEK, _read_moment_of_week), "fixed": GIVEN_DATE}
_INTERVAL = Term(
    any_of(
        *(
            {**object_of({"type": {"const": kind}, "from": end, "to": end}), "additionalProperties": True}
            for kind, end in _END.items()
        )
    ),
    _read_interval,
)
EXTENDED = document(GivenDetails)
RECEIVERS = document(GivenReceivers)
Schedule = Annotated[tuple[Any, ...], list_of(_INTERVAL, most=MAX_INTERVALS), "none: always"]
Kind = Annotated[str, one_of(*KINDS)]


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule as it is made."""

    type: Kind
    name: Annotated[str, printable()]
    description: Annotated[str, line(MAX_TEXT)] = ""
    zone_ids: Annotated[tuple[int, ...], list_of(ID, most=MAX_IDS), "none: everywhere"] = ()
    trackers: Annotated[tuple[int, ...], list_of(ID, most=MAX_IDS), "unknown ones do not matter"] = ()
    param: Annotated[int | None, PARAM, "by the type"] = None
    primary_text: Text = None
    secondary_text: Text = None
    suspended: Annotated[bool, SWITCH] = False
    alerts: Annotated[GivenReceivers | None, RECEIVERS] = None
    schedule: Schedule = ()
    extended_params: Annotated[GivenDetails | None, EXTENDED] = None

    def draft(self, zone: tzinfo) -> RuleDraft:
        """The rule as it shall be; plain dates of its schedule are in `zone`.

        Raises ApiError INVALID_PARAMETERS for one that nobody could judge.
        """
        given, receivers = self.extended_params or GivenDetails(), self.alerts or GivenReceivers()
        details = given.said()
        zone_ids = tuple(dict.fromkeys(self.zone_ids))
        try:
            check_rule(self.type, self.param, read_details(details), zone_ids)
        except RuleError as error:
            raise invalid_parameter(f"rule.{error.field_name}", error.reason) from error
        return RuleDraft(
            kind=self.type,
            name=self.name,
            description=self.description,
            primary_text=self._text(self.primary_text, first=True),
            secondary_text=self._text(self.secondary_text, first=False),
            param=self.param,
            is_suspended=self.suspended,
            is_private=given.private_rule,
            is_emergency=receivers.emergency or given.emergency,
            alerts=_stored(receivers),
            schedule=_intervals(self.schedule, zone),
            extended_params=details,
            zone_ids=zone_ids,
            webhook_ids=receivers.webhook_ids,
            tracker_ids=self.trackers,
        )

    def _text(self, text: str | None, *, first: bool) -> str:
        kind = KINDS[self.type]
        event = kind.first if first else kind.second
        return text if text is not None else DESCRIPTIONS[event] if event is not None else ""


@dataclass(frozen=True, slots=True)
class ChangedRule(NewRule):
    """A rule as it shall be; what is left out is as in a new one."""

    id: Annotated[int, said(ID, "a rule's `id` in `tracker/rule/list`")] = 0


def _stored(receivers: GivenReceivers) -> dict[str, Any]:
    names = ("emails", "sms_phones", "phones")
    lists = {name: list(dict.fromkeys(getattr(receivers, name))) for name in names}
    return {"push_enabled": receivers.push_enabled, **lists}


def _intervals(schedule: Sequence[Parameters], zone: tzinfo) -> list[dict[str, Any]]:
    return [_stored_interval(interval, zone) for interval in schedule]


def _stored_interval(interval: Parameters, zone: tzinfo) -> dict[str, Any]:
    kind, begin, end = (interval.read(name, _AS_READ) for name in ("type", "from", "to"))
    if kind == "weekly":
        ends = {"from_weekday": begin[0], "from_time": begin[1], "to_weekday": end[0], "to_time": end[1]}
        return {"type": "weekly", **ends}
    moments = moment_of("rule.schedule", begin, zone), moment_of("rule.schedule", end, zone)
    if moments[1] < moments[0]:
        raise invalid_parameter("rule.schedule", "must not end before it begins")
    return {"type": "fixed", "begin": moments[0].isoformat(), "end": moments[1].isoformat()}


_AS_READ: Term[Any] = Term({}, lambda name, value: value)
