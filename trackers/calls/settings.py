"""The calls about what is set for a tracker: its label and group, and how trips are told (api §3.2, §5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import object_of, said
from accounts.wire.signature import fields_of
from accounts.wire.terms import ID, between, text
from trackers.calls.lookup import Original204, Seen, Seen204, Title, one_group
from trackers.models import Group
from trackers.services import settings, trackers


@dataclass(frozen=True, slots=True)
class TripDetection(settings.TripDetection):
    """The rules, as they are sent and shown."""

    min_idle_duration_minutes: Annotated[int, between(1, 1440), "minutes of standing that end a trip"]
    idle_speed_threshold: Annotated[int, between(0, 200), "km/h; a slower device stands; 0: it never does"]
    ignition_aware: Annotated[bool, "a trip begins only with the ignition on"]
    motion_sensor_aware: Annotated[bool, "a trip begins only when the motion sensor says so"]


@call("tracker/settings/read", gives={"settings": object_of({"label": text(), "group_id": said(ID, "0: in none")})})
def read_settings(call: UserCall, tracker: Seen) -> Fields:
    """A tracker's label and group."""
    return {"settings": {"label": tracker.label, "group_id": tracker.group_id or 0}}


@call("tracker/settings/update", right=Right.TRACKER_UPDATE)
def update_settings(
    call: UserCall,
    tracker: Seen,
    label: Title,
    group: Annotated[Group | None, one_group("group_id", "0: in none", missing=ErrorCode.ENTITY_NOT_FOUND)],
) -> None:
    """Gives a tracker another label and group."""
    trackers.update_tracker(tracker, label=label, group=group)


@call("tracker/settings/trip_detection/read", gives=fields_of(TripDetection))
def read_trip_detection(call: UserCall, tracker: Seen204) -> Fields:
    """The rules by which a device is moving, stopped or parked."""
    return {name: getattr(tracker.source, name) for name in fields_of(TripDetection)}


@call("tracker/settings/trip_detection/update", right=Right.TRACKER_UPDATE)
def update_trip_detection(call: UserCall, tracker: Original204, detection: TripDetection) -> None:
    """Sets these rules, from the device's next report on."""
    settings.set_trip_detection(tracker.source_id, detection)
