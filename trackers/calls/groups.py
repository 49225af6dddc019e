"""The calls about groups of trackers (api §3.3). Group 0 stands for none and is never listed."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal, first_of
from accounts.wire.description import Example
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import ID, shaped, text
from trackers.calls.lookup import SeveralTrackers, Title, one_group
from trackers.models import Group
from trackers.services import groups as services

COLOR = said(shaped("^[0-9A-Fa-f]{6}$", "six hex digits", most=6), "red, green and blue, as 1E96DC")
GROUP = record("Group", id=ID, title=text(), color=COLOR)
Color = Annotated[str, COLOR]


def _find(caller: Principal, group_id: int) -> Group:
    return first_of(Group.objects.filter(account=caller.account_id, pk=group_id))


ListedGroup = Annotated[Group, Found("id", said(ID, "a group's `id` in `tracker/group/list`"), _find, codes=(201,))]


@call("tracker/group/list", gives={"list": list_of(GROUP)})
def list_groups(call: UserCall) -> Fields:
    """The account's groups, by title."""
    groups = Group.objects.filter(account=call.caller.account_id).order_by("title", "pk")
    return {"list": [{"id": group.pk, "title": group.title, "color": group.color} for group in groups]}


@call(
    "tracker/group/create",
    right=Right.ADMIN,
    gives={"id": said(ID, "of the group")},
    codes=(267,),
    example=Example({"title": "Vans", "color": "1E96DC"}, {"id": 12}),
)
def create_group(call: UserCall, title: Title, color: Color) -> Fields:
    """A new, empty group."""
    return {"id": services.create_group(call.caller.account_id, title=title, color=color).pk}


@call("tracker/group/update", right=Right.ADMIN)
def update_group(call: UserCall, group: ListedGroup, title: Title, color: Color) -> None:
    """Gives a group another title and color."""
    services.change_group(group, title=title, color=color)


@call("tracker/group/delete", right=Right.ADMIN)
def delete_group(call: UserCall, group: ListedGroup) -> None:
    """Removes a group; its trackers are in group 0 then."""
    services.remove_group(group)


@call("tracker/group/assign", right=Right.ADMIN)
def assign_group(
    call: UserCall,
    group: Annotated[Group | None, one_group("id", "0: into none", missing=ErrorCode.NOT_FOUND)],
    trackers: SeveralTrackers,
) -> None:
    """Puts trackers into a group."""
    services.assign_group(call.caller.account_id, [tracker.pk for tracker in trackers], group)
