"""Drives of ten days ago, as devices report them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

DEGREE_KM = math.radians(1) * 6371.0
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


DAY = {"from": text(at(-720)), "to": text(at(720))}
# 1 km a minute, two trips: 12:01 to 12:06, and 12:15 to 12:20 (the slow point that ends it with it).
SPEEDS = [0, *[60] * 5, *[0] * 9, *[60] * 5, *[0] * 10]


def drive(tracker: Tracker, speeds: list[float] | None = None, begin: float = 0, **fix: Any) -> list[Report]:
    """Reports of a drive along the equator, a minute apart."""
    kilometres, reports = 0.0, []
    for number, speed in enumerate(SPEEDS if speeds is None else speeds):
        kilometres += speed / 60
        place = Fix(0.5, (begin + kilometres) / DEGREE_KM, speed, 90, **fix)
        reports.append(Report(tracker.source.device_id, at(begin + number), fix=place))
    return reports


def take_in(reports: list[Report]) -> None:
    for one in reports:
        ingest([one], received_at=one.time)


def say(tracker: Tracker, minute: float, **said: Any) -> None:
    """A device reports something at a minute."""
    take_in([Report(tracker.source.device_id, at(minute), **said)])
