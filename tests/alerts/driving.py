"""Devices that report about a zone, and what rules find in it, by the API alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api import Api
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

# A Tuesday.
EPOCH = datetime(2025, 3, 4, 8, 0, tzinfo=UTC)
DEPOT = (47.498, 19.04)
RADIUS_M = 200
METRES_PER_DEGREE = math.radians(1) * 6_371_000


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def beyond(metres: float) -> tuple[float, float]:
    """A place so far outside of the depot's border; inside where it is negative."""
    return DEPOT[0] + (RADIUS_M + metres) / METRES_PER_DEGREE, DEPOT[1]


INSIDE, OUTSIDE = beyond(-150), beyond(150)


def report(tracker: Tracker, seconds: float, place: tuple[float, float] | None = None, **said: Any) -> Report:
    """A report of a moment; `speed` and `precision` are of its position, all else is said beside it."""
    speed, precision = said.pop("speed", 0), said.pop("precision", None)
    is_cell_based = said.pop("is_cell_based", False)
    fix = None
    if place is not None:
        fix = Fix(*place, speed_kmh=speed, precision_m=precision, is_cell_based=is_cell_based)
    return Report(tracker.source.device_id, at(seconds), fix=fix, **said)


def send(*reports: Report, received_at: datetime | None = None) -> None:
    """Each report in a transaction of its own, as it was made."""
    for one in reports:
        ingest([one], received_at=received_at or one.time)


class Yard:
    """Alice's depot, and rules about it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        zone = {
            "type": "circle",
            "label": "Depot",
            "radius": RADIUS_M,
            "center": {"lat": DEPOT[0], "lng": DEPOT[1]},
        }
        self.zone_id: int = api("zone/create", zone=zone)["id"]

    def document(self, kind: str = "inoutzone", *trackers: Tracker, **fields: Any) -> dict[str, Any]:
        zones = {"zone_ids": [self.zone_id]} if kind in ("inoutzone", "route") else {}
        texts = {"primary_text": "first", "secondary_text": "second"}
        return {"type": kind, "name": "Gate", "trackers": [one.pk for one in trackers], **texts, **zones, **fields}

    def make(self, kind: str = "inoutzone", *trackers: Tracker, **fields: Any) -> int:
        return self.api("tracker/rule/create", rule=self.document(kind, *trackers, **fields))["id"]

    def entries(self, **filters: Any) -> list[dict[str, Any]]:
        """What is in the log, the oldest first."""
        period = {"from": "2025-03-01 00:00:00", "to": "2025-03-31 00:00:00", **filters}
        return self.api("history/user/list", **period)["list"]

    def fired(self, **filters: Any) -> list[tuple[str, float]]:
        """Each event with the seconds at which it happened."""
        return [(entry["event"], seconds_of(entry)) for entry in self.entries(**filters)]


def seconds_of(entry: dict[str, Any]) -> float:
    time = datetime.fromisoformat(entry["time"]).replace(tzinfo=UTC)
    return (time - EPOCH).total_seconds()
