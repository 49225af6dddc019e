"""Tasks and routes as clients write and read them (records §7). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from accounts.wire.dates import GIVEN_DATE
from accounts.wire.schema import Optional, list_of, nullable, object_of, optional, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, ID, INTEGER, Schema, between, line, one_of, printable, text
from records.rendering.documents import AREA, Area, Tags

STATUSES = ("unassigned", "assigned", "done", "failed", "delayed", "arrived", "faulty")
MAX_MINUTES = 7 * 24 * 60


def _as_sent(caller: Any, value: datetime) -> datetime:
    return value


Since = Annotated[datetime, Found("from", said(GIVEN_DATE, "not to be visited before"), _as_sent)]
Until = Annotated[datetime, Found("to", said(GIVEN_DATE, "nor after"), _as_sent)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDocument:
    tracker_id: Annotated[int | None, "whose task it is; not looked at in an update"] = None
    location: Annotated[Area, AREA]
    label: Annotated[str, printable(200)]
    description: Annotated[str, line(1024)] = ""
    since: Since
    until: Until
    external_id: Annotated[str | None, line(64)] = None
    max_delay: Annotated[int, between(0, MAX_MINUTES), "minutes"] = 0
    min_stay_duration: Annotated[int, between(0, MAX_MINUTES), "minutes"] = 0
    tags: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointDocument(TaskDocument):
    id: Annotated[int | None, "of a checkpoint that the route has"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDocument:
    tracker_id: Annotated[int | None, "whose route it is; not looked at in an update"] = None
    label: Annotated[str, printable(200)]
    description: Annotated[str, line(1024)] = ""
    external_id: Annotated[str | None, line(64)] = None
    tags: Tags = ()


_COMMON: dict[str, Schema | Optional] = {
    "id": ID,
    "user_id": said(ID, "the account's"),
    "tracker_id": nullable(ID),
    "label": text(),
    "description": text(),
    "creation_date": DATE,
    "from": nullable(DATE),
    "to": nullable(DATE),
    "external_id": nullable(text()),
    "status": one_of(*STATUSES),
    "status_change_date": DATE,
    "origin": one_of("manual"),
    "tags": list_of(ID),
}
_VISIT: dict[str, Schema | Optional] = {
    "location": AREA,
    "max_delay": said(INTEGER, "minutes"),
    "min_stay_duration": said(INTEGER, "minutes"),
    "arrival_date": nullable(DATE),
    "stay_duration": said(INTEGER, "seconds"),
}
TASK = record("Task", **_COMMON, **_VISIT, type=one_of("task"))
CHECKPOINT = record("Checkpoint", **_COMMON, **_VISIT, type=one_of("checkpoint"))
_ROUTE: dict[str, Schema | Optional] = {**_COMMON, "checkpoint_ids": list_of(ID), "type": one_of("route")}
ROUTE = record("Route", **_ROUTE)
LISTED_ROUTE = record("ListedRoute", **_ROUTE, checkpoints=list_of(CHECKPOINT))
EXTERNAL_IDS = optional(
    said(list_of(object_of({"external_id": text(), "count": INTEGER})), "how many other tasks have the same one")
)
