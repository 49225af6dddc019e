"""A tracker that reports each hour, and what history has of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.strategies import EPOCH
from trackers.engine.past import PastReport
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.history_sweep import HistorySweep
from trackers.services.ingestion import ingest
from trackers.storage.history import read_history

LATER = EPOCH + timedelta(days=3)


def at(hour: float) -> datetime:
    return EPOCH + timedelta(hours=hour)


def take_in(tracker: Tracker, hour: float, *, now: float) -> None:
    known = (
        Fix(52.5234567 + hour / 7, -13.4123456, 50.4, 359, -12, 11, 7),
        None,
        Fix(0.5, hour / 100, is_cell_based=True),
    )
    attributes = {"note": f"a\nb\x00 {hour}"} if hour % 2 else {}
    fix, ignition = known[int(hour) % 3], (True, None, False)[int(hour) // 2 % 3]
    report = Report(tracker.source.device_id, at(hour), fix=fix, ignition=ignition, attributes=attributes)
    ingest([report], received_at=at(now))


def history_of(tracker: Tracker, since: float = -99, until: float = 999, most: int = 1000) -> list[PastReport]:
    return read_history(tracker.source_id, at(since), at(until), most=most)


def sweep(now: datetime = LATER) -> None:
    sweep = HistorySweep()
    while sweep.step(now) is not None:
        pass


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
