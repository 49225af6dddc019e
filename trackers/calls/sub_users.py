"""The calls by which a master says which trackers a sub-user may see (api §2.7). All need the right `admin`."""

from __future__ import annotations

from accounts.api.call import ApiCall, Fields
from accounts.calls.sub_users import sub_user_for
from accounts.models import User
from accounts.wire.rights import Right
from trackers.calls.lookup import read_tracker_ids
from trackers.services import access

MAX_BOUND = 10_000


def list_bound(call: ApiCall) -> Fields:
    """`subuser/tracker/list`: the ids of the trackers that a sub-user may see."""
    master = call.permitted(Right.ADMIN)
    sub_user = sub_user_for(master, call.parameters.integer("subuser_id"))
    bound = sub_user.bound_trackers.filter(account_id=master.account_id).order_by("pk")
    return {"list": list(bound.values_list("pk", flat=True))}


def bind(call: ApiCall) -> Fields:
    """`subuser/tracker/bind`: lets a sub-user see trackers."""
    access.bind_trackers(*_read(call))
    return {}


def unbind(call: ApiCall) -> Fields:
    """`subuser/tracker/unbind`: hides trackers from a sub-user."""
    access.unbind_trackers(*_read(call))
    return {}


def _read(call: ApiCall) -> tuple[User, tuple[int, ...]]:
    master = call.permitted(Right.ADMIN)
    sub_user_id = call.parameters.integer("subuser_id")
    tracker_ids = read_tracker_ids(call.parameters, most=MAX_BOUND)
    return sub_user_for(master, sub_user_id), tracker_ids
