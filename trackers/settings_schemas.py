"""The calls about what is set for a tracker, described (contract 3.2, 5.4)."""

from __future__ import annotations

from accounts.rights import Right
from accounts.schema_terms import FLAG, ID, Fields, between, describe, object_of, said, text
from trackers.group_schemas import TITLE
from trackers.settings_views import MAX_IDLE_MINUTES, MAX_IDLE_SPEED_KMH

TRIP_DETECTION: Fields = {
    "min_idle_duration_minutes": said(between(1, MAX_IDLE_MINUTES), "so long it stands until its trip is over"),
    "idle_speed_threshold": said(between(0, MAX_IDLE_SPEED_KMH), "km/h; slower is standing; 0: it never stands"),
    "ignition_aware": said(FLAG, "trips begin with the ignition on only"),
    "motion_sensor_aware": said(FLAG, "trips begin with motion only"),
}

CALLS = (
    describe(
        "tracker/settings/read",
        "A tracker's label and group.",
        parameters={"tracker_id": ID},
        result={"settings": object_of({"label": text(), "group_id": said(ID, "0: in none")})},
        codes=(201, 208),
    ),
    describe(
        "tracker/settings/update",
        "Gives a tracker another label and group.",
        parameters={"tracker_id": ID, "label": TITLE, "group_id": said(ID, "0: in none")},
        right=Right.TRACKER_UPDATE,
        codes=(201, 204, 208),
    ),
    describe(
        "tracker/settings/trip_detection/read",
        "By what a device is found moving, stopped or parked.",
        parameters={"tracker_id": ID},
        result=TRIP_DETECTION,
        codes=(204, 208),
    ),
    describe(
        "tracker/settings/trip_detection/update",
        "Sets by what a device is found moving, stopped or parked, from its next report on.",
        parameters={"tracker_id": ID, **TRIP_DETECTION},
        right=Right.TRACKER_UPDATE,
        codes=(204, 208, 219),
    ),
)
