"""Why a device is silent: what was refused of it, and what was left out of what was stored (docs/ingestion.md)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.schema import list_of, nullable, object_of, optional, said
from accounts.wire.terms import DATE, ID, between, text
from trackers.calls.lookup import SeveralVisible
from trackers.models import RefusedReport
from trackers.services.refusals import LeftOut, left_out_of, refusals_of, trackers_on
from trackers.services.selectors import visible_trackers

MOST_REFUSALS = 200

REFUSAL = object_of(
    {
        "time": said(DATE, "when it happened last"),
        "way": said(text(), "the way in: `osmand`, `ngp`…"),
        "device_id": said(text(), "as the sender gave it"),
        "tracker_id": said(nullable(ID), "of the caller's tracker on this device; null: there is none"),
        "reason": said(text(), "as the sender was told"),
        "count": said(between(1, 2**63 - 1), "how often"),
        "address": optional(said(text(), "of the sender; with `all` only")),
    }
)
LEFT_OUT = object_of(
    {
        "time": said(DATE, "when it arrived"),
        "tracker_id": ID,
        "names": said(list_of(text()), "of the fields that could not be right, and counted as unknown"),
    }
)


@call(
    "tracker/refusals/list",
    codes=(13,),
    gives={"list": said(list_of(REFUSAL), "the newest first"), "left_out": list_of(LEFT_OUT)},
)
def list_refusals(
    call: UserCall,
    *,
    trackers: SeveralVisible | None = None,
    all: Annotated[bool, "of all devices, unknown ones too; for staff that may see them in the admin"] = False,
    limit: Annotated[int, between(1, MOST_REFUSALS), "of refusals"] = MOST_REFUSALS,
) -> Fields:
    """Reports that were refused of the caller's devices, or of some `trackers`, of which it also says what was left out
    of their last twelve reports; nothing of what was sent.
    """
    if all:
        _check_staff(call)
    visible = visible_trackers(call.caller)
    chosen = trackers or []
    devices = visible if trackers is None else visible.filter(pk__in=[tracker.pk for tracker in chosen])
    refused = refusals_of(None if all and trackers is None else devices, limit)
    by_device = trackers_on(visible, [one.device_id for one in refused])
    by_source = {tracker.source_id: tracker.pk for tracker in chosen}
    return {
        "list": [_render(call, one, by_device.get(one.device_id), has_address=all) for one in refused],
        "left_out": [_render_left_out(call, one, by_source[one.source_id]) for one in left_out_of(by_source)],
    }


def _check_staff(call: UserCall) -> None:
    user = call.user()
    if not (user.may_use_panel and user.has_perm("trackers.view_refusedreport")):
        raise ApiError(ErrorCode.NOT_PERMITTED)


def _render(call: UserCall, refused: RefusedReport, tracker_id: int | None, *, has_address: bool) -> Fields:
    found = {
        "time": call.date_of(refused.time),
        "way": refused.way,
        "device_id": refused.device_id,
        "tracker_id": tracker_id,
        "reason": refused.reason,
        "count": refused.count,
    }
    return found | {"address": refused.address} if has_address else found


def _render_left_out(call: UserCall, one: LeftOut, tracker_id: int) -> Fields:
    return {"time": call.date_of(one.received_at), "tracker_id": tracker_id, "names": list(one.names)}
