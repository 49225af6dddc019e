"""Work on vehicles as clients write and read it, and when it is due (records §4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from accounts.wire.dates import GIVEN_DATE
from accounts.wire.errors import invalid_parameter
from accounts.wire.schema import list_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, NUMBER, between, line, one_of, printable, text
from records.rendering.documents import sent

STATUSES = ("created", "notified", "done", "expired")
MAX_LIMIT = 10_000_000
MAX_DAYS = 36_500
MAX_CONTACTS = 20
COUNTED = ("mileage", "engine_hours")
Limit = Annotated[int, between(1, MAX_LIMIT)]
Warning = Annotated[int, between(0, MAX_LIMIT), "so long before it is `notified`"]
Repeated = Annotated[int | None, between(1, MAX_LIMIT), "the limit of the next one; else the same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCondition:
    """Due when the counter has counted so much since the work was written down; kilometres or hours."""

    limit: Limit
    notification_interval: Warning = 0
    repeat_interval: Repeated = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateCondition:
    end: Annotated[datetime, GIVEN_DATE]
    notification_interval: Annotated[int, between(0, MAX_DAYS), "days before, when it is `notified`"] = 0
    repeat_interval: Annotated[int | None, between(1, MAX_DAYS), "days until the next one; else as long"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    mileage: Annotated[CountedCondition | None, sent(CountedCondition), "kilometres"] = None
    date: Annotated[DateCondition | None, sent(DateCondition)] = None
    engine_hours: Annotated[CountedCondition | None, sent(CountedCondition), "hours"] = None


def _check_conditions(name: str, conditions: Conditions) -> Conditions:
    if conditions == Conditions():
        raise invalid_parameter(name, "must have mileage, date or engine_hours")
    return conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Kept for programs; nothing is sent."""

    sms_phones: Annotated[tuple[str, ...], list_of(line(32), most=MAX_CONTACTS)] = ()
    emails: Annotated[tuple[str, ...], list_of(line(100), most=MAX_CONTACTS)] = ()
    push_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDocument:
    vehicle_id: int
    description: Annotated[str, printable(255)]
    comment: Annotated[str, line(255)] = ""
    cost: Annotated[float, between(0.0, 1e12)] = 0.0
    repeat: Annotated[bool, "another one is written down when it is done"] = False
    unplanned: bool = False
    conditions: Annotated[Conditions, sent(Conditions).then(_check_conditions)]
    notifications: Annotated[Notifications | None, sent(Notifications)] = None


_COUNTED = object_of(
    {"limit": INTEGER, "notification_interval": INTEGER, "repeat_interval": optional(nullable(INTEGER))}
)
_DATED = object_of({"end": DATE, "notification_interval": INTEGER, "repeat_interval": optional(nullable(INTEGER))})
_POSITION = object_of(
    {
        "mileage": said(nullable(NUMBER), "kilometres; null where nobody counts"),
        "date": DATE,
        "engine_hours": said(nullable(NUMBER), "hours; null where nobody counts"),
    }
)
SERVICE_TASK = record(
    "ServiceTask",
    id=ID,
    vehicle_id=ID,
    vehicle_label=text(),
    description=text(),
    comment=text(),
    cost=NUMBER,
    repeat=FLAG,
    unplanned=FLAG,
    conditions=object_of(
        {name: optional(_DATED if name == "date" else _COUNTED) for name in ("mileage", "date", "engine_hours")}
    ),
    notifications=object_of({"sms_phones": list_of(text()), "emails": list_of(text()), "push_enabled": FLAG}),
    status=said(one_of(*STATUSES), "notified: soon due; expired: overdue"),
    start=said(_POSITION, "what was counted when it was written down"),
    completion=said(nullable(_POSITION), "when it was done"),
    completion_date=nullable(DATE),
    creation_date=DATE,
    current_position=said(_POSITION, "now"),
    file_ids=said(list_of(ID), "always empty"),
    prediction=optional(object_of({"end_date": nullable(DATE), "wear_percentage": INTEGER})),
)


@dataclass(frozen=True, slots=True)
class Position:
    """What counters show at a time: kilometres and hours; None where nobody counts."""

    date: datetime
    mileage: float | None
    engine_hours: float | None

    def stored(self) -> dict[str, Any]:
        return {"date": self.date.isoformat(), "mileage": self.mileage, "engine_hours": self.engine_hours}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Position:
        return cls(datetime.fromisoformat(stored["date"]), stored["mileage"], stored["engine_hours"])


def worn(conditions: Mapping[str, Any], start: Position, now: Position) -> dict[str, float]:
    """What share of each condition's limit is used; 1 and more: it is due."""
    shares = {}
    for name, condition in conditions.items():
        if name == "date":
            end = datetime.fromisoformat(condition["end"])
            span = max(end - start.date, timedelta(seconds=1))
            shares[name] = 1.0 if now.date >= end else max((now.date - start.date) / span, 0.0)
        else:
            shares[name] = used(name, start, now) / condition["limit"]
    return shares


def used(name: str, start: Position, now: Position) -> float:
    """What a counter has counted since then."""
    return max((getattr(now, name) or 0.0) - (getattr(start, name) or 0.0), 0.0)


def status_of(conditions: Mapping[str, Any], start: Position, now: Position) -> str:
    """`expired` when a condition is due, `notified` when one soon is, else `created`."""
    if any(share >= 1 for share in worn(conditions, start, now).values()):
        return "expired"
    return "notified" if any(_is_near(name, one, start, now) for name, one in conditions.items()) else "created"


def _is_near(name: str, condition: Mapping[str, Any], start: Position, now: Position) -> bool:
    ahead = condition["notification_interval"]
    if name == "date":
        return datetime.fromisoformat(condition["end"]) - now.date <= timedelta(days=ahead)
    return bool(condition["limit"] - used(name, start, now) <= ahead)


def next_conditions(conditions: Mapping[str, Any], start: Position, now: datetime) -> dict[str, Any]:
    """Those of the work that comes after one that is done now."""
    following = {}
    for name, condition in conditions.items():
        repeated = condition["repeat_interval"]
        if name == "date":
            end = datetime.fromisoformat(condition["end"])
            span = timedelta(days=repeated) if repeated else max(end - start.date, timedelta(days=1))
            following[name] = {**condition, "end": (now + span).isoformat()}
        else:
            following[name] = {**condition, "limit": repeated or condition["limit"]}
    return following
