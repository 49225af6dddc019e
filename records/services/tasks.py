"""What drivers are to do: tasks, and routes with their checkpoints (records §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.wire.errors import ApiError, ErrorCode
from records.models import Task, TaskKind, TaskStatus
from records.services import keeping
from records.services.keeping import Values


@dataclass(frozen=True, slots=True)
class Stop:
    """A checkpoint of a route, as it is to be."""

    task_id: int | None
    """Of the one that is there."""
    values: Values
    tag_ids: Sequence[int]


def own_status(tracker_id: int | None) -> dict[str, Any]:
    """The columns of a task that is somebody's, or nobody's."""
    status = TaskStatus.UNASSIGNED if tracker_id is None else TaskStatus.ASSIGNED
    return {"tracker_id": tracker_id, "status": status, "status_changed_at": timezone.now()}


@transaction.atomic
def assign(task: Task, tracker_id: int | None) -> None:
    """Makes a task, or a route with its checkpoints, a tracker's or nobody's. Raises ApiError NOT_FOUND."""
    keeping.change(task, own_status(tracker_id))
    for checkpoint in task.checkpoints.all():
        keeping.change(checkpoint, own_status(tracker_id))


@transaction.atomic
def save_route(route: Task, values: Values, tag_ids: Sequence[int], stops: Sequence[Stop]) -> Task:
    """Stores a route, new or known, with these checkpoints in this order; others that it had are removed.

    Raises ApiError: NOT_FOUND for a checkpoint that is not the route's, and as `keeping.add` and `change`.
    """
    ends = {"begins_at": _first(stops), "ends_at": _last(stops)}
    if route.pk is None:
        keeping.add(route, {**values, **ends, **own_status(values.get("tracker_id"))}, tag_ids)
    else:
        keeping.change(route, {**values, **ends}, tag_ids)
    known = {one.pk: one for one in route.checkpoints.all()}
    kept = [_save_stop(route, known, position, stop).pk for position, stop in enumerate(stops)]
    route.checkpoints.exclude(pk__in=kept).delete()
    return route


def _save_stop(route: Task, known: dict[int, Task], position: int, stop: Stop) -> Task:
    place = {**stop.values, "position": position}
    if stop.task_id is not None:
        if stop.task_id not in known:
            raise ApiError(ErrorCode.NOT_FOUND)
        return keeping.change(known[stop.task_id], place, stop.tag_ids)
    row = Task(account_id=route.account_id, kind=TaskKind.CHECKPOINT, route=route)
    return keeping.add(row, {**place, **own_status(route.tracker_id)}, stop.tag_ids)


def _first(stops: Sequence[Stop]) -> datetime | None:
    return min((stop.values["begins_at"] for stop in stops), default=None)


def _last(stops: Sequence[Stop]) -> datetime | None:
    return max((stop.values["ends_at"] for stop in stops), default=None)
