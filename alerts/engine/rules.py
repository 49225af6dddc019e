"""Alert rules as the engine knows them (alerts §2.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import msgspec

from alerts.engine.schedules import Schedule


class SensorRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The range in which a sensor of a tracker is to be; an end that is None is open."""

    sensor_id: int
    tracker_id: int | None = None
    """None: whichever has the sensor."""
    min: float | None = None
    max: float | None = None
    threshold: float = 0.03


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a rule's `extended_params` decides when it fires."""

    zone_limit_inverted: bool = False
    append_zone_title: bool = False
    max_parking_duration: int = 0
    """Minutes."""
    min_duration_seconds: int = 0
    """So long a rule of speed waits."""
    allow_exit_at_endpoints: bool = False
    sensor_id: int | None = None
    min: float | None = None
    max: float | None = None
    threshold: float = 0.03
    tracker_params: tuple[SensorRange, ...] = ()
    state_field: str = ""
    virtual_sensor_id: int | None = None
    trigger_value: str = ""
    allow_repeat: bool = False
    repeat_delay_seconds: int | None = None


NO_DETAILS = Details()


EXIT_MARGIN_M = 20.0
"""So far outside of a zone a tracker must be to have left it, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When what is told of trackers."""

    rule_id: int
    account_id: int
    kind: str
    primary_text: str = ""
    secondary_text: str = ""
    param: int | None = None
    zone_ids: frozenset[int] = frozenset()
    """None: everywhere."""
    schedule: Schedule = ()
    zone: tzinfo | None = None
    """By whose wall clocks the schedule is read; None: UTC."""
    details: Details = NO_DETAILS
    is_emergency: bool = False
    is_pushed: bool = True
    private_to: int | None = None
    exit_margin_m: float = EXIT_MARGIN_M


def read_details(extended_params: dict[str, Any]) -> Details:
    """What of `extended_params`, as they were checked, the engine needs."""
    return msgspec.convert(extended_params, Details)
