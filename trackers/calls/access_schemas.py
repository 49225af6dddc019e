"""The calls about who may see a tracker, and the panel's about trackers, described (api §2.7, §2.9)."""

from __future__ import annotations

from functools import partial
from typing import Any

from accounts.api.panel_call import MAX_ROWS
from accounts.calls.panel import COUNT, IN_UTC, USER_ID
from accounts.calls.sub_users import SUB_USER_ID
from accounts.wire.rights import Right
from accounts.wire.schema import (
    DAY,
    FLAG,
    ID,
    TRACKER_ID,
    CallSchema,
    Fields,
    Needs,
    describe,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    optional,
    printable,
    said,
    text,
)
from accounts.wire.signature import fields_of
from trackers.calls.panel import TrackersPage
from trackers.calls.sub_users import MAX_BOUND
from trackers.calls.trackers import SOURCE
from trackers.engine.state import ConnectionStatus

for_masters = partial(describe, right=Right.ADMIN)


def for_staff(route: str, summary: str, *, codes: tuple[int, ...] = (), **details: Any) -> CallSchema:
    """A call that needs a permission of the staff."""
    return describe(route, summary, needs=Needs.PANEL, codes=(13, *codes), **details)


PANEL_TRACKER = named(
    "PanelTracker",
    object_of(
        {
            "id": ID,
            "label": text(),
            "clone": FLAG,
            "group_id": said(ID, "0: in none"),
            "user_id": said(ID, "whose it is"),
            "dealer_id": nullable(ID),
            "creation_date": DAY,
            "deleted": FLAG,
            "comment": text(),
            "last_connection": nullable(IN_UTC),
            "source": object_of({**SOURCE, "connection_status": one_of(ConnectionStatus)}),
        }
    ),
)
BINDING: Fields = {
    "subuser_id": SUB_USER_ID,
    "trackers": said(list_of(ID, least=1, most=MAX_BOUND), "ids of `tracker/list`"),
}
CORRUPT_CLONES = optional(said(FLAG, "whether clones in other accounts are removed too"), default=True)

CALLS = (
    for_masters(
        "subuser/tracker/list",
        "The trackers that a sub-user may see, by id.",
        parameters={"subuser_id": SUB_USER_ID},
        result={"list": list_of(ID)},
        codes=(201,),
    ),
    for_masters("subuser/tracker/bind", "Lets a sub-user see trackers.", parameters=BINDING, codes=(201, 221, 262)),
    for_masters("subuser/tracker/unbind", "Hides trackers from a sub-user.", parameters=BINDING, codes=(201, 221, 262)),
    for_staff(
        "panel/tracker/list",
        "The trackers of all accounts, or of one.",
        parameters={**fields_of(TrackersPage), "user_id": optional(said(ID, "only this account's"))},
        result={"list": list_of(PANEL_TRACKER, most=MAX_ROWS), "count": said(COUNT, "of all that fit the filter")},
        codes=(201,),
    ),
    for_staff(
        "panel/tracker/read",
        "One tracker.",
        parameters={"tracker_id": TRACKER_ID},
        result={"value": PANEL_TRACKER},
        codes=(201,),
    ),
    for_staff(
        "panel/tracker/source/update",
        "Blocks a device for all its trackers, or lets it go on.",
        parameters={"tracker_id": TRACKER_ID, "blocked": said(FLAG, "true: its reports are refused")},
        codes=(201,),
    ),
    for_staff(
        "panel/tracker/corrupt",
        "Removes a tracker and its source.",
        parameters={"tracker_id": TRACKER_ID, "corrupt_clones": CORRUPT_CLONES},
        codes=(201, 219, 252, 253),
    ),
    for_staff(
        "panel/tracker/clone",
        "A second tracker on the same source, in another account.",
        parameters={"tracker_id": TRACKER_ID, "user_id": said(ID, "whose it shall be"), "label": printable(60)},
        result={"id": ID},
        codes=(201, 219, 247, 252),
    ),
    for_staff(
        "panel/tracker/move",
        "Makes a tracker another account's; its sub-users, its group and its subscribers stay behind.",
        parameters={"tracker_id": TRACKER_ID, "user_id": said(ID, "whose it shall be")},
        codes=(201, 219, 247),
    ),
    for_staff(
        "panel/user/corrupt",
        "Removes an account with its sub-users and trackers.",
        parameters={"user_id": USER_ID, "login": said(printable(), "of that user"), "corrupt_clones": CORRUPT_CLONES},
        codes=(201, 252, 253),
    ),
)
