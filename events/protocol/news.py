"""News: a notice about many sources, taken apart by source, as each goes to those who follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import RecentReport, decode_reports
from trackers.engine.notices import StatesChanged
from trackers.engine.state import State


@dataclass(slots=True)
class News:
    """What a notice tells of one source, each in order."""

    states: list[State] = field(default_factory=list)
    readings: list[ShownReadings] = field(default_factory=list)
    reports: list[RecentReport] = field(default_factory=list)


def news_by_source(notice: StatesChanged, *, with_reports: bool) -> dict[int, News]:
    """What a notice tells, by source id. The reports are decoded only for who wants them."""
    found: dict[int, News] = {}
    for state in notice.states:
        _of(found, state.source_id).states.append(state)
    for shown in notice.readings:
        _of(found, shown.source_id).readings.append(shown)
    for report in reports_in(notice) if with_reports else ():
        _of(found, report.source_id).reports.append(report)
    return found


def reports_in(notice: StatesChanged) -> Sequence[RecentReport]:
    """The reports that a notice carries."""
    return decode_reports(notice.recent)


def _of(found: dict[int, News], source_id: int) -> News:
    news = found.get(source_id)
    if news is None:
        news = found[source_id] = News()
    return news
