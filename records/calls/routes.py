"""The calls about routes, which are tasks in an order (records §7.3)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.schema import Optional, list_of, said
from accounts.wire.terms import Schema
from records.calls.listing import Part, listed
from records.calls.tasks import (
    WRITES,
    After,
    Assignee,
    Before,
    Wanted,
    assign,
    choose,
    count_external_ids,
    find_kind,
    render_route,
    task_columns,
)
from records.models import Task, TaskKind
from records.rendering.documents import Known, columns_of, known, sent
from records.rendering.tasks import EXTERNAL_IDS, ROUTE, CheckpointDocument, RouteDocument
from records.services import keeping, tasks
from records.services.tasks import Stop
from trackers.calls.lookup import find_tracker

MAX_CHECKPOINTS = 200
NewRoute = Annotated[RouteDocument, sent(RouteDocument)]
KnownRoute = Annotated[Known[RouteDocument], known(RouteDocument)]
CHECKPOINTS = list_of(sent(CheckpointDocument), least=1, most=MAX_CHECKPOINTS)
Checkpoints = Annotated[tuple[CheckpointDocument, ...], said(CHECKPOINTS, "in their order")]
RESULT: dict[str, Schema | Optional] = {"result": ROUTE, "external_id_counts": EXTERNAL_IDS}


@call("task/route/list", gives={"list": list_of(ROUTE)})
def list_routes(call: UserCall, wanted: Wanted, part: Part, since: After = None, until: Before = None) -> Fields:
    """The account's routes."""
    rows = choose(call, [TaskKind.ROUTE], wanted, since, until)
    shown, _ = listed((render_route(call, row) for row in rows), part, (), ("label", "description"))
    return {"list": shown}


@call("task/route/read", gives={"value": ROUTE}, codes=(201,))
def read_route(call: UserCall, route_id: int) -> Fields:
    """One route; `task/read` has its checkpoints, too."""
    return {"value": render_route(call, find_kind(call.caller, TaskKind.ROUTE, route_id))}


@call("task/route/create", right=WRITES, gives=RESULT, codes=(201, 208, 217, 268))
def create_route(call: UserCall, route: NewRoute, checkpoints: Checkpoints) -> Fields:
    """A new route with its checkpoints, a tracker's or nobody's."""
    if route.tracker_id is not None:
        find_tracker(call.caller, route.tracker_id)
    row = Task(account_id=call.caller.account_id, kind=TaskKind.ROUTE)
    return _save(call, row, route, checkpoints)


@call("task/route/update", right=WRITES, gives=RESULT, codes=(201, 217, 268))
def update_route(call: UserCall, route: KnownRoute, checkpoints: Checkpoints) -> Fields:
    """Puts what is sent in the place of a route; checkpoints that are not sent are removed, whose it is stays."""
    return _save(call, find_kind(call.caller, TaskKind.ROUTE, route.id), route.document, checkpoints)


def _save(call: UserCall, row: Task, route: RouteDocument, checkpoints: tuple[CheckpointDocument, ...]) -> Fields:
    values = columns_of(route)
    if row.pk is not None:
        del values["tracker_id"]
    counts = count_external_ids(call, [one.external_id for one in checkpoints if one.id is None])
    tasks.save_route(row, values, route.tags, [_stop(call, one) for one in checkpoints])
    return {"result": render_route(call, row), **counts}


def _stop(call: UserCall, checkpoint: CheckpointDocument) -> Stop:
    columns = task_columns(call, "checkpoints", checkpoint)
    del columns["tracker_id"], columns["id"]
    return Stop(checkpoint.id, columns, checkpoint.tags)


@call("task/route/assign", right=WRITES, codes=(201, 204, 208))
def assign_route(call: UserCall, route_id: int, tracker_id: Assignee = None) -> None:
    """Makes a route with its checkpoints a tracker's, or nobody's."""
    assign(call, TaskKind.ROUTE, route_id, tracker_id)


@call("task/route/delete", right=WRITES, codes=(201,))
def delete_route(call: UserCall, route_id: int) -> None:
    """Removes a route with its checkpoints."""
    keeping.remove(find_kind(call.caller, TaskKind.ROUTE, route_id))
