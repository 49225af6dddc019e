"""The calls about what is set for a tracker: label, group, how trips and reports are read (api §3.2, §5.4, §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import Optional, nullable, object_of, said
from accounts.wire.signature import fields_of
from accounts.wire.terms import ID, between, one_of, text
from trackers.calls.lookup import Original204, Seen, Seen204, Title, one_group
from trackers.engine.dating import ClockRule
from trackers.models import MAX_OFFSET_S, MAX_PRECISION_M, MAX_SPEED_KMH, Group, SpeedUnit
from trackers.services import settings, trackers


@dataclass(frozen=True, slots=True)
class TripDetection(settings.TripDetection):
    """The rules, as they are sent and shown."""

    min_idle_duration_minutes: Annotated[int, between(1, 1440), "minutes of standing that end a trip"]
    idle_speed_threshold: Annotated[int, between(0, 200), "km/h; a slower device stands; 0: it never does"]
    ignition_aware: Annotated[bool, "a trip begins only with the ignition on"]
    motion_sensor_aware: Annotated[bool, "a trip begins only when the motion sensor says so"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading(settings.ReportReading):
    """How reports are read, as it is sent and shown."""

    clock_rule: Annotated[ClockRule, "reports are dated as the device says, by their arrival, or with the offset"]
    clock_offset_s: Annotated[int, between(-MAX_OFFSET_S, MAX_OFFSET_S), "seconds, added to what the device says"]
    speed_unit: Annotated[str, one_of(*SpeedUnit.values), "of speeds in OsmAnd's query form"]
    allows_zero_position: Annotated[bool, "0, 0 is a place, and not a missing fix"]
    max_precision_m: Annotated[int, between(1, MAX_PRECISION_M), "metres; null: as imprecise as may be"] | None = None
    max_speed_kmh: Annotated[int, between(1, MAX_SPEED_KMH), "km/h that a jump may need; null: any"] | None = None
    drops_duplicates: Annotated[bool, "of two fixes of one time the first counts"]
    takes_total_distance: Annotated[bool, "the `totalDistance` that a Traccar server counts is the odometer"]


_READING = fields_of(ReportReading)
REPORT_READING = {
    name: nullable(field.schema) if isinstance(field, Optional) else field for name, field in _READING.items()
}


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
    settings.set_rules(tracker.source_id, detection)


@call("tracker/settings/report_reading/read", gives=REPORT_READING)
def read_report_reading(call: UserCall, tracker: Seen204) -> Fields:
    """How the device's reports are read: by which clock, in which unit, and which fixes count."""
    return {name: getattr(tracker.source, name) for name in REPORT_READING}


@call("tracker/settings/report_reading/update", right=Right.TRACKER_UPDATE)
def update_report_reading(call: UserCall, tracker: Original204, reading: ReportReading) -> None:
    """Sets how they are read, from the device's next report on; a filter that is left out is off."""
    settings.set_rules(tracker.source_id, reading)
