"""The calls about tariffs: there are none, which is told as an empty list (records §8)."""

from __future__ import annotations

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.schema import list_of, said
from accounts.wire.terms import INTEGER
from trackers.calls.lookup import Visible

NO_TARIFFS = said(list_of({}, most=0), "always empty: nothing is billed")


@call("tariff/list", gives={"list": NO_TARIFFS})
def list_tariffs(call: UserCall) -> Fields:
    """The tariffs that there are: none."""
    return {"list": []}


@call("tariff/tracker/list", gives={"list": NO_TARIFFS, "days_to_next_change": INTEGER})
def list_tariffs_of_tracker(call: UserCall, tracker: Visible) -> Fields:
    """The tariffs that a tracker could have: none."""
    return {"list": [], "days_to_next_change": 0}
