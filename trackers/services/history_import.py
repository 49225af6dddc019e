"""The past that was kept elsewhere: added to history, without a change of any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from trackers.engine.apply import apply_report
from trackers.engine.dating import FUTURE_TOLERANCE
from trackers.engine.past import PastReport
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import State
from trackers.reports.report import Report
from trackers.services.ingestion import changes_of, current_rules, rules_of
from trackers.services.retention import longest_kept_since
from trackers.storage.history import add_history
from trackers.storage.states import lock_sources
from trackers.storage.trips import note_changes

TOO_OLD = "older than they are kept"
AHEAD = "later than now"
UNKNOWN = "of devices that are not registered"
REPEATED = "said before"


class HistoryImport:
    """Takes in reports as if each had come when it was made; what is there already stays, so twice is once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._records: dict[int, Record] = {}
        self.kept = 0
        self.left_out: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        """How many reports of which devices that are not registered."""

    @transaction.atomic
    def add(self, reports: Sequence[Report]) -> None:
        """Keeps some reports, all or none of them; the better the nearer they are to the order of their times."""
        sources, common = lock_sources({report.device_id for report in reports}), current_rules()
        past, since = list[PastReport](), longest_kept_since(self._now)
        for report in reports:
            source = sources.get(report.device_id)
            if source is None:
                self.unknown[report.device_id] += 1
                self.left_out[UNKNOWN] += 1
            elif report.time > self._now + FUTURE_TOLERANCE:
                self.left_out[AHEAD] += 1
            elif since is not None and report.time < since:
                self.left_out[TOO_OLD] += 1
            else:
                past += self._follow(source.record.state.source_id, report, rules_of(source.own_rules, common))
        add_history(past, since=since)
        note_changes(changes_of((one.source_id, one.time) for one in past))
        self.kept += len(past)

    def _follow(self, source_id: int, report: Report, rules: Rules) -> list[PastReport]:
        """What the engine makes of a report, of the source's reports in the import alone."""
        record = self._records.get(source_id) or Record(State(source_id, registered_at=report.time))
        self._records[source_id], _, past = apply_report(record, report, received_at=report.time, rules=rules)
        self.left_out[REPEATED] += past is None
        return [] if past is None else [past]
