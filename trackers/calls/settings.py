"""The calls about what is set for a tracker: its label and group, and how trips are told (api §3.2, §5.4)."""

from __future__ import annotations

from accounts.api.call import ApiCall, Fields
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from trackers.calls.lookup import find_group, find_original, find_tracker, read_label
from trackers.services import trackers
from trackers.services.settings import TripDetection, set_trip_detection

MAX_IDLE_MINUTES = 1440
MAX_IDLE_SPEED_KMH = 200


def read_settings(call: ApiCall) -> Fields:
    """`tracker/settings/read`: label and group."""
    tracker = find_tracker(call.principal(), call.parameters.integer("tracker_id"))
    return {"settings": {"label": tracker.label, "group_id": tracker.group_id or 0}}


def update_settings(call: ApiCall) -> Fields:
    """`tracker/settings/update`: another label and group."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id = call.parameters.integer("tracker_id")
    label, group_id = read_label(call.parameters, "label"), call.parameters.integer("group_id")
    tracker = find_tracker(principal, tracker_id)
    group = find_group(principal, group_id, missing=ErrorCode.ENTITY_NOT_FOUND)
    trackers.update_tracker(tracker, label=label, group=group)
    return {}


def read_trip_detection(call: ApiCall) -> Fields:
    """`tracker/settings/trip_detection/read`: by what the device is found moving, stopped or parked."""
    principal = call.principal()
    source = find_tracker(principal, call.parameters.integer("tracker_id"), missing=ErrorCode.ENTITY_NOT_FOUND).source
    return {
        "min_idle_duration_minutes": source.min_idle_duration_minutes,
        "idle_speed_threshold": source.idle_speed_threshold,
        "ignition_aware": source.ignition_aware,
        "motion_sensor_aware": source.motion_sensor_aware,
    }


def update_trip_detection(call: ApiCall) -> Fields:
    """`tracker/settings/trip_detection/update`: for reports from now on."""
    principal = call.permitted(Right.TRACKER_UPDATE)
    tracker_id = call.parameters.integer("tracker_id")
    detection = TripDetection(
        min_idle_duration_minutes=call.parameters.integer_within("min_idle_duration_minutes", 1, MAX_IDLE_MINUTES),
        idle_speed_threshold=call.parameters.integer_within("idle_speed_threshold", 0, MAX_IDLE_SPEED_KMH),
        ignition_aware=call.parameters.boolean("ignition_aware"),
        motion_sensor_aware=call.parameters.boolean("motion_sensor_aware"),
    )
    tracker = find_original(principal, tracker_id, missing=ErrorCode.ENTITY_NOT_FOUND)
    set_trip_detection(tracker.source_id, detection)
    return {}
