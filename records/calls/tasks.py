"""The calls about tasks (records §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal
from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.description import Example
from accounts.wire.errors import ErrorCode, invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import any_of, list_of, optional, said
from accounts.wire.signature import Found
from accounts.wire.terms import ID, INTEGER, line, one_of
from records.calls.listing import Conditions, Document, Order, Part, listed, sort_by
from records.calls.lookup import find, named
from records.models import Task, TaskKind
from records.rendering.documents import Known, columns_of, known, sent
from records.rendering.tasks import CHECKPOINT, EXTERNAL_IDS, LISTED_ROUTE, ROUTE, STATUSES, TASK, TaskDocument
from records.services import keeping, tasks
from records.services.selectors import visible
from trackers.calls.lookup import find_tracker

WRITES = Right.TASK_UPDATE
NewTask = Annotated[TaskDocument, sent(TaskDocument)]
KnownTask = Annotated[Known[TaskDocument], known(TaskDocument)]
AnyTask = Annotated[Task, named("task_id", Task)]
SORTED = (
    *("id", "employee", "status", "label", "location", "from", "to", "status_change_date", "arrival_date"),
    *("stay_duration", "description", "external_id"),
)
SEARCHED = ("label", "description", "location", "external_id", "employee")
MAX_FILTERS = 10


def as_sent(caller: Principal, value: datetime) -> datetime:
    return value


After = Annotated[datetime | None, Found("from", said(GIVEN_DATE, "only what ends after it"), as_sent)]
Before = Annotated[datetime | None, Found("to", said(GIVEN_DATE, "only what begins before it"), as_sent)]
Statuses = Annotated[tuple[str, ...], list_of(one_of(*STATUSES)), "none: all"]
Trackers = Annotated[tuple[int, ...], list_of(ID), "only theirs"]
Types = Annotated[tuple[str, ...], list_of(one_of(TaskKind.TASK.value, TaskKind.ROUTE.value), least=1)]
Assignee = Annotated[int | None, "whose it is to be; null: nobody's"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks or routes are listed."""

    statuses: Statuses = ()
    trackers: Trackers = ()


def choose(
    call: UserCall, kinds: Collection[str], wanted: Wanted, since: datetime | None, until: datetime | None
) -> QuerySet[Task]:
    """Those of the rows that are wanted."""
    rows = visible(Task, call.caller).filter(kind__in=kinds).select_related("tracker__driver")
    rows = rows.filter(status__in=wanted.statuses) if wanted.statuses else rows
    rows = rows.filter(tracker__in=wanted.trackers) if wanted.trackers else rows
    if since is not None:
        rows = rows.filter(ends_at__gte=moment_of("from", since, call.caller.zone))
    if until is not None:
        rows = rows.filter(begins_at__lte=moment_of("to", until, call.caller.zone))
    return rows.prefetch_related("tags")


@call(
    "task/list",
    gives={"list": list_of(any_of(TASK, LISTED_ROUTE)), "count": said(INTEGER, "with those of other parts")},
)
def list_tasks(
    call: UserCall,
    wanted: Wanted,
    part: Part,
    since: After = None,
    until: Before = None,
    types: Types = (TaskKind.TASK,),
    external_id: Annotated[str, line(64)] = "",
    conditions: Conditions = (),
    filters: Annotated[tuple[str, ...], list_of(line(100), most=MAX_FILTERS), "each must be found"] = (),
    tag_ids: Annotated[tuple[int, ...], list_of(ID, most=50), "only tasks with all of these"] = (),
    sort: Annotated[tuple[Order, ...], sort_by(*SORTED)] = (),
) -> Fields:
    """The account's tasks that are of no route; its routes with their checkpoints, if `types` asks for them."""
    rows = choose(call, types, wanted, since, until)
    rows = rows.filter(external_id=external_id) if external_id else rows
    for tag_id in tag_ids:
        rows = rows.filter(tags=tag_id)
    words = {row.pk: _words(row) for row in rows}
    documents = [_render_listed(call, row) for row in rows]
    for text in filters:
        documents, _ = listed(documents, Part(filter=text), (), SEARCHED[:3], lambda one: words[one["id"]])
    shown, count = listed(documents, part, sort, SEARCHED, lambda one: words[one["id"]])
    return {"list": shown, "count": count}


def _render_listed(call: UserCall, row: Task) -> Document:
    if row.kind == TaskKind.TASK:
        return render_task(call, row)
    return {**render_route(call, row), "checkpoints": [render_task(call, one) for one in _checkpoints(row)]}


def _words(row: Task) -> Fields:
    driver = getattr(row.tracker, "driver", None)
    who = str(driver or (row.tracker.label if row.tracker else ""))
    return {"location": row.address, "employee": who}


@call("task/count", gives={"count": INTEGER})
def count_tasks(call: UserCall) -> Fields:
    """How many tasks there are that are of no route."""
    return {"count": visible(Task, call.caller).filter(kind=TaskKind.TASK).count()}


@call(
    "task/read",
    gives={"value": any_of(TASK, CHECKPOINT, ROUTE), "checkpoints": optional(list_of(CHECKPOINT))},
)
def read_task(call: UserCall, task: AnyTask) -> Fields:
    """One task, checkpoint, or route with its checkpoints."""
    if task.kind != TaskKind.ROUTE:
        return {"value": render_task(call, task)}
    return {"value": render_route(call, task), "checkpoints": [render_task(call, one) for one in _checkpoints(task)]}


