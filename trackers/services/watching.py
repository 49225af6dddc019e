"""Who looks on while states change: apps to the right of this one, in the transaction that stores the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trackers.engine.past import PastReport
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.reports.report import Report


@dataclass(frozen=True, slots=True)
class Change:
    """What a report, or time alone, made of the record of a source."""

    before: Record
    after: Record
    rules: Rules
    report: Report | None = None
    """None: time passed."""
    past: PastReport | None = None
    """The report as it is kept; None: time passed, or the report is a repeated one."""


Watcher = Callable[[Sequence[Change], datetime], None]
_watchers: list[Watcher] = []


def watch_changes(watcher: Watcher) -> None:
    """Has `watcher` called with the changes of each transaction, in order, before it commits, and the time now.

    What it raises ends the transaction.
    """
    _watchers.append(watcher)


def show_changes(changes: Sequence[Change], now: datetime) -> None:
    """Shows the changes to all who watch."""
    if changes:
        for watcher in _watchers:
            watcher(changes, now)
