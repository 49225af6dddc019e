"""What a share link lets its viewers see (api §2.10). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.wire.errors import ApiError, ErrorCode


class SharedField(StrEnum):
    """What a link may show of a tracker beside its place."""

    SPEED = "speed"
    MOVEMENT_STATUS = "movement_status"
    CONNECTION_STATUS = "connection_status"


SharedFields = frozenset[SharedField]


@dataclass(frozen=True, slots=True)
class Share:
    """The trackers that a link shows, each with the fields that it shows of it."""

    trackers: tuple[tuple[int, SharedFields], ...]
    until: datetime
    """UTC; from then on nothing."""

    @property
    def tracker_ids(self) -> frozenset[int]:
        return frozenset(tracker_id for tracker_id, _ in self.trackers)

    def fields_of(self, tracker_id: int) -> SharedFields:
        """What it shows of a tracker that it has. Raises ApiError NOT_PERMITTED for another."""
        for shared_id, fields in self.trackers:
            if shared_id == tracker_id:
                return fields
        raise ApiError(ErrorCode.NOT_PERMITTED)
