"""Forgetting a period (history §7), and visits of places, of which there are none (history §3.4)."""

from __future__ import annotations

from django.conf import settings

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, object_of, said
from accounts.wire.terms import FLAG, ID, INTEGER
from trackers.calls.lookup import Original, Seen204
from trackers.calls.past.periods import From, To, period_of
from trackers.services.history import forget_period, is_anything_kept


@call(
    "track/delete",
    right=Right.TRACKER_UPDATE,
    gives={
        "deleted": said(INTEGER, "reports"),
        "limit_exceeded": said(FLAG, "there are more: ask again"),
    },
)
def delete_track(call: UserCall, tracker: Original, since: From, until: To) -> Fields:
    """Forgets where a device was in a period of any length; the current state stays."""
    period = period_of(call, since, until, None)
    deleted = forget_period(tracker.source, period.since, period.until)
    return {"deleted": deleted, "limit_exceeded": is_anything_kept(tracker.source, period.since, period.until)}


@call(
    "track/visit/list",
    gives={"value": object_of({"zones": list_of(ID), "places": list_of(ID)})},
    codes=(211,),
)
def list_visits(
    call: UserCall,
    tracker: Seen204,
    since: From,
    until: To,
    include_zones: bool = True,
    include_places: bool = True,
) -> Fields:
    """Which zones and places a device visited: none, as there are neither here."""
    period_of(call, since, until, settings.MAX_TRACK_DAYS)
    return {"value": {"zones": [], "places": []}}
