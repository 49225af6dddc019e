"""The calls about trackers (api §3)."""

from __future__ import annotations

from typing import Any

from accounts.api.call import ApiCall, Fields
from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode
from trackers.engine.state import State
from trackers.models import Tracker
from trackers.rendering.states import StateFormat, render_state
from trackers.services.selectors import TrackedSource, tracked_sources, trackers_with_label, visible_trackers

MAX_STATES_PER_CALL = 2000
MAX_LABELS = 1024
MAX_LABEL_LENGTH = 60


def list_trackers(call: ApiCall) -> Fields:
    """`tracker/list`: every tracker that the caller may see, blocked ones too."""
    trackers = list(visible_trackers(call.principal()))
    if "labels" in call.parameters:
        labels = call.parameters.texts("labels", max_items=MAX_LABELS, max_length=MAX_LABEL_LENGTH)
        trackers = trackers_with_label(trackers, labels)
    return {"list": [render_tracker(tracker) for tracker in trackers]}


def read_tracker(call: ApiCall) -> Fields:
    """`tracker/read`: one tracker."""
    tracker = visible_trackers(call.principal()).filter(pk=call.parameters.integer("tracker_id")).first()
    if tracker is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return {"value": render_tracker(tracker)}


def get_state(call: ApiCall) -> Fields:
    """`tracker/get_state`: one tracker's current state."""
    principal = call.principal()
    found = _visible_sources(principal, (call.parameters.integer("tracker_id"),))
    if not found:
        raise ApiError(ErrorCode.NOT_FOUND)
    if found[0].is_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    return {
        "user_time": call.user_time(principal),
        "state": _render_state(call, principal, found[0].state),
    }


def get_states(call: ApiCall) -> Fields:
    """`tracker/get_states`: the states of several trackers, by tracker id."""
    principal = call.principal()
    wanted = dict.fromkeys(call.parameters.integers("trackers"))
    if len(wanted) > MAX_STATES_PER_CALL:
        raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
    list_blocked = call.parameters.boolean("list_blocked", False)
    allow_not_exist = call.parameters.boolean("allow_not_exist", False)
    found = _visible_sources(principal, wanted)
    blocked = [tracked.tracker_id for tracked in found if tracked.is_blocked]
    missing = list(wanted.keys() - {tracked.tracker_id for tracked in found})
    if missing and not allow_not_exist:
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    if blocked and not list_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    fields: Fields = {
        "user_time": call.user_time(principal),
        "states": {
            str(tracked.tracker_id): _render_state(call, principal, tracked.state)
            for tracked in found
            if not tracked.is_blocked
        },
    }
    if list_blocked:
        fields["blocked"] = blocked
    if allow_not_exist:
        fields["not_exist"] = sorted(missing)
    return fields


def _visible_sources(principal: Principal, tracker_ids: Any) -> list[TrackedSource]:
    found = tracked_sources(principal.account_id, tracker_ids)
    return [tracked for tracked in found if tracked.is_visible_to(principal)]


def _render_state(call: ApiCall, principal: Principal, state: State) -> Fields:
    return render_state(state, StateFormat.FULL, principal.zone, iso=call.iso)


def render_tracker(tracker: Tracker) -> Fields:
    """The tracker object (api §3.1). Tariffs and tags are the vendor's; their fields say none."""
    source = tracker.source
    return {
        "id": tracker.pk,
        "label": tracker.label,
        "clone": tracker.is_clone,
        "group_id": tracker.group_id or 0,
        "source": {
            "id": source.pk,
            "device_id": source.device_id,
            "model": source.model,
            "blocked": source.is_blocked,
            "tariff_id": 0,
            "status_listing_id": None,
            "creation_date": f"{source.created_at:%Y-%m-%d}",
            "tariff_end_date": None,
            "phone": source.phone or None,
        },
        "tag_bindings": [],
    }
