"""The calls about work on vehicles (records §4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import list_of
from accounts.wire.terms import ID, one_of
from records.calls.listing import Conditions, Order, Part, listed, sort_by
from records.calls.lookup import find, named, one_or_several
from records.models import ServiceTask, Vehicle
from records.rendering.documents import Known, known, sent
from records.rendering.service import SERVICE_TASK, STATUSES, Position, ServiceDocument, status_of, worn
from records.services import keeping, maintenance
from records.services.selectors import visible

WRITES = Right.VEHICLE_UPDATE
SORTED = ("id", "vehicle", "vehicle_id", "description", "comment", "creation_date", "status", "cost", "predicted_date")
SEARCHED = ("vehicle", "description", "comment", "status")
NewTask = Annotated[ServiceDocument, sent(ServiceDocument)]
KnownTask = Annotated[Known[ServiceDocument], known(ServiceDocument)]
ATask = Annotated[ServiceTask, named("task_id", ServiceTask, missing=ErrorCode.ENTITY_NOT_FOUND)]
WithPrediction = Annotated[bool, "with `prediction`"]
Statuses = Annotated[tuple[str, ...], list_of(one_of(*STATUSES))]


@call("vehicle/service_task/list", gives={"list": list_of(SERVICE_TASK)})
def list_service_tasks(
    call: UserCall,
    part: Part,
    only_unplanned: bool = False,
    vehicle_ids: Annotated[tuple[int, ...], list_of(ID)] = (),
    statuses: Statuses = (),
    conditions: Conditions = (),
    sort: Annotated[tuple[Order, ...], sort_by(*SORTED)] = (),
    return_prediction: WithPrediction = True,
) -> Fields:
    """Work on the vehicles of the account."""
    rows = visible(ServiceTask, call.caller).select_related("vehicle__tracker")
    rows = rows.filter(unplanned=True) if only_unplanned else rows
    rows = rows.filter(vehicle__in=vehicle_ids) if vehicle_ids else rows
    documents = _render_all(call, list(rows), with_prediction=return_prediction)
    wanted = [one for one in documents if not statuses or one["status"] in statuses]
    shown, _ = listed(wanted, part, sort, SEARCHED, _words)
    return {"list": shown}


def _words(one: Fields) -> Fields:
    end = one["conditions"].get("date", {}).get("end")
    return {"vehicle": one["vehicle_label"], "predicted_date": end}


@call("vehicle/service_task/read", gives={"value": SERVICE_TASK})
def read_service_task(call: UserCall, task: ATask, return_prediction: WithPrediction = True) -> Fields:
    """One piece of work."""
    return {"value": _render_all(call, [task], with_prediction=return_prediction)[0]}


@call("vehicle/service_task/create", right=WRITES, gives={"id": ID}, codes=(201, 214, 268))
def create_service_task(call: UserCall, task: NewTask) -> Fields:
    """Writes down work on a vehicle; what its counters show now is its begin."""
    vehicle = find(Vehicle, call.caller, task.vehicle_id)
    row = ServiceTask(account_id=call.caller.account_id)
    return {"id": maintenance.write_down(row, task, vehicle, call.caller.zone, timezone.now()).pk}


@call("vehicle/service_task/update", right=WRITES, codes=(201, 204, 214))
def update_service_task(call: UserCall, task: KnownTask) -> None:
    """Puts what is sent in the place of all that was known of the work; its begin stays."""
    row = find(ServiceTask, call.caller, task.id, missing=ErrorCode.ENTITY_NOT_FOUND)
    missing = ErrorCode.ENTITY_NOT_FOUND
    vehicle = find(Vehicle, call.caller, task.document.vehicle_id, missing=missing)
    maintenance.write_down(row, task.document, vehicle, call.caller.zone, timezone.now())


@call("vehicle/service_task/set_status", right=WRITES, codes=(268,))
def set_service_status(call: UserCall, task: ATask, status: Annotated[str, one_of("done")]) -> None:
    """Notes that work is done; if it is to be repeated, the next one is written down."""
    maintenance.set_done(task, timezone.now())


@call("vehicle/service_task/delete", right=WRITES, codes=(201,))
def delete_service_tasks(
    call: UserCall,
    task_id: int | None = None,
    task_ids: Annotated[tuple[int, ...] | None, list_of(ID), "those that are not there are passed over"] = None,
) -> None:
    """Removes a piece of work, or several."""
    for row in one_or_several(call.caller, ServiceTask, task_id=task_id, task_ids=task_ids):
        keeping.remove(row)


def _render_all(call: UserCall, rows: list[ServiceTask], *, with_prediction: bool) -> list[Fields]:
    now = timezone.now()
    positions = maintenance.positions_of([row.vehicle for row in rows], now)
    nothing = Position(now, None, None)
    return [_render(call, row, positions.get(row.vehicle_id, nothing), with_prediction=with_prediction) for row in rows]


def _render(call: UserCall, row: ServiceTask, position: Position, *, with_prediction: bool) -> Fields:
    start, completion = Position.of(row.start), Position.of(row.completion) if row.completion else None
    reached = completion or position
    shown = {
        "id": row.pk,
        "vehicle_id": row.vehicle_id,
        "vehicle_label": row.vehicle.label,
        **{name: getattr(row, name) for name in ("description", "comment", "cost", "repeat", "unplanned")},
        "conditions": {name: _render_condition(call, name, one) for name, one in row.conditions.items()},
        "notifications": row.notifications,
        "status": "done" if completion else status_of(row.conditions, start, position),
        "start": _render_position(call, start),
        "completion": None if completion is None else _render_position(call, completion),
        "completion_date": call.date_of(row.done_at),
        "creation_date": call.date_of(row.created_at),
        "current_position": _render_position(call, position),
        "file_ids": [],
    }
    if with_prediction:
        shown["prediction"] = _predict(shown, worn(row.conditions, start, reached))
    return shown


def _predict(shown: Fields, shares: dict[str, float]) -> Fields:
    percent = int(max(shares.values()) * 100)
    return {"end_date": shown["conditions"].get("date", {}).get("end"), "wear_percentage": percent}


def _render_condition(call: UserCall, name: str, condition: dict[str, Any]) -> Fields:
    if name != "date":
        return condition
    return {**condition, "end": call.date_of(datetime.fromisoformat(condition["end"]))}


def _render_position(call: UserCall, position: Position) -> Fields:
    return {**position.stored(), "date": call.date_of(position.date)}
