"""The calls about tags (records §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import Optional, list_of, object_of, optional, said
from accounts.wire.terms import ID, line, one_of
from records.calls.lookup import find, one_or_several
from records.calls.tasks import render_task
from records.models import Employee, Place, Tag, Task, TaskKind, Vehicle
from records.rendering.documents import Known, columns_of, known, sent
from records.rendering.people import EMPLOYEE, render_employee
from records.rendering.places import PLACE, render_place
from records.rendering.tags import MAX_TAGS_OF_TRACKER, TAG, TagBinding, TagDocument, render_tag
from records.rendering.tasks import TASK
from records.rendering.vehicles import VEHICLE, render_vehicle
from records.services import keeping, tags
from records.services.selectors import visible
from trackers.calls.lookup import Seen
from trackers.calls.trackers import TRACKER, render_tracker
from trackers.services.selectors import visible_trackers
from trackers.services.tagging import tags_of

WRITES = Right.TAG_UPDATE
NewTag = Annotated[TagDocument, sent(TagDocument)]
KnownTag = Annotated[Known[TagDocument], known(TagDocument)]
Bindings = Annotated[tuple[TagBinding, ...], list_of(sent(TagBinding), most=MAX_TAGS_OF_TRACKER)]


@call("tag/list", gives={"list": list_of(TAG)})
def list_tags(call: UserCall, filter: Annotated[str, line(60), "only names that have this text"] = "") -> Fields:
    """The account's tags."""
    wanted = filter.casefold()
    rows = [row for row in visible(Tag, call.caller) if wanted in row.name.casefold()]
    return {"list": list(map(render_tag, rows))}


@call("tag/create", right=WRITES, gives={"id": ID}, codes=(268,))
def create_tag(call: UserCall, tag: NewTag) -> Fields:
    """A new tag."""
    return {"id": keeping.add(Tag(account_id=call.caller.account_id), columns_of(tag)).pk}


@call("tag/update", right=WRITES, codes=(201,))
def update_tag(call: UserCall, tag: KnownTag) -> None:
    """Gives a tag another name and color."""
    keeping.change(find(Tag, call.caller, tag.id), columns_of(tag.document))


@call("tag/delete", right=WRITES, codes=(201,))
def delete_tags(
    call: UserCall,
    tag_id: int | None = None,
    tag_ids: Annotated[tuple[int, ...] | None, list_of(ID), "those that are not there are passed over"] = None,
) -> None:
    """Removes a tag, or several, from all that has it."""
    for row in one_or_several(call.caller, Tag, tag_id=tag_id, tag_ids=tag_ids):
        keeping.remove(row)


@call("tracker/tags/set", right=Right.TRACKER_UPDATE, codes=(217,))
def set_tracker_tags(call: UserCall, tracker: Seen, tag_bindings: Bindings) -> None:
    """Puts tags in the place of all that a tracker had; `tag/search` finds it by them."""
    by_ordinal = {one.ordinal: one.tag_id for one in tag_bindings}
    if len(by_ordinal) < len(tag_bindings) or len(set(by_ordinal.values())) < len(tag_bindings):
        raise invalid_parameter("tag_bindings", "must not repeat a tag or an ordinal")
    tags.set_tracker_tags(tracker, by_ordinal)


def _search(model: Any, render: Callable[[UserCall, Any], Fields], **only: Any) -> Callable[..., list[Fields]]:
    def search(call: UserCall, tag_ids: tuple[int, ...]) -> list[Fields]:
        rows = visible(model, call.caller).filter(**only).prefetch_related("tags")
        for tag_id in tag_ids:
            rows = rows.filter(tags=tag_id)
        return [render(call, row) for row in rows]

    return search


def _search_trackers(call: UserCall, tag_ids: tuple[int, ...]) -> list[Fields]:
    rows = visible_trackers(call.caller)
    for tag_id in tag_ids:
        rows = rows.filter(tracker_tags__tag=tag_id)
    tags = tags_of(call.caller.account_id)
    return [render_tracker(row, tags.get(row.pk, ())) for row in rows]


_KINDS: dict[str, tuple[Any, Callable[..., list[Fields]]]] = {
    "place": (PLACE, _search(Place, lambda call, row: render_place(row))),
    "task": (TASK, _search(Task, render_task, kind=TaskKind.TASK)),
    "employee": (EMPLOYEE, _search(Employee, lambda call, row: render_employee(row))),
    "vehicle": (VEHICLE, _search(Vehicle, lambda call, row: render_vehicle(row))),
    "tracker": (TRACKER, _search_trackers),
}
_NEVER = ("zone", "task_schedule")
FOUND: dict[str, Optional] = {name: optional(list_of(schema)) for name, (schema, _) in _KINDS.items()}
NOTHING = said(list_of({}, most=0), "always empty: these are not searched")


@call(
    "tag/search",
    gives={"result": object_of({**FOUND, **{name: optional(NOTHING) for name in _NEVER}})},
)
def search_by_tags(
    call: UserCall,
    tag_ids: Annotated[tuple[int, ...], list_of(ID, least=1, most=50)],
    entity_types: Annotated[tuple[str, ...], list_of(one_of(*_KINDS, *_NEVER)), "none: all"] = (),
) -> Fields:
    """What has all of these tags, by what it is."""
    wanted = entity_types or (*_KINDS, *_NEVER)
    return {"result": {name: _KINDS[name][1](call, tag_ids) if name in _KINDS else [] for name in wanted}}
