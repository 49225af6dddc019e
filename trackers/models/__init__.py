"""What is stored of devices, a file for each part."""

from trackers.models.history import (
    ArchivedDay,
    ArchiveFile,
    FormerTripRules,
    HistoryReport,
    HistoryTerm,
    PackedDay,
    PastTrip,
    TripMark,
)
from trackers.models.instructions import Instruction
from trackers.models.sources import (
    MAX_OFFSET_S,
    MAX_PRECISION_M,
    MAX_SPEED_KMH,
    Counter,
    Group,
    RefusedReport,
    Sensor,
    Source,
    SourceReport,
    SourceState,
    SpeedUnit,
    Tracker,
)

__all__ = [
    "ArchiveFile",
    "ArchivedDay",
    "Counter",
    "FormerTripRules",
    "Group",
    "HistoryReport",
    "HistoryTerm",
    "Instruction",
    "MAX_OFFSET_S",
    "MAX_PRECISION_M",
    "MAX_SPEED_KMH",
    "PackedDay",
    "PastTrip",
    "RefusedReport",
    "Sensor",
    "Source",
    "SourceReport",
    "SourceState",
    "SpeedUnit",
    "Tracker",
    "TripMark",
]
