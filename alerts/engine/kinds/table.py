"""All types of rules that are evaluated, by the vendor's names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from alerts.engine.kinds import movement, silence, speed, told, values, zones
from alerts.engine.signals import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        zones.INOUTZONE,
        speed.SPEEDUP,
        silence.OFFLINE,
        movement.TRACK_CHANGE,
        values.INPUT_CHANGE,
        told.SOS,
        movement.EXCESSIVE_PARKING,
        movement.IDLING_SOFT,
        values.SENSOR_RANGE,
        told.BATTERY_OFF,
        told.LOWPOWER,
        told.BACKUP_BATTERY_LOW,
        zones.ROUTE,
        told.OVER_SPEED_REPORTED,
        values.STATE_FIELD_CONTROL,
        told.HARSH_DRIVING,
        told.CRASH_ALARM,
        told.CALL_BUTTON_PRESSED,
        told.GPS_LOST_RECOVER,
        told.DETACH,
        told.CASE_INTRUSION,
        told.DOOR_ALARM,
    )
}


@lru_cache
def kinds_concerned(facets: int) -> tuple[str, ...]:
    """The types that what has these of Facet may concern, though they remember nothing."""
    return tuple(name for name, kind in KINDS.items() if kind.facets & facets)
