"""What the database says of an account, brought up to date with what was heard while it was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from accounts.notices import LoginsEnded, SettingsChanged
from accounts.selectors import Principal, live_principals
from events.protocol.kind import Kind, Need
from events.protocol.kinds.iot_monitor import newest_first, put_into_slot, reports_in
from trackers.engine.labelled_readings import merge_changes
from trackers.engine.last_reports import RecentReport
from trackers.engine.notices import AccessWithdrawn, InstrumentsChanged, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.services.selectors import SourceReadings, TrackedSource, readings_of, sources_of, tracked_sources
from trackers.storage.last_reports import recent_reports


@dataclass(frozen=True, slots=True)
class Loaded:
    """Trackers and credentials of an account as the database has them."""

    principals: dict[str, Principal]
    tracked: list[TrackedSource]
    readings: dict[int, SourceReadings] = field(default_factory=dict)
    """By source id; empty unless somebody wants them."""
    recent: dict[int, list[RecentReport]] = field(default_factory=dict)
    """The last reports by source id; empty unless somebody wants them."""
    moved: frozenset[int] = frozenset()
    """Of the sources that are followed, those whose trackers are another account's now."""

    @classmethod
    def read(
        cls,
        account_id: int,
        digests: Iterable[str],
        tracker_ids: Sequence[int] | None = None,
        wanted: Collection[Kind] = (),
        followed: Mapping[int, int] = MappingProxyType({}),
    ) -> Loaded:
        """What these credentials and the `wanted` kinds of events need of these trackers, or of all the account's.

        `followed` are trackers by source id: of those that the account has no longer it is found out who moved away.
        """
        tracked = tracked_sources(account_id, tracker_ids)
        source_ids = [source.source_id for source in tracked]
        needs = frozenset().union(*(kind.needs for kind in wanted))
        recent: dict[int, list[RecentReport]] = {}
        if Need.LAST_REPORTS in needs:
            # A source without reports is there, too: whoever compares must find that its queue is empty.
            recent = {**{source_id: [] for source_id in source_ids}, **recent_reports(source_ids)}
        return cls(
            live_principals(list(digests)),
            tracked,
            readings_of(source_ids) if Need.READINGS in needs else {},
            recent,
            sources_of([followed[source_id] for source_id in followed.keys() - source_ids]),
        )

    def after(self, notices: Iterable[object]) -> Loaded:
        """Snapshot with notices applied that were heard while it was read: they are as new, or newer."""
        news = _News(
            self.principals.copy(),
            {tracked.source_id: tracked for tracked in self.tracked},
            self.readings.copy(),
            {source_id: {one.slot: one for one in reports} for source_id, reports in self.recent.items()},
        )
        for notice in notices:
            news.apply(notice)
        recent = {source_id: newest_first(slots.values()) for source_id, slots in news.slots.items()}
        return Loaded(news.principals, list(news.by_source.values()), news.readings, recent, self.moved)


@dataclass(slots=True)
class _News:
    """What was read, while notices are applied to it."""

    principals: dict[str, Principal]
    by_source: dict[int, TrackedSource]
    readings: dict[int, SourceReadings]
    slots: dict[int, dict[int, RecentReport]]

    def apply(self, notice: object) -> None:
        match notice:
            case LoginsEnded(digests=digests):
                for digest in digests:
                    self.principals.pop(digest, None)
            case SettingsChanged(user_id, time_zone):
                for digest, principal in self.principals.items():
                    if principal.user_id == user_id:
                        self.principals[digest] = replace(principal, time_zone=time_zone)
            case AccessWithdrawn(None, source_ids):
                for source_id in source_ids:
                    self.by_source.pop(source_id, None)
            case AccessWithdrawn(int(user_id), source_ids):
                for source_id in source_ids:
                    if (tracked := self.by_source.get(source_id)) is not None:
                        self.by_source[source_id] = replace(tracked, sub_user_ids=tracked.sub_user_ids - {user_id})
            case StatesChanged():
                self._apply_states(notice)
            case InstrumentsChanged(shown) if shown.source_id in self.readings:
                self.readings[shown.source_id] = replace(self.readings[shown.source_id], shown=shown)
            case LifecycleChanged(source_id, event) if source_id in self.by_source:
                if event is LifecycleEvent.CORRUPT:
                    del self.by_source[source_id]
                else:
                    is_blocked = event is LifecycleEvent.BLOCK
                    self.by_source[source_id] = replace(self.by_source[source_id], is_blocked=is_blocked)

    def _apply_states(self, notice: StatesChanged) -> None:
        for state in notice.states:
            tracked = self.by_source.get(state.source_id)
            if tracked is not None and state.revision > tracked.state.revision:
                self.by_source[state.source_id] = replace(tracked, state=state)
            found = self.readings.get(state.source_id)
            if found is not None and state.revision > found.state.revision:
                self.readings[state.source_id] = replace(found, state=state)
        for change in notice.readings:
            found = self.readings.get(change.source_id)
            if found is not None and change.revision > found.shown.revision:
                self.readings[change.source_id] = replace(found, shown=merge_changes(found.shown, change))
        if self.slots:
            for report in reports_in(notice):
                put_into_slot(self.slots.get(report.source_id, {}), report)
