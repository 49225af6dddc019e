"""The calls by which a master says which trackers a sub-user may see (contract 2.7). All need the right `admin`."""

from __future__ import annotations

from accounts.api import ApiCall, Fields
from accounts.models import User
from accounts.rights import Right
from accounts.sub_user_views import sub_user_for
from trackers import access_services
from trackers.finding import read_tracker_ids

MAX_BOUND = 10_000


def list_bound(call: ApiCall) -> Fields:
    """`subuser/tracker/list`: the ids of the trackers that a sub-user may see."""
    master = call.permitted(Right.ADMIN)
    sub_user = sub_user_for(master, call.parameters.integer("subuser_id"))
    bound = sub_user.bound_trackers.filter(account_id=master.account_id).order_by("pk")
    return {"list": list(bound.values_list("pk", flat=True))}


def bind(call: ApiCall) -> Fields:
    """`subuser/tracker/bind`: lets a sub-user see trackers."""
    access_services.bind_trackers(*_read(call))
    return {}


def unbind(call: ApiCall) -> Fields:
    """`subuser/tracker/unbind`: hides trackers from a sub-user."""
    access_services.unbind_trackers(*_read(call))
    return {}


def _read(call: ApiCall) -> tuple[User, tuple[int, ...]]:
    master = call.permitted(Right.ADMIN)
    sub_user_id = call.parameters.integer("subuser_id")
    tracker_ids = read_tracker_ids(call.parameters, most=MAX_BOUND)
    return sub_user_for(master, sub_user_id), tracker_ids