@call(
    "task/create",
    right=WRITES,
    gives={"id": ID, "external_id_counts": EXTERNAL_IDS},
    codes=(201, 208, 217, 268),
    example=Example(
        {
            "task": {
                "label": "Deliver parcels",
                "location": {"lat": 47.5, "lng": 19.04, "radius": 150},
                "from": "2024-05-02 08:00:00",
                "to": "2024-05-02 12:00:00",
            }
        },
        {"id": 9},
    ),
)
def create_task(call: UserCall, task: NewTask) -> Fields:
    """A new task, a tracker's or nobody's."""
    columns = task_columns(call, "task", task)
    if task.tracker_id is not None:
        find_tracker(call.caller, task.tracker_id)
    counts = count_external_ids(call, [task.external_id])
    row = Task(account_id=call.caller.account_id)
    keeping.add(row, {**columns, **tasks.own_status(task.tracker_id)}, task.tags)
    return {"id": row.pk, **counts}


@call("task/update", right=WRITES, gives={"external_id_counts": EXTERNAL_IDS}, codes=(201, 217))
def update_task(call: UserCall, task: KnownTask) -> Fields:
    """Puts what is sent in the place of all that was known of a task; whose it is stays."""
    row = find_kind(call.caller, TaskKind.TASK, task.id)
    columns = task_columns(call, "task", task.document)
    del columns["tracker_id"]
    counts = count_external_ids(call, [task.document.external_id], besides=row.pk)
    keeping.change(row, columns, task.document.tags)
    return counts


@call("task/assign", right=WRITES, codes=(201, 204, 208))
def assign_task(call: UserCall, task_id: int, tracker_id: Assignee = None) -> None:
    """Makes a task a tracker's, or nobody's."""
    assign(call, TaskKind.TASK, task_id, tracker_id)


def assign(call: UserCall, kind: TaskKind, task_id: int, tracker_id: int | None) -> None:
    """Raises ApiError: NOT_FOUND without such a task, ENTITY_NOT_FOUND or DEVICE_BLOCKED because of the tracker."""
    row = find_kind(call.caller, kind, task_id)
    if tracker_id is not None:
        find_tracker(call.caller, tracker_id, missing=ErrorCode.ENTITY_NOT_FOUND)
    tasks.assign(row, tracker_id)


@call("task/delete", right=WRITES, codes=(201,))
def delete_task(call: UserCall, task_id: int) -> None:
    """Removes a task."""
    keeping.remove(find_kind(call.caller, TaskKind.TASK, task_id))


def find_kind(caller: Principal, kind: TaskKind, task_id: int) -> Task:
    """A task or route that the caller may see. Raises ApiError NOT_FOUND."""
    return find(Task, caller, task_id, kind=kind)


def task_columns(call: UserCall, name: str, task: TaskDocument) -> dict[str, Any]:
    """What is stored of a task. Raises ApiError INVALID_PARAMETERS unless it ends after it begins."""
    columns = columns_of(task)
    columns["begins_at"] = moment_of(f"{name}.from", columns.pop("since"), call.caller.zone)
    columns["ends_at"] = moment_of(f"{name}.to", columns.pop("until"), call.caller.zone)
    if columns["begins_at"] >= columns["ends_at"]:
        raise invalid_parameter(f"{name}.to", "must be after from")
    return columns


def count_external_ids(call: UserCall, ids: Iterable[str | None], *, besides: int | None = None) -> Fields:
    """How many other tasks have these ids, where there are any."""
    rows = Task.objects.filter(account=call.caller.account_id)
    rows = rows if besides is None else rows.exclude(pk=besides)
    found = [{"external_id": one, "count": rows.filter(external_id=one).count()} for one in dict.fromkeys(ids) if one]
    counts = [one for one in found if one["count"]]
    return {"external_id_counts": counts} if counts else {}


def _checkpoints(route: Task) -> QuerySet[Task]:
    return route.checkpoints.order_by("position").prefetch_related("tags")


def render_task(call: UserCall, row: Task) -> Document:
    """A task or a checkpoint."""
    return {
        **_render_common(call, row),
        "location": row.location,
        "max_delay": row.max_delay,
        "min_stay_duration": row.min_stay_duration,
        "arrival_date": None,
        "stay_duration": 0,
    }


def render_route(call: UserCall, row: Task) -> Document:
    """A route with the ids of its checkpoints, in order."""
    return {**_render_common(call, row), "checkpoint_ids": [one.pk for one in _checkpoints(row)]}


def _render_common(call: UserCall, row: Task) -> Document:
    return {
        "id": row.pk,
        "user_id": row.account_id,
        "tracker_id": row.tracker_id,
        "label": row.label,
        "description": row.description,
        "creation_date": call.date_of(row.created_at),
        "from": call.date_of(row.begins_at),
        "to": call.date_of(row.ends_at),
        "external_id": row.external_id or None,
        "status": row.status,
        "status_change_date": call.date_of(row.status_changed_at),
        "origin": "manual",
        "tags": [tag.pk for tag in row.tags.all()],
        "type": row.kind,
    }
