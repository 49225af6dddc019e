"""The calls about groups of trackers (api §3.3). Group 0 stands for none and is never listed."""

from __future__ import annotations

import re

from accounts.api.call import ApiCall, Fields
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.rights import Right
from trackers.calls.lookup import find_group, find_trackers, read_label, read_tracker_ids
from trackers.models import Group
from trackers.services import groups as group_services

_COLOR = re.compile(r"[0-9A-Fa-f]{6}")


def list_groups(call: ApiCall) -> Fields:
    """`tracker/group/list`: the account's groups, by title."""
    groups = Group.objects.filter(account=call.principal().account_id).order_by("title", "pk")
    return {"list": [{"id": group.pk, "title": group.title, "color": group.color} for group in groups]}


def create_group(call: ApiCall) -> Fields:
    """`tracker/group/create`: a new, empty group."""
    principal = call.permitted(Right.ADMIN)
    title, color = read_label(call.parameters, "title"), _read_color(call.parameters)
    return {"id": group_services.create_group(principal.account_id, title=title, color=color).pk}


def update_group(call: ApiCall) -> Fields:
    """`tracker/group/update`: another title and color."""
    principal = call.permitted(Right.ADMIN)
    group_id = call.parameters.integer("id")
    title, color = read_label(call.parameters, "title"), _read_color(call.parameters)
    group_services.change_group(_find(principal, group_id), title=title, color=color)
    return {}


def delete_group(call: ApiCall) -> Fields:
    """`tracker/group/delete`: its trackers are in group 0 then."""
    principal = call.permitted(Right.ADMIN)
    group_services.remove_group(_find(principal, call.parameters.integer("id")))
    return {}


def assign_group(call: ApiCall) -> Fields:
    """`tracker/group/assign`: puts trackers into a group, or into group 0."""
    principal = call.permitted(Right.ADMIN)
    group_id = call.parameters.integer("id")
    tracker_ids = read_tracker_ids(call.parameters)
    group = find_group(principal, group_id, missing=ErrorCode.NOT_FOUND)
    find_trackers(principal, tracker_ids)
    group_services.assign_group(principal.account_id, tracker_ids, group)
    return {}


def _find(principal: Principal, group_id: int) -> Group:
    group = find_group(principal, group_id, missing=ErrorCode.NOT_FOUND)
    if group is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return group


def _read_color(parameters: Parameters) -> str:
    color = parameters.text("color", max_length=6)
    if not _COLOR.fullmatch(color):
        raise invalid_parameter("color", "must be six hex digits")
    return color
