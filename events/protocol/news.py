"""News: what a notice tells somebody who follows some of the sources that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerts.engine.notices import RaisedAlert
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import RecentReport, decode_reports
from trackers.engine.notices import StatesChanged
from trackers.engine.state import State


@dataclass(slots=True)
class News:
    """What is new of sources that one follows, in order."""

    states: list[State] = field(default_factory=list)
    readings: list[ShownReadings] = field(default_factory=list)
    reports: list[RecentReport] = field(default_factory=list)
    alerts: list[RaisedAlert] = field(default_factory=list)


def reports_in(notice: StatesChanged) -> Sequence[RecentReport]:
    """The reports that a notice carries."""
    return decode_reports(notice.recent)
