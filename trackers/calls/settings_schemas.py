"""The calls about what is set for a tracker, described (api §3.2, §5.4)."""

from __future__ import annotations

from accounts.wire.rights import Right
from accounts.wire.schema import FLAG, ID, TRACKER_ID, Fields, between, describe, object_of, said, text
from trackers.calls.group_schemas import TITLE
from trackers.calls.settings import MAX_IDLE_MINUTES, MAX_IDLE_SPEED_KMH

TRIP_DETECTION: Fields = {
    "min_idle_duration_minutes": said(between(1, MAX_IDLE_MINUTES), "minutes of standing that end a trip"),
    "idle_speed_threshold": said(between(0, MAX_IDLE_SPEED_KMH), "km/h; a slower device stands; 0: it never does"),
    "ignition_aware": said(FLAG, "a trip begins only with the ignition on"),
    "motion_sensor_aware": said(FLAG, "a trip begins only when the motion sensor says so"),
}

CALLS = (
    describe(
        "tracker/settings/read",
        "A tracker's label and group.",
        parameters={"tracker_id": TRACKER_ID},
        result={"settings": object_of({"label": text(), "group_id": said(ID, "0: in none")})},
        codes=(201, 208),
    ),
    describe(
        "tracker/settings/update",
        "Gives a tracker another label and group.",
        parameters={"tracker_id": TRACKER_ID, "label": TITLE, "group_id": said(ID, "0: in none")},
        right=Right.TRACKER_UPDATE,
        codes=(201, 204, 208),
    ),
    describe(
        "tracker/settings/trip_detection/read",
        "The rules by which a device is moving, stopped or parked.",
        parameters={"tracker_id": TRACKER_ID},
        result=TRIP_DETECTION,
        codes=(204, 208),
    ),
    describe(
        "tracker/settings/trip_detection/update",
        "Sets these rules, from the device's next report on.",
        parameters={"tracker_id": TRACKER_ID, **TRIP_DETECTION},
        right=Right.TRACKER_UPDATE,
        codes=(204, 208, 219),
    ),
)
