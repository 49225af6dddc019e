"""Publishers of the notices about trackers: which account hears what (accounts.notices carries them)."""

from __future__ import annotations

from collections import defaultdict

from accounts.notices import publish, publish_all
from accounts.wire.notices import Stream
from trackers.engine.labelled_readings import ShownReadings, show_changes
from trackers.engine.last_reports import RecentReport, encode_reports
from trackers.engine.notices import InstrumentsChanged, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.readings import NO_READINGS
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.shards import shard_of
from trackers.engine.state import State
from trackers.storage.account_sizes import ACCOUNT_SIZES
from trackers.storage.states import accounts_of_sources


class News:
    """What a transaction changed of records, for the accounts to hear of."""

    __slots__ = ("states", "readings", "recent")

    def __init__(self) -> None:
        self.states: list[State] = []
        self.readings: list[ShownReadings] = []
        self.recent: list[RecentReport] = []

    def add(self, before: Record, after: Record, rules: Rules, recent: RecentReport | None = None) -> None:
        """Notes what became of a record, and the report that made it so."""
        if after.state is not before.state:
            self.states.append(after.state)
        if recent is not None:
            self.recent.append(recent)
        old, new = before.readings or NO_READINGS, after.readings
        if new is not None and new.revision != old.revision and rules.instruments is not None:
            self.readings.append(show_changes(after.state.source_id, old, new, rules.instruments))

    def by_source(self) -> dict[int, News]:
        """The news of each source, in order."""
        parts: defaultdict[int, News] = defaultdict(News)
        for state in self.states:
            parts[state.source_id].states.append(state)
        for readings in self.readings:
            parts[readings.source_id].readings.append(readings)
        for report in self.recent:
            parts[report.source_id].recent.append(report)
        return parts

    def extend(self, other: News) -> None:
        """Takes over the news of another source."""
        self.states += other.states
        self.readings += other.readings
        self.recent += other.recent


def publish_news(news: News, *, received_at: float = 0.0) -> None:
    """Tells each account what is new of its sources, with one notice per account, or shard of a large one, on commit.

    `received_at`: when the first of the reports behind it came, in seconds since the epoch.
    """
    by_source = news.by_source()
    by_stream: defaultdict[Stream, News] = defaultdict(News)
    pairs = accounts_of_sources(by_source)
    split = ACCOUNT_SIZES.split_among({account_id for account_id, _ in pairs})
    for account_id, source_id in pairs:
        stream = Stream(account_id, shard_of(source_id) if account_id in split else None)
        by_stream[stream].extend(by_source[source_id])
    publish_all((stream, _states_changed(own, received_at)) for stream, own in by_stream.items())


def _states_changed(news: News, received_at: float) -> StatesChanged:
    return StatesChanged(tuple(news.states), tuple(news.readings), encode_reports(news.recent), received_at)


def publish_instruments(readings: ShownReadings) -> None:
    """Tells every account that has a tracker on the source of its readings, on commit."""
    for account_id, _ in accounts_of_sources([readings.source_id]):
        publish(account_id, InstrumentsChanged(readings))


def publish_lifecycle(source_id: int, event: LifecycleEvent, state: State | None = None) -> None:
    """Tells every account that has a tracker on the source, on commit. Call it before trackers are deleted."""
    for account_id, _ in accounts_of_sources([source_id]):
        publish(account_id, LifecycleChanged(source_id, event, state))
