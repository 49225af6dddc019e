"""Events that alerts are of, by the vendor's names (alerts §3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Event(StrEnum):
    """What may have happened; no other name is ever told."""

    INZONE = "inzone"
    OUTZONE = "outzone"
    SPEEDUP = "speedup"
    OFFLINE = "offline"
    ONLINE = "online"
    TRACK_START = "track_start"
    TRACK_END = "track_end"
    INPUT_CHANGE = "input_change"
    SOS = "sos"
    EXCESSIVE_PARKING = "excessive_parking"
    EXCESSIVE_PARKING_FINISHED = "excessive_parking_finished"
    IDLE_START = "idle_start"
    IDLE_END = "idle_end"
    SENSOR_OUTRANGE = "sensor_outrange"
    SENSOR_INRANGE = "sensor_inrange"
    BATTERY_OFF = "battery_off"
    BATTERY_ON = "battery_on"
    LOWPOWER = "lowpower"
    BACKUP_BATTERY_LOW = "backup_battery_low"
    OUTROUTE = "outroute"
    INROUTE = "inroute"
    OVER_SPEED_REPORTED = "over_speed_reported"
    STATE_FIELD_CONTROL = "state_field_control"
    HARSH_DRIVING = "harsh_driving"
    CRASH_ALARM = "crash_alarm"
    CALL_BUTTON_PRESSED = "call_button_pressed"
    GPS_LOST = "gps_lost"
    GPS_RECOVER = "gps_recover"
    DETACH = "detach"
    CASE_INTRUSION = "case_intrusion"
    DOOR_ALARM = "door_alarm"


DESCRIPTIONS: Mapping[Event, str] = {
    Event.INZONE: "Entered a zone",
    Event.OUTZONE: "Left a zone",
    Event.SPEEDUP: "Drives too fast",
    Event.OFFLINE: "Connection lost",
    Event.ONLINE: "Connection restored",
    Event.TRACK_START: "Began a trip",
    Event.TRACK_END: "Parked",
    Event.INPUT_CHANGE: "An input was switched",
    Event.SOS: "SOS",
    Event.EXCESSIVE_PARKING: "Parks for too long",
    Event.EXCESSIVE_PARKING_FINISHED: "Parks no longer",
    Event.IDLE_START: "Stands with the ignition on",
    Event.IDLE_END: "No longer stands with the ignition on",
    Event.SENSOR_OUTRANGE: "A sensor left its range",
    Event.SENSOR_INRANGE: "A sensor is within its range again",
    Event.BATTERY_OFF: "External power lost",
    Event.BATTERY_ON: "External power restored",
    Event.LOWPOWER: "Battery low",
    Event.BACKUP_BATTERY_LOW: "Backup battery low",
    Event.OUTROUTE: "Left the route",
    Event.INROUTE: "Back on the route",
    Event.OVER_SPEED_REPORTED: "The device reports speeding",
    Event.STATE_FIELD_CONTROL: "A state has the watched value",
    Event.HARSH_DRIVING: "Harsh driving",
    Event.CRASH_ALARM: "Crash",
    Event.CALL_BUTTON_PRESSED: "The call button was pressed",
    Event.GPS_LOST: "Satellites lost",
    Event.GPS_RECOVER: "Satellites found",
    Event.DETACH: "The device was taken off",
    Event.CASE_INTRUSION: "The case of the device was opened",
    Event.DOOR_ALARM: "Door alarm",
}
