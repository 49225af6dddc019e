"""Who looks on while states change: apps to the right of this one, in the transaction that stores the change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import msgspec

from trackers.engine.past import PastReport
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.models import Source
from trackers.reports.report import Report


class Change(msgspec.Struct, frozen=True, gc=False):
    """What a report, or time alone, made of the record of a source."""

    before: Record
    after: Record
    rules: Rules
    report: Report | None = None
    """None: time passed."""
    past: PastReport | None = None
    """The report as it is kept; None: time passed, or the report is a repeated one."""
    is_watched: bool = False
    """Whether somebody wants to see each change of the source, as is stored beside it (`watch_sources`)."""
    is_blocked: bool = False
    watch_mark: int | None = None
    """As read with the lock: while it is the same nothing has changed that watches the source; None: nobody knows."""


Watcher = Callable[[Sequence[Change], datetime], None]
MoveWatcher = Callable[[int], None]
_watchers: list[Watcher] = []
_move_watchers: list[MoveWatcher] = []


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


def watch_sources(source_ids: Collection[int], *, is_watched: bool) -> None:
    """Notes beside sources, which the caller has locked, whether each of their changes is of interest."""
    Source.objects.filter(pk__in=source_ids).exclude(is_watched=is_watched).update(is_watched=is_watched)


def watch_moves(watcher: MoveWatcher) -> None:
    """Has `watcher` called with the id of each tracker that moves into another account, before that commits."""
    _move_watchers.append(watcher)


def show_move(tracker_id: int) -> None:
    """Shows that a tracker moves to all who watch."""
    for watcher in _move_watchers:
        watcher(tracker_id)
