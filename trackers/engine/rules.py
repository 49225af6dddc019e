"""The rules by which states of one source change (api §5.2, §5.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import msgspec

from trackers.engine.belief import AS_TOLD, Interpretation
from trackers.engine.readings import Instruments
from trackers.engine.trips import TripRules


@dataclass(frozen=True, slots=True)
class Rules:
    """Times, thresholds and instruments; the settings give the times for all sources, and a source may have its own."""

    idle_timeout: timedelta
    offline_timeout: timedelta
    trips: TripRules = field(default_factory=TripRules)
    instruments: Instruments | None = None
    """None: the source has neither sensors nor counters."""
    interpretation: Interpretation = AS_TOLD


class OwnRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is set for one source. It is stored beside the source, as ingestion has to read it with every report."""

    offline_timeout_s: int | None = None
    trips: TripRules | None = None
    instruments: Instruments | None = None
    interpretation: Interpretation = AS_TOLD


def rules_with(own: OwnRules, common: Rules) -> Rules:
    """The rules of a source that has some of its own."""
    return replace(
        common,
        offline_timeout=common.offline_timeout
        if own.offline_timeout_s is None
        else timedelta(seconds=own.offline_timeout_s),
        trips=own.trips or common.trips,
        instruments=own.instruments,
        interpretation=own.interpretation,
    )
