"""The rules by which states of one source change (contract 5.2, 5.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from trackers.movement import TripRules


@dataclass(frozen=True, slots=True)
class Rules:
    """Times and thresholds; the settings give them for all sources, and a source may have its own."""

    idle_timeout: timedelta
    offline_timeout: timedelta
    trips: TripRules = field(default_factory=TripRules)
