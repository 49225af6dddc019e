"""The calls by which a master says which trackers a sub-user may see (api §2.7). All need the right `admin`."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.calls.sub_users import SUB_USER_ID, sub_user_for
from accounts.models import User
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import ID, Term
from trackers.calls.lookup import up_to
from trackers.services import access

MAX_BOUND = 10_000
_BOUND = Term(said(list_of(ID, least=1, most=MAX_BOUND), "ids of `tracker/list`"), up_to(MAX_BOUND).read)
SubUser = Annotated[User, Found("subuser_id", SUB_USER_ID, sub_user_for, codes=(201,))]
TrackerIds = Annotated[tuple[int, ...], _BOUND]


@call("subuser/tracker/list", right=Right.ADMIN, gives={"list": list_of(ID)})
def list_bound(call: UserCall, sub_user: SubUser) -> Fields:
    """The trackers that a sub-user may see, by id."""
    bound = sub_user.bound_trackers.filter(account_id=call.caller.account_id).order_by("pk")
    return {"list": list(bound.values_list("pk", flat=True))}


@call("subuser/tracker/bind", right=Right.ADMIN, codes=(221, 262))
def bind(call: UserCall, sub_user: SubUser, trackers: TrackerIds) -> None:
    """Lets a sub-user see trackers."""
    access.bind_trackers(sub_user, trackers)


@call("subuser/tracker/unbind", right=Right.ADMIN, codes=(221, 262))
def unbind(call: UserCall, sub_user: SubUser, trackers: TrackerIds) -> None:
    """Hides trackers from a sub-user."""
    access.unbind_trackers(sub_user, trackers)
